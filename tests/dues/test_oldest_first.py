"""Oldest first and three years back (user guide step 3), by worked examples and as properties."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from base.peru import months
from dues import oldest_first

JANUARY, FEBRUARY, MARCH, APRIL = (date(2025, month, 1) for month in (1, 2, 3, 4))


# --- Oldest first


def test_the_oldest_due_alone_is_accepted() -> None:
    oldest_first.check([JANUARY, FEBRUARY, MARCH], [JANUARY])


def test_all_dues_are_accepted_in_whatever_order_they_come() -> None:
    oldest_first.check([MARCH, JANUARY, FEBRUARY], [FEBRUARY, MARCH, JANUARY])


def test_a_month_that_is_already_paid_leaves_no_gap() -> None:
    oldest_first.check([JANUARY, MARCH, APRIL], [JANUARY, MARCH])


def test_the_due_that_was_skipped_is_named() -> None:
    with pytest.raises(oldest_first.OlderDueSkipped) as refusal:
        oldest_first.check([JANUARY, FEBRUARY, MARCH], [JANUARY, MARCH])

    assert refusal.value.skipped == [FEBRUARY]
    assert refusal.value.because == MARCH
    assert refusal.value.sentence == "Falta febrero 2025: primero se pagan las cuotas más antiguas."


def test_of_several_skipped_dues_the_oldest_comes_first() -> None:
    with pytest.raises(oldest_first.OlderDueSkipped) as refusal:
        oldest_first.check([JANUARY, FEBRUARY, MARCH, APRIL], [FEBRUARY, APRIL])

    assert refusal.value.skipped == [JANUARY, MARCH]
    assert refusal.value.because == FEBRUARY


def test_nothing_chosen_is_said_as_such() -> None:
    with pytest.raises(oldest_first.NothingChosen):
        oldest_first.check([JANUARY], [])


def test_a_due_that_is_not_on_offer_is_refused_by_name() -> None:
    with pytest.raises(oldest_first.OutsideWindow) as refusal:
        oldest_first.check([FEBRUARY], [JANUARY, FEBRUARY])

    assert refusal.value.outside == [JANUARY]
    assert "enero 2025" in refusal.value.sentence


# --- Three years back


@pytest.mark.parametrize(
    ("today", "oldest"),
    [
        (date(2026, 11, 23), date(2023, 11, 1)),
        (date(2026, 11, 1), date(2023, 11, 1)),
        (date(2026, 11, 30), date(2023, 11, 1)),
        (date(2026, 1, 31), date(2023, 1, 1)),
        (date(2025, 12, 31), date(2022, 12, 1)),
        # 29 February: three years back there is none.
        (date(2028, 2, 29), date(2025, 2, 1)),
        (date(2027, 2, 28), date(2024, 2, 1)),
    ],
)
def test_the_window_starts_36_months_before_this_month(today: date, oldest: date) -> None:
    assert oldest_first.window_start(today) == oldest
    assert oldest_first.is_payable(oldest, today)
    assert not oldest_first.is_payable(months.shift(oldest, -1), today)


def test_the_current_month_is_the_last_payable_one() -> None:
    today = date(2026, 11, 23)

    assert oldest_first.is_payable(date(2026, 11, 1), today)
    assert not oldest_first.is_payable(date(2026, 12, 1), today)
    assert oldest_first.is_payable(date(2026, 12, 1), today, months_ahead=1)


@pytest.mark.parametrize(
    ("moment", "oldest"),
    [
        # 23:59:59 of 31 July in Lima: July still counts.
        (datetime(2026, 8, 1, 4, 59, 59, tzinfo=UTC), date(2023, 7, 1)),
        (datetime(2026, 8, 1, 5, 0, 0, tzinfo=UTC), date(2023, 8, 1)),
    ],
)
def test_the_window_moves_at_midnight_in_lima_not_in_london(moment: datetime, oldest: date) -> None:
    with time_machine.travel(moment, tick=False):
        assert oldest_first.window_start(timezone.localdate()) == oldest


# --- Properties

periods = st.dates(date(2000, 1, 1), date(2100, 12, 31)).map(months.month_of)


@given(st.sets(periods, min_size=1, max_size=40), st.data())
def test_an_accepted_selection_is_always_a_prefix(offered: set[date], data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.sampled_from(sorted(offered))))
    in_order = sorted(offered)
    prefix = in_order[: len(chosen)]

    if chosen and sorted(chosen) == prefix:
        oldest_first.check(offered, chosen)
        return
    first_skipped = next(period for period in in_order if period not in chosen)
    with pytest.raises(oldest_first.SelectionRule) as refusal:
        oldest_first.check(offered, chosen)
    if chosen:
        assert isinstance(refusal.value, oldest_first.OlderDueSkipped)
        assert refusal.value.skipped[0] == first_skipped
        assert months.name(first_skipped) in refusal.value.sentence


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_the_window_always_holds_37_months(today: date) -> None:
    start, end = oldest_first.window_start(today), oldest_first.window_end(today)

    assert months.between(start, end) == 36
    assert months.shift(start, 36) == end


@given(periods, st.integers(-600, 600))
def test_shifting_a_month_there_and_back_changes_nothing(period: date, by: int) -> None:
    assert months.shift(months.shift(period, by), -by) == period
    assert months.between(period, months.shift(period, by)) == by
