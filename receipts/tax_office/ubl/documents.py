"""Boleta, factura and credit note as UBL 2.1, the elements in the order of the schema.

Rule numbers in comments are SUNAT's. Optional attributes that name a catalogue are left out: SUNAT observes a document
whose texts differ by one letter, and asks for none of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from lxml.etree import _Element

from payments.models import TaxDocument
from receipts.issuing.contents import CENT, IGV, TAXED, UNAFFECTED, Buyer, Contents, Issuer, Line, without_igv
from receipts.tax_office.ubl.elements import OASIS, RUC, add, add_signatory, put, put_amount, root_element

CREDIT_NOTE = "07"
INTERNAL_SALE = "0101"
AMOUNT_IN_WORDS = "1000"
SERVICE = "ZZ"
PRICE_WITH_TAX = "01"
LONGEST_DESCRIPTION = 500
LONGEST_ADDRESS = 200
UNIT_PRICE = Decimal("0.0000000001")


@dataclass(frozen=True, kw_only=True)
class Tax:
    """A row of SUNAT's catalogue 05 and its rate in per cent."""

    code: str
    name: str
    international: str
    percent: Decimal


#: The tax of each affectation of catalogue 07, in the order SUNAT's own examples have.
TAXES = {
    TAXED: Tax(code="1000", name="IGV", international="VAT", percent=IGV * 100),
    UNAFFECTED: Tax(code="9998", name="INA", international="FRE", percent=Decimal("0.00")),
}


@dataclass(frozen=True, kw_only=True)
class Document:
    """A numbered document: `type` of catalogue 01 (03, 01, 07), `name` as B001-123, date and time of Lima."""

    type: str
    name: str
    issue_date: date
    issue_time: time
    statement: Contents

    @property
    def is_credit_note(self) -> bool:
        return self.type == CREDIT_NOTE


@dataclass(frozen=True, kw_only=True)
class TaxedLine:
    """A line's amount taken apart: value + igv = amount paid."""

    line: Line
    value: Decimal
    igv: Decimal

    @classmethod
    def of(cls, line: Line) -> "TaxedLine":
        value = without_igv(line.amount) if line.affectation == TAXED else line.amount
        return cls(line=line, value=value, igv=line.amount - value)

    @property
    def unit_value(self) -> Decimal:
        """The price of one without tax, in up to ten decimals."""
        return (self.value / self.line.quantity).quantize(UNIT_PRICE)


def document_xml(document: Document) -> _Element:
    """The document's XML, ready to be signed.

    Raises ValueError for a credit note that does not say what it corrects, or another document that does.
    """
    if document.is_credit_note != (document.statement.correction is not None):
        raise ValueError(f"{document.name}: a credit note, and only a credit note, says what it corrects")
    name = "CreditNote" if document.is_credit_note else "Invoice"
    root = root_element(name, f"{OASIS}:{name}-2")
    lines = [TaxedLine.of(line) for line in document.statement.lines]
    _add_head(root, document)
    _add_parties(root, document)
    _add_totals(root, document.statement, lines)
    for number, line in enumerate(lines, start=1):
        _add_line(root, number, line, document)
    return root


def _add_head(root: _Element, document: Document) -> None:
    statement = document.statement
    put(root, "cbc:UBLVersionID", "2.1")
    put(root, "cbc:CustomizationID", "2.0")
    put(root, "cbc:ID", document.name)
    put(root, "cbc:IssueDate", document.issue_date.isoformat())
    put(root, "cbc:IssueTime", document.issue_time.strftime("%H:%M:%S"))
    if not document.is_credit_note:
        put(root, "cbc:InvoiceTypeCode", document.type, listID=INTERNAL_SALE)
    put(root, "cbc:Note", statement.words, languageLocaleID=AMOUNT_IN_WORDS)
    put(root, "cbc:DocumentCurrencyCode", statement.currency)
    if statement.correction:
        _add_correction(root, statement)
    add_signatory(root, statement.issuer)


def _add_correction(root: _Element, statement: Contents) -> None:
    correction = statement.correction
    assert correction  # noqa: S101 - the caller has asked
    response = add(root, "cac:DiscrepancyResponse")
    put(response, "cbc:ReferenceID", correction.name)
    put(response, "cbc:ResponseCode", correction.reason)
    put(response, "cbc:Description", correction.description[:LONGEST_DESCRIPTION])
    reference = add(root, "cac:BillingReference", "cac:InvoiceDocumentReference")
    put(reference, "cbc:ID", correction.name)
    put(reference, "cbc:DocumentTypeCode", correction.document)


def _add_parties(root: _Element, document: Document) -> None:
    _add_issuer(add(root, "cac:AccountingSupplierParty", "cac:Party"), document.statement.issuer)
    _add_buyer(add(root, "cac:AccountingCustomerParty", "cac:Party"), document.statement.buyer)
    if has_payment_terms(document.type):
        terms = add(root, "cac:PaymentTerms")
        put(terms, "cbc:ID", "FormaPago")
        put(terms, "cbc:PaymentMeansID", "Contado")


def has_payment_terms(document_type: str) -> bool:
    """Whether the way of paying is stated. A factura must (3244); SUNAT's sheets of a boleta do not agree with each
    other, one takes it for a detraction (3033), so a boleta leaves it out, and so does a credit note."""
    return document_type == TaxDocument.FACTURA


def _add_issuer(party: _Element, issuer: Issuer) -> None:
    put(add(party, "cac:PartyIdentification"), "cbc:ID", issuer.ruc, schemeID=RUC)
    put(add(party, "cac:PartyName"), "cbc:Name", issuer.shop_name)
    entity = add(party, "cac:PartyLegalEntity")
    put(entity, "cbc:RegistrationName", issuer.name)
    address = add(entity, "cac:RegistrationAddress")
    if issuer.ubigeo:
        put(address, "cbc:ID", issuer.ubigeo)
    put(address, "cbc:AddressTypeCode", issuer.establishment)
    places = {"CityName": issuer.province, "CountrySubentity": issuer.department, "District": issuer.district}
    for element, place in places.items():
        if place:
            put(address, f"cbc:{element}", place)
    _add_address_line(address, issuer.address)
    put(add(address, "cac:Country"), "cbc:IdentificationCode", "PE")


def _add_buyer(party: _Element, buyer: Buyer) -> None:
    put(add(party, "cac:PartyIdentification"), "cbc:ID", buyer.document_number, schemeID=buyer.document_type)
    entity = add(party, "cac:PartyLegalEntity")
    put(entity, "cbc:RegistrationName", buyer.name)
    if buyer.address:
        _add_address_line(add(entity, "cac:RegistrationAddress"), buyer.address)


def _add_address_line(address: _Element, text: str) -> None:
    put(add(address, "cac:AddressLine"), "cbc:Line", text[:LONGEST_ADDRESS])


def _add_totals(root: _Element, statement: Contents, lines: Sequence[TaxedLine]) -> None:
    currency = statement.currency
    total = add(root, "cac:TaxTotal")
    put_amount(total, "cbc:TaxAmount", _sum(line.igv for line in lines), currency)
    for affectation, tax in TAXES.items():
        taxed = [line for line in lines if line.line.affectation == affectation]
        if taxed:
            value, igv = _sum(line.value for line in taxed), _sum(line.igv for line in taxed)
            _add_scheme(_add_subtotal(total, value, igv, currency), tax)
    amounts = add(root, "cac:LegalMonetaryTotal")
    paid = _sum(line.line.amount for line in lines)
    put_amount(amounts, "cbc:LineExtensionAmount", _sum(line.value for line in lines), currency)
    put_amount(amounts, "cbc:TaxInclusiveAmount", paid, currency)
    put_amount(amounts, "cbc:PayableAmount", paid, currency)


def _add_subtotal(total: _Element, value: Decimal, igv: Decimal, currency: str) -> _Element:
    """A tax with what it is taken from; its category is returned, to be filled."""
    subtotal = add(total, "cac:TaxSubtotal")
    put_amount(subtotal, "cbc:TaxableAmount", value, currency)
    put_amount(subtotal, "cbc:TaxAmount", igv, currency)
    return add(subtotal, "cac:TaxCategory")


def _add_scheme(category: _Element, tax: Tax) -> None:
    scheme = add(category, "cac:TaxScheme")
    put(scheme, "cbc:ID", tax.code)
    put(scheme, "cbc:Name", tax.name)
    put(scheme, "cbc:TaxTypeCode", tax.international)


def _add_line(root: _Element, number: int, taxed: TaxedLine, document: Document) -> None:
    line, currency = taxed.line, document.statement.currency
    credit = document.is_credit_note
    element = add(root, "cac:CreditNoteLine" if credit else "cac:InvoiceLine")
    put(element, "cbc:ID", str(number))
    quantity = "cbc:CreditedQuantity" if credit else "cbc:InvoicedQuantity"
    put(element, quantity, str(line.quantity), unitCode=SERVICE)
    put_amount(element, "cbc:LineExtensionAmount", taxed.value, currency)
    price = add(element, "cac:PricingReference", "cac:AlternativeConditionPrice")
    put_amount(price, "cbc:PriceAmount", line.unit_price, currency)
    put(price, "cbc:PriceTypeCode", PRICE_WITH_TAX)
    _add_line_tax(element, taxed, currency)
    put(add(element, "cac:Item"), "cbc:Description", line.description[:LONGEST_DESCRIPTION])
    put_amount(add(element, "cac:Price"), "cbc:PriceAmount", taxed.unit_value, currency)


def _add_line_tax(element: _Element, taxed: TaxedLine, currency: str) -> None:
    tax = TAXES[taxed.line.affectation]
    total = add(element, "cac:TaxTotal")
    put_amount(total, "cbc:TaxAmount", taxed.igv, currency)
    category = _add_subtotal(total, taxed.value, taxed.igv, currency)
    # Asked for although nothing is taxed (2992).
    put(category, "cbc:Percent", f"{tax.percent:.2f}")
    put(category, "cbc:TaxExemptionReasonCode", taxed.line.affectation)
    _add_scheme(category, tax)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0)).quantize(CENT)
