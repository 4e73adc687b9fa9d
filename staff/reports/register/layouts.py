"""The files of the sales register, by SUNAT's version of their layout.

- PLE 14.1, structure of version 5.2 (RS 286-2009 and later, annex 2): 35 fields.
- SIRE, RVIE annex 3 («reemplazar propuesta», RS 112-2021): fields 1 to 33; SUNAT fills in 34 to 40 itself. It has no
  field for corrections of earlier months: those are made in SIRE itself as later adjustments.

Each line ends with a bar. Text is ISO-8859-1, as SUNAT's own exports.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings

from base.peru.months import month_of
from staff.reports.register.entries import Entry, Opportunity, entries
from staff.reports.report import Choice, Download

CREDIT_NOTE = "07"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """`book` is the book's code and process in the file's name; `mark` its last digit, the system that makes it."""

    version: str
    book: str
    mark: str
    fields: Callable[[Entry], list[str]]
    with_corrections: bool


def download(layout: Layout, choice: Choice) -> Download:
    """The file of the choice's last month, for the whole college: SUNAT takes no part of a register."""
    month = Choice(choice.last, choice.last)
    chosen = [entry for entry in entries(month) if layout.with_corrections or _is_own(entry)]
    lines = ["|".join([*map(_clean, layout.fields(entry)), ""]) for entry in chosen]
    content = "".join(f"{line}\r\n" for line in lines).encode("iso-8859-1", "replace")
    ruc = settings.COLLEGE["ruc"]
    has_content = "1" if chosen else "0"
    name = f"LE{ruc}{month.last:%Y%m}00{layout.book}1{has_content}1{layout.mark}.txt"
    return Download(name, "text/plain; charset=iso-8859-1", content)


def _is_own(entry: Entry) -> bool:
    return entry.opportunity != Opportunity.CORRECTS_EARLIER


def ple_fields(entry: Entry) -> list[str]:
    """The 35 fields of the register 14.1."""
    worthless = entry.opportunity != Opportunity.IN_ITS_MONTH
    return [
        *(f"{entry.period:%Y%m}00", str(entry.receipt_id), "M1"),
        *(_day(entry.issued_on), "", entry.document, entry.series, str(entry.number), ""),
        *(entry.buyer_type, entry.buyer_number, entry.buyer_name[:100]),
        *_amounts(entry),
        *("PEN", "1.000"),
        *_corrected(entry),
        # Contract, error of the exchange rate, paid by a means of payment, opportunity.
        *("", "", "" if worthless else "1", entry.opportunity),
    ]


def rvie_fields(entry: Entry) -> list[str]:
    """The 33 fields of annex 3. SUNAT's own number of a document (CAR) is empty, the exchange rate too in soles."""
    return [
        *(settings.COLLEGE["ruc"], settings.COLLEGE["name"], f"{entry.period:%Y%m}", ""),
        *(_day(entry.issued_on), "", entry.document, entry.series, str(entry.number), ""),
        *(entry.buyer_type, entry.buyer_number, entry.buyer_name[:100]),
        *_amounts(entry),
        *("PEN", ""),
        *_corrected(entry),
        "",
    ]


LAYOUTS = {
    "ple-14-1": Layout(
        version="PLE 14.1, versión 5.2", book="14010000", mark="1", fields=ple_fields, with_corrections=True
    ),
    "sire-anexo-3": Layout(
        version="SIRE, RVIE anexo 3", book="14040002", mark="2", fields=rvie_fields, with_corrections=False
    ),
}


def _amounts(entry: Entry) -> list[str]:
    """Export; base, its discount, IGV, its discount; exempt, unaffected, ISC, rice and its tax, bags, others; total.

    A note that corrects an earlier month's document lowers base and tax as a discount; within its month directly.
    """
    earlier = entry.corrected_on is not None and month_of(entry.corrected_on) < month_of(entry.issued_on)
    base, igv, unaffected, total = (
        _money(entry.worth * amount) for amount in (entry.taxed, entry.igv, entry.unaffected, entry.total)
    )
    nothing = "0.00"
    taxed = [nothing, base, nothing, igv] if earlier else [base, nothing, igv, nothing]
    others = [nothing] * 5
    return [nothing, *taxed, nothing, unaffected, *others, total]


def _corrected(entry: Entry) -> list[str]:
    if entry.corrected_on is None:
        return [""] * 4
    number = str(entry.corrected_number)
    return [_day(entry.corrected_on), entry.corrected_document, entry.corrected_series, number]


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _money(amount: Decimal) -> str:
    return f"{amount + 0:.2f}"  # never -0.00


def _clean(text: str) -> str:
    """Without the separator, line ends and the sign that the register refuses."""
    return " ".join(text.replace("|", " ").replace("&", "y").split())
