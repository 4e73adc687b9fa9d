"""Which dues should exist: the treasurer's arithmetic, month by month, without a database."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from dues.charging import schedule
from dues.charging.schedule import Band, Cover, DatedTariff, ExpectedDue, Physician, Relationship, Rules

THIRTY = DatedTariff(date(2020, 1, 1), [Band(0, Decimal("30.00"))], "Acuerdo 1-2020")
THIRTY_FIVE = DatedTariff(date(2026, 3, 1), [Band(0, Decimal("35.00"))], "Acuerdo 2-2026")
BY_AGE = DatedTariff(
    date(2020, 1, 1),
    [Band(0, Decimal("20.00")), Band(18, Decimal("40.00")), Band(40, Decimal("60.00")), Band(60, Decimal("100.00"))],
    "Acuerdo 3-2020",
)
LONG_AGO = date(2010, 4, 12)
HOLDER = Cover(1, "Diego", Relationship.HOLDER, date(1990, 2, 3), date(2024, 1, 1))


def colegiado(physician: Physician, first: date, last: date, **rules: int) -> list[ExpectedDue]:
    return list(schedule.colegiado(physician, first, last, tariffs=[THIRTY_FIVE, THIRTY], rules=Rules(**rules)))


def semefa(family: Sequence[Cover], first: date, last: date, left: date | None = None) -> list[ExpectedDue]:
    physician = Physician(LONG_AGO, active=left is None, left_date=left, family=family)
    return list(schedule.semefa(physician, first, last, tariffs=[BY_AGE], rules=Rules()))


def covered_ages(dues: Sequence[ExpectedDue]) -> list[list[int]]:
    return [[line.age for line in due.lines] for due in dues]


# --- Colegiado


def test_a_physician_who_registers_in_june_owes_from_july() -> None:
    dues = colegiado(Physician(date(2025, 6, 18)), date(2025, 1, 1), date(2025, 9, 1))

    assert [due.period for due in dues] == [date(2025, 7, 1), date(2025, 8, 1), date(2025, 9, 1)]
    assert {due.amount for due in dues} == {Decimal("30.00")}
    assert {due.basis for due in dues} == {"Acuerdo 1-2020"}


def test_the_college_may_set_that_the_month_of_registration_is_owed() -> None:
    dues = colegiado(Physician(date(2025, 6, 18)), date(2025, 1, 1), date(2025, 7, 1), months_after_registration=0)

    assert [due.period.month for due in dues] == [6, 7]


def test_a_rise_prices_the_months_from_its_own_on() -> None:
    dues = colegiado(Physician(LONG_AGO), date(2026, 1, 1), date(2026, 4, 1))

    assert [str(due.amount) for due in dues] == ["30.00", "30.00", "35.00", "35.00"]
    assert [due.basis for due in dues][1:3] == ["Acuerdo 1-2020", "Acuerdo 2-2026"]


def test_no_month_is_owed_before_the_first_tariff() -> None:
    dues = colegiado(Physician(LONG_AGO), date(2019, 11, 1), date(2020, 1, 1))

    assert [due.period for due in dues] == [date(2020, 1, 1)]


@pytest.mark.parametrize(
    ("day", "month", "falls_due"),
    [
        (31, date(2026, 1, 1), date(2026, 1, 31)),
        (31, date(2026, 2, 1), date(2026, 2, 28)),
        (29, date(2026, 2, 1), date(2026, 2, 28)),
        (30, date(2028, 2, 1), date(2028, 2, 29)),
        (31, date(2026, 4, 1), date(2026, 4, 30)),
        (29, date(2026, 1, 1), date(2026, 1, 29)),
        (15, date(2026, 2, 1), date(2026, 2, 15)),
    ],
)
def test_a_due_day_that_a_month_has_not_is_its_last(day: int, month: date, falls_due: date) -> None:
    (due,) = colegiado(Physician(LONG_AGO), month, month, due_day=day)

    assert due.due_date == falls_due


def test_who_withdraws_owes_that_month_and_none_after() -> None:
    left = Physician(LONG_AGO, active=False, left_date=date(2025, 8, 1))

    assert [due.period.month for due in colegiado(left, date(2025, 6, 1), date(2025, 12, 1))] == [6, 7, 8]


def test_who_left_on_an_unknown_day_is_charged_nothing_more() -> None:
    assert colegiado(Physician(LONG_AGO, active=False), date(2025, 6, 1), date(2025, 12, 1)) == []


# --- SEMEFA


def test_a_family_pays_for_each_person_by_age() -> None:
    father = Cover(2, "Hugo", Relationship.PARENT, date(1955, 7, 1), date(2024, 1, 1))
    daughter = Cover(3, "Luz", Relationship.CHILD, date(2020, 9, 9), date(2024, 6, 1))

    before, after = semefa([HOLDER, father, daughter], date(2024, 5, 1), date(2024, 6, 1))

    assert (before.amount, after.amount) == (Decimal("140.00"), Decimal("160.00"))
    assert [(line.name, line.age, str(line.amount)) for line in after.lines] == [
        ("Diego", 34, "40.00"),
        ("Hugo", 68, "100.00"),
        ("Luz", 3, "20.00"),
    ]


def test_a_birthday_counts_from_the_following_month() -> None:
    turning_40 = Cover(1, "Diego", Relationship.HOLDER, date(1986, 3, 15), date(2024, 1, 1))

    march, april = semefa([turning_40], date(2026, 3, 1), date(2026, 4, 1))

    assert (march.amount, april.amount) == (Decimal("40.00"), Decimal("60.00"))


@pytest.mark.parametrize("day", [1, 15, 31])
def test_a_child_who_turns_41_is_covered_until_the_end_of_that_month(day: int) -> None:
    child = Cover(2, "Rosa", Relationship.CHILD, date(1985, 3, day), date(2024, 1, 1))

    dues = semefa([HOLDER, child], date(2026, 2, 1), date(2026, 4, 1))

    assert covered_ages(dues) == [[35, 40], [36, 40], [36]]


def test_a_grandchild_who_turns_19_is_covered_until_the_end_of_that_month() -> None:
    grandchild = Cover(2, "Inés", Relationship.GRANDCHILD, date(2007, 8, 31), date(2024, 1, 1))

    assert covered_ages(semefa([HOLDER, grandchild], date(2026, 8, 1), date(2026, 9, 1))) == [[36, 18], [36]]


def test_a_parent_is_covered_at_any_age() -> None:
    mother = Cover(2, "Olga", Relationship.PARENT, date(1921, 1, 1), date(2024, 1, 1))

    assert covered_ages(semefa([HOLDER, mother], date(2026, 8, 1), date(2026, 8, 1))) == [[36, 105]]


def test_nobody_is_covered_without_the_holder() -> None:
    until_may = Cover(1, "Diego", Relationship.HOLDER, date(1990, 2, 3), date(2024, 1, 1), date(2026, 5, 1))
    child = Cover(2, "Luz", Relationship.CHILD, date(2020, 9, 9), date(2024, 1, 1))

    assert [due.period.month for due in semefa([until_may, child], date(2026, 4, 1), date(2026, 8, 1))] == [4, 5]


def test_a_deceased_holder_owes_the_month_of_the_death_and_none_after() -> None:
    dues = semefa([HOLDER], date(2026, 4, 1), date(2026, 8, 1), left=date(2026, 5, 20))

    assert [due.period.month for due in dues] == [4, 5]


def test_a_newborn_is_priced_from_age_0() -> None:
    newborn = Cover(2, "Sol", Relationship.CHILD, date(2026, 5, 20), date(2026, 5, 1))

    assert covered_ages(semefa([HOLDER, newborn], date(2026, 5, 1), date(2026, 6, 1))) == [[36, 0], [36, 0]]
