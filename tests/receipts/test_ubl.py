"""The XML of every document: valid by the schemas, saying what was paid, signed so that a change shows."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from receipts.issuing.contents import Correction, Totals
from receipts.tax_office.certificate import Certificate, make_pkcs12
from receipts.tax_office.signature import BadSignature, digest_of, sign, verify
from receipts.tax_office.ubl.documents import CREDIT_NOTE, Document, document_xml
from receipts.tax_office.ubl.elements import NAMESPACES
from receipts.tax_office.ubl.summaries import SummaryLine, VoidedLine, summary_xml, voiding_xml
from tests.receipts.papers import (
    ANA,
    BOLETA,
    COURSE,
    DAY,
    FACTURA,
    ISSUER,
    ODD_COURSE,
    SHAPES,
    a_credit_note,
    a_document,
    a_line,
)
from tests.receipts.ubl_schemas import complaints


@pytest.fixture(scope="session")
def certificate() -> Certificate:
    return Certificate.from_pkcs12(make_pkcs12(ISSUER.ruc, "clave"), "clave")


@pytest.fixture(params=SHAPES, scope="session")
def shape(request: pytest.FixtureRequest) -> Document:
    return SHAPES[request.param]


@pytest.fixture(scope="session")
def signed(shape: Document, certificate: Certificate) -> bytes:
    return sign(document_xml(shape), certificate)


def amounts(root: etree._Element, path: str) -> list[Decimal]:
    return [Decimal(element.text or "") for element in root.iterfind(path, NAMESPACES)]


def texts(root: etree._Element, path: str) -> list[str]:
    return [element.text or "" for element in root.iterfind(path, NAMESPACES)]


# --- The schemas and the rules of every document


def test_every_shape_is_valid_by_the_schema_of_oasis(signed: bytes) -> None:
    assert complaints(signed) == []


def test_every_shape_adds_up_to_the_centimo(shape: Document, signed: bytes) -> None:
    root = etree.fromstring(signed)
    [payable] = amounts(root, "cac:LegalMonetaryTotal/cbc:PayableAmount")
    [value] = amounts(root, "cac:LegalMonetaryTotal/cbc:LineExtensionAmount")
    [tax] = amounts(root, "cac:TaxTotal/cbc:TaxAmount")
    line = "cac:CreditNoteLine" if shape.is_credit_note else "cac:InvoiceLine"

    assert payable == shape.statement.totals.total == value + tax
    assert value == sum(amounts(root, f"{line}/cbc:LineExtensionAmount"))
    assert tax == sum(amounts(root, f"{line}/cac:TaxTotal/cbc:TaxAmount"))
    assert tax == sum(amounts(root, "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount")) == shape.statement.totals.igv
    assert value == sum(amounts(root, "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxableAmount"))


def test_every_line_says_its_affectation_its_rate_and_its_tax(shape: Document, signed: bytes) -> None:
    root = etree.fromstring(signed)
    category = ".//cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory[cbc:TaxExemptionReasonCode]"
    parts = ("cbc:TaxExemptionReasonCode", "cbc:Percent", "cac:TaxScheme/cbc:ID")
    rows = [
        tuple(found.findtext(part, "", NAMESPACES) for part in parts) for found in root.iterfind(category, NAMESPACES)
    ]
    known = {"30": ("30", "0.00", "9998"), "10": ("10", "18.00", "1000")}

    assert rows == [known[line.affectation] for line in shape.statement.lines]


def test_every_name_and_description_arrives_as_it_was_typed(shape: Document, signed: bytes) -> None:
    root = etree.fromstring(signed)
    said = shape.statement
    customer = "cac:AccountingCustomerParty/cac:Party"

    assert texts(root, f"{customer}/cac:PartyLegalEntity/cbc:RegistrationName") == [said.buyer.name]
    [document] = root.iterfind(f"{customer}/cac:PartyIdentification/cbc:ID", NAMESPACES)
    assert (document.get("schemeID"), document.text) == (said.buyer.document_type, said.buyer.document_number)
    assert texts(root, ".//cac:Item/cbc:Description") == [line.description[:500].strip() for line in said.lines]
    [words] = root.iterfind("cbc:Note[@languageLocaleID='1000']", NAMESPACES)
    assert words.text == said.words


def test_only_a_factura_says_how_it_was_paid(shape: Document, signed: bytes) -> None:
    terms = texts(etree.fromstring(signed), "cac:PaymentTerms/cbc:PaymentMeansID")

    assert terms == (["Contado"] if shape.type == FACTURA else [])


def test_every_shape_names_the_issuer_its_establishment_and_where_the_signature_is(signed: bytes) -> None:
    root = etree.fromstring(signed)
    entity = "cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity"

    assert texts(root, f"{entity}/cac:RegistrationAddress/cbc:AddressTypeCode") == ["0000"]
    assert texts(root, "cac:AccountingSupplierParty/cac:Party/cac:PartyIdentification/cbc:ID") == [ISSUER.ruc]
    [signature] = root.iterfind(".//ds:Signature", NAMESPACES)
    assert texts(root, ".//cac:ExternalReference/cbc:URI") == [f"#{signature.get('Id')}"]


# --- Single documents


def test_a_boleta_of_one_due_says_what_sunat_asks_for() -> None:
    root = document_xml(a_document(BOLETA, a_line(amount="30.00")))

    [type_code] = root.iterfind("cbc:InvoiceTypeCode", NAMESPACES)
    assert (type_code.text, type_code.get("listID")) == ("03", "0101")
    assert texts(root, "cbc:UBLVersionID") + texts(root, "cbc:CustomizationID") == ["2.1", "2.0"]
    assert texts(root, "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cac:TaxScheme/*") == ["9998", "INA", "FRE"]
    assert texts(root, ".//cac:Price/cbc:PriceAmount") == ["30.00"]


def test_the_sales_tax_is_taken_out_of_what_was_paid() -> None:
    root = document_xml(a_document(FACTURA, a_line(amount="30.00"), COURSE, ODD_COURSE))
    subtotals = "cac:TaxTotal/cac:TaxSubtotal"

    assert texts(root, f"{subtotals}/cac:TaxCategory/cac:TaxScheme/cbc:ID") == ["1000", "9998"]
    assert texts(root, f"{subtotals}/cbc:TaxableAmount") == ["184.74", "30.00"]
    assert texts(root, f"{subtotals}/cbc:TaxAmount") == ["33.25", "0.00"]
    assert texts(root, "cac:LegalMonetaryTotal/*") == ["214.74", "247.99", "247.99"]


def test_a_unit_price_that_does_not_come_out_even_has_up_to_ten_decimals() -> None:
    thirds = a_line(amount="99.99", quantity=3, unit_price=Decimal("33.33"), affectation="10")

    assert texts(document_xml(a_document(BOLETA, thirds)), ".//cac:Price/cbc:PriceAmount") == ["28.2466666667"]


def test_a_credit_note_names_the_document_it_takes_back_and_why() -> None:
    root = document_xml(a_credit_note(a_document(FACTURA), "06"))

    assert texts(root, "cac:DiscrepancyResponse/*") == ["F001-7", "06", "Devolución al colegiado"]
    assert texts(root, "cac:BillingReference/cac:InvoiceDocumentReference/*") == ["F001-7", "01"]
    assert texts(root, "cac:CreditNoteLine/cbc:CreditedQuantity") == ["1"]
    assert texts(root, "cbc:InvoiceTypeCode") == []


def test_a_credit_note_without_its_document_is_not_written() -> None:
    with pytest.raises(ValueError, match="what it corrects"):
        document_xml(a_document(BOLETA, type=CREDIT_NOTE))


def test_line_ends_and_characters_that_xml_cannot_carry_do_not_reach_it() -> None:
    buyer = replace(ANA, name="Ana\tMaría\n Quispe\x00\x1f")

    root = document_xml(a_document(BOLETA, buyer=buyer))
    assert texts(root, "cac:AccountingCustomerParty//cbc:RegistrationName") == ["Ana María Quispe"]


# --- Summaries and voidings


def a_summary_line(number: int = 1, **fields: object) -> SummaryLine:
    totals = Totals.of([a_line(), COURSE])
    defaults = {"type": BOLETA, "name": f"B001-{number}", "buyer_type": "1", "buyer_number": "41234567"}
    return SummaryLine(**(defaults | {"totals": totals, "currency": "PEN"} | fields))  # type: ignore[arg-type]


def a_summary(*lines: SummaryLine) -> etree._Element:
    return summary_xml("RC-20261124-1", issuer=ISSUER, issued_on=DAY, made_on=date(2026, 11, 24), lines=lines)


def test_a_daily_summary_is_valid_with_one_line_and_with_five_hundred(certificate: Certificate) -> None:
    note = a_summary_line(
        9,
        type=CREDIT_NOTE,
        name="BC01-9",
        correction=Correction(document=BOLETA, name="B001-1", reason="07", description="Devolución"),
    )
    voided = a_summary_line(10, condition="3")

    assert complaints(sign(a_summary(a_summary_line(), note, voided), certificate)) == []
    assert complaints(sign(a_summary(*map(a_summary_line, range(1, 501))), certificate)) == []
    with pytest.raises(ValueError, match="1 to 500"):
        a_summary(*map(a_summary_line, range(1, 502)))
    with pytest.raises(ValueError, match="1 to 500"):
        a_summary()


def test_a_summary_tells_unaffected_from_taxed_and_states_the_sales_tax_always() -> None:
    root = a_summary(a_summary_line(), a_summary_line(2, totals=Totals.of([a_line()])))

    assert texts(root, ".//sac:BillingPayment/cbc:InstructionID") == ["01", "03", "03"]
    assert texts(root, ".//sac:BillingPayment/cbc:PaidAmount") == ["100.00", "30.00", "30.00"]
    assert texts(root, ".//cac:TaxSubtotal/cbc:TaxAmount") == ["18.00", "0.00"]
    assert texts(root, ".//cac:TaxScheme/cbc:ID") == ["1000", "1000"]


def test_a_voiding_is_valid_and_names_series_number_and_reason(certificate: Certificate) -> None:
    lines = [VoidedLine(type=FACTURA, name="F001-12", reason="Emitida por error & anulada")]
    root = voiding_xml("RA-20261124-1", issuer=ISSUER, issued_on=DAY, made_on=date(2026, 11, 24), lines=lines)

    assert complaints(sign(root, certificate)) == []
    assert texts(root, "sac:VoidedDocumentsLine/*") == ["1", "01", "F001", "12", "Emitida por error & anulada"]


# --- Signatures


def test_the_signature_holds_for_the_stored_bytes_and_for_no_other(signed: bytes, certificate: Certificate) -> None:
    assert verify(signed, certificate.certificate) == certificate.certificate
    assert len(digest_of(signed)) == 44
    with pytest.raises(BadSignature):
        verify(signed.replace(b"2026-11-23", b"2026-11-24"))


def test_a_tampered_amount_shows(certificate: Certificate) -> None:
    signed = sign(document_xml(a_document(BOLETA, a_line(amount="30.00"))), certificate)

    with pytest.raises(BadSignature):
        verify(signed.replace(b"30.00", b"3.00"))


def test_another_certificate_than_the_expected_one_is_refused(certificate: Certificate) -> None:
    other = Certificate.from_pkcs12(make_pkcs12("20131312955", "x"), "x")
    signed = sign(document_xml(a_document()), other)

    assert verify(signed) == other.certificate
    with pytest.raises(BadSignature):
        verify(signed, certificate.certificate)


def test_the_algorithms_are_those_that_sunat_takes(certificate: Certificate) -> None:
    root = etree.fromstring(sign(document_xml(a_document()), certificate))
    algorithms = [element.get("Algorithm") for element in root.iterfind(".//ds:SignedInfo//*[@Algorithm]", NAMESPACES)]

    assert algorithms == [
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
        "http://www.w3.org/2001/04/xmlenc#sha256",
    ]
    [reference] = root.iterfind(".//ds:Reference", NAMESPACES)
    assert reference.get("URI") == ""


def test_a_certificate_made_here_says_so_and_names_the_ruc(certificate: Certificate) -> None:
    assert certificate.is_self_made
    assert certificate.ruc == ISSUER.ruc


@pytest.mark.parametrize("amount", ["0.01", "0.02", "0.03", "0.04", "1.00"])
def test_a_taxed_line_of_centimos_has_a_centimo_of_tax(amount: str) -> None:
    """SUNAT refuses a taxed value without tax (3111)."""
    document = a_document(FACTURA, a_line(amount=amount, affectation="10"))
    root = document_xml(document)

    [tax] = set(amounts(root, "cac:InvoiceLine/cac:TaxTotal/cbc:TaxAmount"))
    [value] = amounts(root, "cac:InvoiceLine/cbc:LineExtensionAmount")
    assert tax >= Decimal("0.01")
    assert value + tax == Decimal(amount)
    assert document.statement.totals.igv == tax
