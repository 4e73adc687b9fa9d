"""Amounts in words, as the Peruvian receipt states them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base.peru.amount_in_words import amount_in_words

EXAMPLES = {
    "0.50": "CERO CON 50/100 SOLES",
    "1.00": "UNO CON 00/100 SOLES",
    "21.00": "VEINTIUNO CON 00/100 SOLES",
    "30.00": "TREINTA CON 00/100 SOLES",
    "85.50": "OCHENTA Y CINCO CON 50/100 SOLES",
    "100.00": "CIEN CON 00/100 SOLES",
    "120.50": "CIENTO VEINTE CON 50/100 SOLES",
    "1000.00": "MIL CON 00/100 SOLES",
    "1080.00": "MIL OCHENTA CON 00/100 SOLES",
    "1234.05": "MIL DOSCIENTOS TREINTA Y CUATRO CON 05/100 SOLES",
    "16022.99": "DIECISÉIS MIL VEINTIDÓS CON 99/100 SOLES",
    "21000.00": "VEINTIÚN MIL CON 00/100 SOLES",
    "31021.00": "TREINTA Y UN MIL VEINTIUNO CON 00/100 SOLES",
    "101001.00": "CIENTO UN MIL UNO CON 00/100 SOLES",
    "121000.00": "CIENTO VEINTIÚN MIL CON 00/100 SOLES",
    "500000.01": "QUINIENTOS MIL CON 01/100 SOLES",
    "999999.99": "NOVECIENTOS NOVENTA Y NUEVE MIL NOVECIENTOS NOVENTA Y NUEVE CON 99/100 SOLES",
}


@pytest.mark.parametrize(("amount", "words"), EXAMPLES.items())
def test_an_amount_is_written_out(amount: str, words: str) -> None:
    assert amount_in_words(Decimal(amount)) == words


@given(st.decimals(min_value=0, max_value=Decimal("999999.99"), places=2))
def test_no_amount_is_written_with_a_stray_o_or_too_long_for_sunat(amount: Decimal) -> None:
    words = amount_in_words(amount)
    assert words.endswith(f" CON {amount % 1 * 100:02.0f}/100 SOLES")
    assert "UNO MIL" not in words
    assert len(words) <= 200  # SUNAT's rule 3006


@pytest.mark.parametrize("amount", ["-1.00", "1.005"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        amount_in_words(Decimal(amount))
