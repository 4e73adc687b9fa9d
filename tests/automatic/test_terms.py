"""Which dues one charge takes, and on which day the next one comes."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base.peru import months
from dues.models import Due
from payments.models.ways.automatic_states import FIRST_DAY, LAST_DAY, NOTICE_DAYS
from payments.ways.automatic.terms import (
    WRITTEN_DAYS,
    announced_in_time,
    days_to_announce,
    next_date,
    within_ceiling,
)

TODAY = date(2026, 11, 10)
SOLES = st.decimals("0.01", "300", places=2)
DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))


def owed(*amounts: Decimal, newest: date = TODAY) -> list[Due]:
    """A due of each of the last so many months, oldest first."""
    last = months.month_of(newest)
    return [
        Due(period=months.shift(last, back - len(amounts) + 1), amount=amount) for back, amount in enumerate(amounts)
    ]


@given(st.lists(SOLES, max_size=36), SOLES)
def test_the_oldest_dues_that_fit_are_taken_and_none_is_skipped(amounts: list[Decimal], ceiling: Decimal) -> None:
    dues = owed(*amounts)
    taken = within_ceiling(dues, ceiling, TODAY)
    total = sum(due.amount for due in taken)

    assert taken == dues[: len(taken)]
    assert total <= ceiling
    assert len(taken) == len(dues) or total + dues[len(taken)].amount > ceiling


def test_what_is_not_paid_online_is_not_charged() -> None:
    too_old, oldest, this_month, coming = (
        Due(period=period, amount=Decimal(30))
        for period in (date(2023, 10, 1), date(2023, 11, 1), date(2026, 11, 1), date(2026, 12, 1))
    )
    assert within_ceiling([too_old, oldest, this_month, coming], Decimal(999), TODAY) == [oldest, this_month]


@pytest.mark.parametrize(
    ("day", "today", "expected"),
    [
        (10, date(2026, 11, 1), date(2026, 11, 10)),
        (10, date(2026, 11, 7), date(2026, 11, 10)),
        (10, date(2026, 11, 8), date(2026, 12, 10)),
        (28, date(2026, 12, 26), date(2027, 1, 28)),
        (28, date(2027, 2, 25), date(2027, 2, 28)),
        (6, date(2026, 12, 31), date(2027, 1, 6)),
    ],
)
def test_the_next_charge_is_the_first_that_a_letter_still_announces(day: int, today: date, expected: date) -> None:
    assert next_date(day, today) == expected


@given(st.integers(FIRST_DAY, LAST_DAY), DAYS)
def test_each_month_has_its_letter_days_before_the_charge(day: int, month: date) -> None:
    charge_on = month.replace(day=day)
    letter_days = [
        today for today in (month.replace(day=number) for number in range(1, 29)) if _is_announced(day, today)
    ]
    assert [(charge_on - today).days for today in letter_days] == [*range(WRITTEN_DAYS, NOTICE_DAYS - 1, -1)]
    assert all(announced_in_time(charge_on, today) for today in letter_days)


def _is_announced(day: int, today: date) -> bool:
    first, last = days_to_announce(today)
    return first <= day <= last
