"""How old a debt is: bands of days since the due date, by which staff read and reports sum what is owed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dues.models import Due, Kind


@dataclass(frozen=True)
class Band:
    """Debts at least `days` days past their due date, and less than the next band's days."""

    words: str
    days: int


#: From the youngest to the oldest. What is not due yet stands apart.
NOT_DUE = Band("Por vencer", -100_000)
BANDS = (
    NOT_DUE,
    Band("Hasta 30 días", 1),
    Band("31 a 90 días", 31),
    Band("91 días a un año", 91),
    Band("1 a 3 años", 366),
    Band("Más de 3 años", 3 * 365 + 1),
)


@dataclass(frozen=True)
class Aged:
    """Dues of one kind in one band: how many and how many soles."""

    kind: Kind
    band: Band
    count: int
    amount: Decimal


def band_of(due_date: date, today: date) -> Band:
    """Returns the band of a due by its days past the due date; due today is not past."""
    days = (today - due_date).days
    return next(band for band in reversed(BANDS) if days >= band.days)


def by_band(open_dues: Iterable[Due], today: date) -> list[Aged]:
    """Sums open dues by kind and band; bands without dues are left out."""
    sums: dict[tuple[Kind, Band], tuple[int, Decimal]] = {}
    for due in open_dues:
        place = Kind(due.kind), band_of(due.due_date, today)
        count, amount = sums.get(place, (0, Decimal("0.00")))
        sums[place] = count + 1, amount + due.amount
    places = [(kind, band) for kind in Kind for band in BANDS if (kind, band) in sums]
    return [Aged(kind, band, *sums[kind, band]) for kind, band in places]
