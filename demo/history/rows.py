"""Which rows of the demo's payments were card payments: those of a fifth of the members, in the last ninety days."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby

from base.peru.lima import LIMA

DAYS = 90
BANK, OPENING = "banco", "saldo inicial"
#: One member of so many pays by card.
CARDS_OF = 5
WRITTEN = "%d/%m/%Y %H:%M:%S"


@dataclass(frozen=True)
class Paid:
    """One visit to the portal: the dues of one kind that a member paid on one day."""

    cmp_number: int
    kind: str
    months: tuple[str, ...]
    at: datetime
    # No later visit pays this kind: what is given back leaves no hole behind paid months.
    last: bool = False


@dataclass(frozen=True)
class Split:
    """The file of payments in three: what the opening load holds, what each week's bank file holds, and the cards."""

    opening: str
    weeks: dict[date, str]
    cards: list[Paid]


def split(text: str, *, today: date, without: Iterable[int]) -> Split:
    """Divide the text of payments.csv; members in `without` keep all their rows in the opening load.

    The files end some weeks ago. What is played is moved by those days, so that the last payment was yesterday.
    """
    header, *rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    stays = set(without)
    playable = [row for row in rows if row[4] == BANK and int(row[0]) not in stays]
    later = today - timedelta(days=1) - max(moment_of(row).date() for row in playable)
    first = today - timedelta(days=DAYS) - later
    played = [row for row in playable if moment_of(row).date() >= first]
    played_rows = {id(row) for row in played}
    moved = sorted((_later(row, later) for row in played), key=moment_of)
    bank = [row for row in moved if int(row[0]) % CARDS_OF]
    weeks = groupby(bank, key=lambda row: week_end(moment_of(row).date(), today))
    return Split(
        opening=_text(header, [_opening(row, stays) for row in rows if id(row) not in played_rows]),
        weeks={day: _text(header, list(of_week)) for day, of_week in weeks},
        cards=visits([row for row in moved if not int(row[0]) % CARDS_OF]),
    )


def moment_of(row: list[str]) -> datetime:
    return datetime.strptime(row[6], WRITTEN).replace(tzinfo=LIMA)


def _opening(row: list[str], stays: set[int]) -> list[str]:
    """What was paid before the portal began is its opening balance; the cast keeps its banks for its statements."""
    return row if int(row[0]) in stays else [*row[:4], OPENING, *row[5:]]


def _later(row: list[str], by: timedelta) -> list[str]:
    return [*row[:6], f"{moment_of(row) + by:{WRITTEN}}"]


def week_end(day: date, today: date) -> date:
    """The Saturday on which the bank's file of that day arrives, or today."""
    return min(day + timedelta(days=(5 - day.weekday()) % 7), today)


def visits(rows: list[list[str]]) -> list[Paid]:
    """Rows of one member, kind and month of payment are one visit; the visits in their order of time."""
    by_visit = sorted(rows, key=lambda row: (row[0], row[1], moment_of(row)))
    together = groupby(by_visit, key=lambda row: (int(row[0]), row[1], moment_of(row).date().replace(day=1)))
    paid = []
    for (cmp_number, kind, _), of_visit in together:
        chosen = list(of_visit)
        paid.append(Paid(cmp_number, kind, tuple(row[2] for row in chosen), moment_of(chosen[-1])))
    paid.sort(key=lambda visit: visit.at)
    last_of = {(visit.cmp_number, visit.kind): visit for visit in paid}
    return [replace(visit, last=last_of[visit.cmp_number, visit.kind] is visit) for visit in paid]


def _text(header: list[str], rows: list[list[str]]) -> str:
    output = io.StringIO()
    csv.writer(output, delimiter=";", lineterminator="\n").writerows([header, *rows])
    return output.getvalue()
