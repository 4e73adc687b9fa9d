"""How money, moments, months and documents are written."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base.peru import months
from base.templatetags.portal import lima, month_name, soles


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (Decimal("1234.50"), "S/ 1,234.50"),
        (Decimal("0"), "S/ 0.00"),
        (Decimal("-30.00"), "-S/ 30.00"),
        (Decimal("1000000.99"), "S/ 1,000,000.99"),
        (50, "S/ 50.00"),
        (None, ""),
        ("", ""),
    ],
)
def test_soles_have_a_comma_for_thousands_and_a_point_for_cents(amount: Any, written: str) -> None:
    assert soles(amount) == written


@pytest.mark.parametrize("amount", [1234.5, "1234.50", True])
def test_money_that_is_not_a_decimal_is_refused_rather_than_shown(amount: Any) -> None:
    with pytest.raises(TypeError, match="Money is a Decimal"):
        soles(amount)


@given(st.decimals(min_value=-9_999_999, max_value=9_999_999, places=2))
def test_no_centimo_is_lost_in_writing(amount: Decimal) -> None:
    assert Decimal(soles(amount).replace("S/ ", "").replace(",", "")) == amount


def test_a_moment_is_shown_as_in_the_user_guide_in_the_time_of_lima() -> None:
    assert lima(datetime(2020, 7, 26, 3, 7, 13, tzinfo=UTC)) == "25/07/2020 22:07:13"


def test_a_moment_not_known_yet_is_shown_as_nothing() -> None:
    assert lima(None) == ""


def test_a_moment_without_a_time_zone_is_refused_since_it_may_be_five_hours_off() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        lima(datetime(2020, 7, 25, 22, 7, 13))  # noqa: DTZ001


def test_a_due_is_named_by_its_month() -> None:
    assert month_name(date(2020, 7, 1)) == "julio 2020"
    assert month_name(None) == ""


def test_the_year_has_twelve_different_months() -> None:
    assert len(set(months.NAMES)) == 12
