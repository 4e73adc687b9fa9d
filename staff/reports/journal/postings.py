"""The journal: what the documents and the ledger say, as debits and credits that are always equal.

- Each boleta, factura and note of the sales register that stands: the gateway's account against income and sales tax. A
  note is the same with the sides changed.
- What a bank, payroll or the treasury collected has no document of the portal: one posting a day, kind and channel, net
  of reversals. A day on which more went back than came in has the sides changed.

A reversed card payment is booked by its note, so card movements of the ledger are not booked twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from dues.models import Channel, Kind
from staff.models import JournalLayout
from staff.reports.collection import MOVEMENT
from staff.reports.register.entries import Entry, Opportunity, entries
from staff.reports.report import Choice
from staff.reports.sql import CHOSEN, read

ZERO = Decimal("0.00")
OFFLINE = f"""
    SELECT (movement.moved_at AT TIME ZONE 'America/Lima')::date, due.kind, movement.channel, sum(movement.amount)
      FROM ({MOVEMENT}) AS movement
      JOIN dues_due AS due ON due.id = movement.due_id
      JOIN members_member AS member ON member.id = due.member_id
     WHERE movement.channel IN ('bank', 'payroll', 'manual') AND {CHOSEN}
     GROUP BY 1, 2, 3 HAVING sum(movement.amount) <> 0 ORDER BY 1, 2, 3
"""  # noqa: S608
DOCUMENTS = {"01": "FT", "03": "BV", "07": "NA"}


@dataclass(frozen=True, kw_only=True)
class Posting:
    """One line: `debit` or `credit` in soles, the other is 0.00. Lines of one voucher add up to the same on both."""

    voucher: str
    day: date
    account: str
    words: str
    debit: Decimal
    credit: Decimal
    document: str = ""
    document_number: str = ""
    document_day: date | None = None
    buyer: str = ""
    corrected: tuple[str, str, date] | None = None


def postings(choice: Choice, layout: JournalLayout) -> Iterator[Posting]:
    """Every posting of these months, documents first. Amounts of nothing are left out."""
    for entry in entries(choice):
        yield from _of_document(entry, layout)
    accounts = {
        Channel.BANK: layout.bank_account,
        Channel.PAYROLL: layout.payroll_account,
        Channel.MANUAL: layout.manual_account,
    }
    for number, (day, kind, channel, amount) in enumerate(read(OFFLINE, choice), start=1):
        words = f"{Kind(kind).label}: {Channel(channel).label.lower()}"
        sides = ((accounts[Channel(channel)], amount), (_income(kind, layout), -amount))
        for account, signed in sides:
            yield _line(f"C{number}", day, account, words, signed)


def _of_document(entry: Entry, layout: JournalLayout) -> Iterator[Posting]:
    """A document that fell within its month has no posting; one that fell later undoes what its month booked."""
    sign = 1 if entry.worth else -1
    day = entry.issued_on if entry.worth else entry.fell_on
    if day is None or entry.opportunity == Opportunity.WORTHLESS:
        return
    sides = (
        (layout.card_account, entry.total),
        (_income(entry.kind, layout), entry.igv - entry.total),
        (layout.tax_account, -entry.igv),
    )
    words = f"{Kind(entry.kind).label} {entry.series}-{entry.number}" + ("" if entry.worth else " sin valor")
    for account, signed in sides:
        if signed:
            line = _line(f"{entry.receipt_id}", day, account, words, sign * signed)
            yield replace(line, **_papers(entry))


def _papers(entry: Entry) -> dict[str, Any]:
    named = {
        "document": DOCUMENTS[entry.document],
        "document_number": f"{entry.series}-{entry.number}",
        "document_day": entry.issued_on,
        "buyer": entry.buyer_number,
    }
    if entry.corrected_on is None:
        return named
    number = f"{entry.corrected_series}-{entry.corrected_number}"
    return named | {"corrected": (DOCUMENTS[entry.corrected_document], number, entry.corrected_on)}


def _income(kind: str, layout: JournalLayout) -> str:
    return layout.semefa_account if kind == Kind.SEMEFA else layout.colegiado_account


def _line(voucher: str, day: date, account: str, words: str, signed: Decimal) -> Posting:
    """Positive amounts are debits."""
    return Posting(
        voucher=voucher, day=day, account=account, words=words, debit=max(signed, ZERO), credit=max(-signed, ZERO)
    )
