"""Which dues should exist: what a member owes of one kind, month by month, at which tariff, for whom.

Uses neither the database nor the clock. `dues/charging/sql.py` computes the same for everybody in SQL, and a test
compares both. A month is the date of its first day; ages are completed years; amounts are soles.

One rule for everything that changes within a month: it counts *from the following month*. A birthday moves a person
into the next age band, or past the limit of their relationship, in the month after it; who dies or withdraws owes the
month in which that happened and none after. The SEMEFA of who died goes on in the months of a succession.
"""

import calendar
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from base.peru import months


class Relationship(StrEnum):
    HOLDER = "holder"
    PARENT = "parent"
    CHILD = "child"
    GRANDCHILD = "grandchild"


RELATIONSHIP_LABELS = {
    Relationship.HOLDER.value: "titular",
    Relationship.PARENT.value: "padre o madre",
    Relationship.CHILD.value: "hijo o hija",
    Relationship.GRANDCHILD.value: "nieto o nieta",
}

# The last age that SEMEFA covers: children up to 40, grandchildren up to 18, parents without limit
# (domain.md §1.3, cmp.org.pe/que-es-el-seguro-medico-familiar-del-cmp).
OLDEST = {Relationship.CHILD: 40, Relationship.GRANDCHILD: 18}


@dataclass(frozen=True)
class Rules:
    """What the college sets (README, Settings): the first month owed, counted from that of registration, and the day
    on which a month falls due; in shorter months it is their last day."""

    months_after_registration: int = 1
    due_day: int = 31


@dataclass(frozen=True)
class Band:
    """A price in soles from this age to the next band's. Colegiado has one, from 0."""

    from_age: int
    amount: Decimal


@dataclass(frozen=True)
class DatedTariff:
    """The prices of one kind from a month until the next tariff of that kind, and the resolution that set them."""

    first_period: date
    bands: Sequence[Band]
    basis: str


@dataclass(frozen=True)
class Cover:
    """One person whom a member's SEMEFA covers, in these months (None: until further notice)."""

    person_id: int
    name: str
    relationship: str
    birth_date: date
    first_period: date
    last_period: date | None = None


@dataclass(frozen=True)
class Succession:
    """The months in which a dependant holds the SEMEFA of a physician who died (None: until further notice)."""

    first_period: date
    last_period: date | None = None


@dataclass(frozen=True)
class Absence:
    """From the day on which a physician left to that of the return."""

    left_on: date
    returned_on: date


@dataclass(frozen=True)
class Physician:
    """What of a member decides their dues. Who is not active and left on an unknown day is charged nothing more."""

    registered_date: date
    active: bool = True
    left_date: date | None = None
    family: Sequence[Cover] = ()
    successions: Sequence[Succession] = ()
    absences: Sequence[Absence] = ()


@dataclass(frozen=True)
class Line:
    """What one covered person makes of a SEMEFA due."""

    person_id: int
    name: str
    relationship: str
    age: int
    from_age: int
    amount: Decimal


@dataclass(frozen=True)
class ExpectedDue:
    period: date
    amount: Decimal
    due_date: date
    basis: str
    lines: tuple[Line, ...] = ()


def colegiado(
    physician: Physician, first: date, last: date, *, tariffs: Sequence[DatedTariff], rules: Rules
) -> Iterator[ExpectedDue]:
    """The colegiado dues of these months, oldest first; none for a month without tariff."""
    since = months.shift(months.month_of(physician.registered_date), rules.months_after_registration)
    for period in _months(max(first, since), last):
        tariff = in_force(tariffs, period)
        if tariff and _belongs(physician, period) and (band := band_of(tariff, 0)):
            yield ExpectedDue(period, band.amount, due_date(period, rules), tariff.basis)


def semefa(
    physician: Physician, first: date, last: date, *, tariffs: Sequence[DatedTariff], rules: Rules
) -> Iterator[ExpectedDue]:
    """The SEMEFA dues of these months, oldest first: of the months in which the holder, or a successor, is covered."""
    for period in _months(first, last):
        tariff = in_force(tariffs, period)
        if tariff and (_belongs(physician, period) or _succeeded(physician, period)):
            lines = tuple(lines_of(physician.family, period, tariff))
            if lines:
                amount = sum((line.amount for line in lines), Decimal("0.00"))
                yield ExpectedDue(period, amount, due_date(period, rules), tariff.basis, lines)


def lines_of(family: Iterable[Cover], period: date, tariff: DatedTariff) -> Iterator[Line]:
    """What each covered person makes of this month; nothing when the holder is not covered in it."""
    covered = [person for person in family if is_covered(person, period)]
    if any(person.relationship == Relationship.HOLDER for person in covered):
        for person in covered:
            age = age_in(period, person.birth_date)
            if band := band_of(tariff, age):
                yield Line(person.person_id, person.name, person.relationship, age, band.from_age, band.amount)


def is_covered(person: Cover, period: date) -> bool:
    """Within the months of the cover, and not past the age to which SEMEFA covers this relationship."""
    if period < person.first_period or (person.last_period and period > person.last_period):
        return False
    oldest = OLDEST.get(Relationship(person.relationship))
    return oldest is None or age_in(period, person.birth_date) <= oldest


def age_in(period: date, birth_date: date) -> int:
    """The age that prices this month: a birthday counts from the following month, one on the first day too."""
    return max(0, (months.between(birth_date, period) - 1) // 12)


def in_force(tariffs: Iterable[DatedTariff], period: date) -> DatedTariff | None:
    """The newest tariff that had begun by this month: a rise never re-prices the months before it."""
    begun = [tariff for tariff in tariffs if tariff.first_period <= period]
    return max(begun, key=lambda tariff: tariff.first_period, default=None)


def band_of(tariff: DatedTariff, age: int) -> Band | None:
    return max((band for band in tariff.bands if band.from_age <= age), key=lambda band: band.from_age, default=None)


def due_date(period: date, rules: Rules) -> date:
    """The due day of this month; a day that the month has not is its last one: 31 January, 28 or 29 February."""
    return period.replace(day=min(rules.due_day, calendar.monthrange(period.year, period.month)[1]))


def _belongs(physician: Physician, period: date) -> bool:
    if any(absence.left_on < period <= absence.returned_on for absence in physician.absences):
        return False
    if physician.left_date:
        return period <= months.month_of(physician.left_date)
    return physician.active


def _succeeded(physician: Physician, period: date) -> bool:
    return any(
        succession.first_period <= period and (succession.last_period is None or period <= succession.last_period)
        for succession in physician.successions
    )


def _months(first: date, last: date) -> Iterator[date]:
    return (months.shift(first, number) for number in range(months.between(first, last) + 1))
