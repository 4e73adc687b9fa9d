"""Daily summaries (RC) of boletas and their notes, and voidings (RA) of facturas and theirs: many documents, one file.

Both are older than UBL 2.1: version 2.0 with elements of SUNAT's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from lxml.etree import _Element

from receipts.issuing.contents import TAXED, Correction, Issuer, Totals
from receipts.tax_office.ubl.documents import TAXES, Tax
from receipts.tax_office.ubl.elements import RUC, add, add_signatory, put, put_amount, root_element

PERU = "urn:sunat:names:specification:ubl:peru:schema:xsd"
#: SUNAT takes so many documents in one file.
MOST_LINES = 500
LONGEST_REASON = 100
# Catalogue 11: what an amount of a summary stands for.
TAXED_SALES, UNAFFECTED_SALES = "01", "03"

#: Catalogue 19: the summary reports a document, corrects it or voids it.
Condition = Literal["1", "2", "3"]
REPORT: Condition = "1"
VOID: Condition = "3"


@dataclass(frozen=True, kw_only=True)
class SummaryLine:
    """One boleta, or one credit note with the boleta it corrects. A voided one repeats its original amounts."""

    type: str
    name: str
    buyer_type: str
    buyer_number: str
    totals: Totals
    currency: str
    condition: Condition = REPORT
    correction: Correction | None = None


@dataclass(frozen=True, kw_only=True)
class VoidedLine:
    type: str
    name: str
    reason: str


def summary_xml(name: str, *, issuer: Issuer, issued_on: date, made_on: date, lines: Sequence[SummaryLine]) -> _Element:
    """The summary called `name` (RC-20261123-1) of documents all issued on one day, ready to be signed.

    Raises ValueError for no line or more than MOST_LINES.
    """
    root = _root("SummaryDocuments", "1.1", name, issuer, issued_on=issued_on, made_on=made_on, count=len(lines))
    for number, line in enumerate(lines, start=1):
        _add_summary_line(root, number, line)
    return root


def voiding_xml(name: str, *, issuer: Issuer, issued_on: date, made_on: date, lines: Sequence[VoidedLine]) -> _Element:
    """The voiding called `name` (RA-20261123-1) of facturas and their notes of one day (2375), ready to be signed.

    Raises ValueError for no line or more than MOST_LINES.
    """
    root = _root("VoidedDocuments", "1.0", name, issuer, issued_on=issued_on, made_on=made_on, count=len(lines))
    for number, line in enumerate(lines, start=1):
        series, _, correlative = line.name.partition("-")
        element = add(root, "sac:VoidedDocumentsLine")
        put(element, "cbc:LineID", str(number))
        put(element, "cbc:DocumentTypeCode", line.type)
        put(element, "sac:DocumentSerialID", series)
        put(element, "sac:DocumentNumberID", correlative)
        put(element, "sac:VoidReasonDescription", line.reason[:LONGEST_REASON])
    return root


def _root(
    element: str, customization: str, name: str, issuer: Issuer, *, issued_on: date, made_on: date, count: int
) -> _Element:
    if not 0 < count <= MOST_LINES:
        raise ValueError(f"{name} has {count} documents; a file holds 1 to {MOST_LINES}")
    root = root_element(element, f"{PERU}:{element}-1", "sac")
    put(root, "cbc:UBLVersionID", "2.0")
    put(root, "cbc:CustomizationID", customization)
    put(root, "cbc:ID", name)
    put(root, "cbc:ReferenceDate", issued_on.isoformat())
    put(root, "cbc:IssueDate", made_on.isoformat())
    add_signatory(root, issuer)
    supplier = add(root, "cac:AccountingSupplierParty")
    put(supplier, "cbc:CustomerAssignedAccountID", issuer.ruc)
    put(supplier, "cbc:AdditionalAccountID", RUC)
    put(add(supplier, "cac:Party", "cac:PartyLegalEntity"), "cbc:RegistrationName", issuer.name)
    return root


def _add_summary_line(root: _Element, number: int, line: SummaryLine) -> None:
    element = add(root, "sac:SummaryDocumentsLine")
    put(element, "cbc:LineID", str(number))
    put(element, "cbc:DocumentTypeCode", line.type)
    put(element, "cbc:ID", line.name)
    buyer = add(element, "cac:AccountingCustomerParty")
    put(buyer, "cbc:CustomerAssignedAccountID", line.buyer_number)
    put(buyer, "cbc:AdditionalAccountID", line.buyer_type)
    if line.correction:
        reference = add(element, "cac:BillingReference", "cac:InvoiceDocumentReference")
        put(reference, "cbc:ID", line.correction.name)
        put(reference, "cbc:DocumentTypeCode", line.correction.document)
    put(add(element, "cac:Status"), "cbc:ConditionCode", line.condition)
    put_amount(element, "sac:TotalAmount", line.totals.total, line.currency)
    for amount, meaning in ((line.totals.taxed, TAXED_SALES), (line.totals.unaffected, UNAFFECTED_SALES)):
        if amount:
            _add_sales(element, amount, meaning, line.currency)
    # The sales tax is asked for although it is nothing (2278).
    _add_tax(element, TAXES[TAXED], line.totals.igv, line.currency)


def _add_sales(element: _Element, amount: Decimal, meaning: str, currency: str) -> None:
    sales = add(element, "sac:BillingPayment")
    put_amount(sales, "cbc:PaidAmount", amount, currency)
    put(sales, "cbc:InstructionID", meaning)


def _add_tax(element: _Element, tax: Tax, amount: Decimal, currency: str) -> None:
    total = add(element, "cac:TaxTotal")
    put_amount(total, "cbc:TaxAmount", amount, currency)
    subtotal = add(total, "cac:TaxSubtotal")
    put_amount(subtotal, "cbc:TaxAmount", amount, currency)
    scheme = add(subtotal, "cac:TaxCategory", "cac:TaxScheme")
    put(scheme, "cbc:ID", tax.code)
    put(scheme, "cbc:Name", tax.name)
    put(scheme, "cbc:TaxTypeCode", tax.international)
