"""What the stand-in checks of a summary (RC) and a voiding (RA), and what it enters in its books for each line."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from lxml.etree import _Element

from base.peru import ruc
from receipts.tax_office.ubl.elements import NAMESPACES
from simulators.sunat.books import Books, Entry
from simulators.sunat.rules import SHORTEST_TEXT, Received

VOIDING_DAYS = 7
VOID = "3"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One document in a file: `name` is type-series-number, as the books know it."""

    name: str
    voids: bool
    total: str = ""
    reason: str = ""
    taxed: bool = True


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A broken rule, and the document whose line breaks it; "" for the file."""

    code: str
    document: str = ""


def findings(received: Received, books: Books) -> list[Finding]:
    """All rules of files that this one breaks, in the order of its lines."""
    return [*_file(received), *(found for line in lines_of(received) for found in _line(line, received, books))]


def clock_behind(received: Received) -> str:
    """The code for a file that was made tomorrow by SUNAT's clock; "" for others."""
    try:
        late = received.issue_date > received.today
    except ValueError:
        late = True
    return {"RC": "2236", "RA": "2301"}[received.type] if late else ""


def enter(received: Received, books: Books) -> None:
    """Report and void in the books what an accepted file says."""
    for line in lines_of(received):
        if line.voids:
            books.void(line.name)
        else:
            issued = received.text("cbc:ReferenceDate")
            books.keep(Entry(name=line.name, code="0", total=line.total, cdr=b"", xml=b"", issued=issued))


def lines_of(received: Received) -> Iterator[Line]:
    """The documents that a file names."""
    if received.type == "RA":
        yield from map(_voided_line, received.root.iterfind("sac:VoidedDocumentsLine", NAMESPACES))
    else:
        yield from map(_summary_line, received.root.iterfind("sac:SummaryDocumentsLine", NAMESPACES))


def _voided_line(line: _Element) -> Line:
    parts = ("cbc:DocumentTypeCode", "sac:DocumentSerialID", "sac:DocumentNumberID")
    name = "-".join(line.findtext(part, "", NAMESPACES) for part in parts)
    return Line(name=name, voids=True, reason=line.findtext("sac:VoidReasonDescription", "", NAMESPACES))


def _summary_line(line: _Element) -> Line:
    name = f"{line.findtext('cbc:DocumentTypeCode', '', NAMESPACES)}-{line.findtext('cbc:ID', '', NAMESPACES)}"
    schemes = [scheme.text for scheme in line.iterfind(".//cac:TaxScheme/cbc:ID", NAMESPACES)]
    return Line(
        name=name,
        voids=line.findtext("cac:Status/cbc:ConditionCode", "", NAMESPACES) == VOID,
        total=line.findtext("sac:TotalAmount", "", NAMESPACES),
        taxed="1000" in schemes,
    )


def _file(received: Received) -> Iterator[Finding]:
    supplier = received.text("cac:AccountingSupplierParty/cbc:CustomerAssignedAccountID")
    if supplier != received.ruc or not ruc.is_valid(supplier):
        yield Finding(code="1034")
    if received.text("cbc:ID") != received.name:
        yield Finding(code="1036")


def _line(line: Line, received: Received, books: Books) -> Iterator[Finding]:
    if not line.taxed:
        yield Finding(code="2278", document=line.name)
    if received.type == "RA" and len(line.reason) < SHORTEST_TEXT:
        yield Finding(code="2314", document=line.name)
    entry = books.find(line.name)
    code = _void_code(received, entry) if line.voids else _report_code(entry)
    if code:
        yield Finding(code=code, document=line.name)


def _report_code(entry: Entry | None) -> str:
    if entry is None:
        return ""
    return "2282" if entry.stands else "2987"


def _void_code(received: Received, entry: Entry | None) -> str:
    if entry is None or not entry.accepted:
        return "2105"
    if entry.voided:
        return "2323" if received.type == "RA" else "2987"
    issued = date.fromisoformat(received.text("cbc:ReferenceDate"))
    return "2957" if (received.today - issued).days > VOIDING_DAYS else ""
