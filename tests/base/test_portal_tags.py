"""Amounts and hours on a page: what the filters refuse to print."""

from datetime import datetime
from decimal import Decimal

import pytest

from base.templatetags import portal


@pytest.mark.parametrize("amount", [85.5, "85.50"])
def test_an_amount_that_is_no_decimal_is_not_printed(amount: object) -> None:
    with pytest.raises(TypeError):
        portal.soles(amount)  # type: ignore[arg-type]


def test_an_amount_is_printed_with_its_centimos() -> None:
    assert portal.soles(Decimal("1234.50")) == "S/ 1,234.50"


def test_an_hour_without_a_time_zone_is_not_printed() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        portal.lima(datetime(2020, 7, 25, 22, 7, 13))  # noqa: DTZ001 - the fault in question
