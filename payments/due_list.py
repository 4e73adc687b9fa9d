"""The dues of one kind as the page of choosing lists them: by year, with quick picks above."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.forms.utils import flatatt

from base.peru import months
from dues import oldest_first
from dues.models import Due, Kind


@dataclass(frozen=True)
class Pick:
    """A choice made in one press: the oldest `count` dues, `amount` soles together."""

    label: str
    count: int
    amount: Decimal


@dataclass(frozen=True)
class DueYear:
    """The rows of one year, with the legal basis of their amounts."""

    number: int
    bases: tuple[str, ...]
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class DueList:
    """One kind's dues. `only_ahead` says that all of them are months to come."""

    kind: Kind
    years: Sequence[DueYear]
    picks: Sequence[Pick]
    only_ahead: bool


def listed(
    kind: Kind,
    payable: Sequence[Due],
    *,
    ticked: Collection[str],
    skipped: Mapping[int, str],
    enough: date | None,
    today: date,
) -> DueList:
    """Returns the list of one kind. `ticked` are ids as text, `skipped` sentences by id, and `enough` the month up to
    which to pay to be hábil."""
    dues = [due for due in payable if due.kind == kind]
    due_now = [due for due in dues if due.period <= oldest_first.window_end(today)]
    picks = _picks(due_now, enough if kind == Kind.COLEGIADO else None)
    rows = _rows(dues, ticked, skipped, today)
    years = groupby(zip(dues, rows, strict=True), key=lambda pair: pair[0].period.year)
    return DueList(kind, [_year(number, list(pairs)) for number, pairs in years], picks, bool(dues) and not due_now)


def _picks(dues: Sequence[Due], enough: date | None) -> list[Pick]:
    """Each count once; none where there is nothing to pick from."""
    if len(dues) < 2:
        return []
    until_habil = sum(due.period <= enough for due in dues) if enough else 0
    counts = {len(dues): "Todo", until_habil: "Hasta quedar hábil", 1: "La más antigua"}
    return [
        Pick(label, count, sum((due.amount for due in dues[:count]), Decimal("0.00")))
        for count, label in sorted(counts.items())
        if count
    ]


def _rows(
    dues: Sequence[Due], ticked: Collection[str], skipped: Mapping[int, str], today: date
) -> list[dict[str, Any]]:
    """Written out already: a page of 72 dues took half its time to look up and format each."""
    rows, covered_before = [], None
    for due in dues:
        covered = [(person.name, person.age, person.amount) for person in due.people]
        row = _row(due, ticked=str(due.pk) in ticked, error=skipped.get(due.pk, ""), today=today)
        # Said once, and again only where somebody joined, left or changed age.
        rows.append(row | {"people": due.people if covered != covered_before else ()})
        covered_before = covered
    return rows


def _row(due: Due, *, ticked: bool, error: str, today: date) -> dict[str, Any]:
    box = {
        "id": f"due-{due.pk}",
        "data-amount": due.amount,
        "data-overdue": due.due_date < today,  # counted by js/choose.js for the standing
        "checked": ticked,
        "aria-describedby": f"due-{due.pk}-error" if error else None,
    }
    return {
        "box": flatatt(box),
        "value": str(due.pk),
        "month": months.name(due.period).capitalize(),
        "due_date": f"{due.due_date:%d/%m/%Y}",
        "amount": due.amount,
        "error": error,
        "ahead": due.period > oldest_first.window_end(today),
    }


def _year(number: int, pairs: Sequence[tuple[Due, Mapping[str, Any]]]) -> DueYear:
    return DueYear(number, tuple(dict.fromkeys(due.basis for due, _ in pairs)), [row for _, row in pairs])
