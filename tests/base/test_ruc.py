"""The RUC a factura names."""

import pytest
from django import forms

from base.forms import RucField
from base.peru import ruc


@pytest.mark.parametrize("number", ["20512333797", "10054148289"])
def test_a_ruc_with_its_check_digit_is_valid(number: str) -> None:
    assert ruc.is_valid(number)


@pytest.mark.parametrize(
    "number", ["20512333798", "30512333797", "2051233379", "205123337970", "2051233379A", "", "２０512333797"]
)
def test_anything_else_is_not(number: str) -> None:
    assert not ruc.is_valid(number)


@pytest.mark.parametrize("prefix", ruc.PREFIXES)
def test_each_kind_of_taxpayer_is_taken(prefix: str) -> None:
    valid = [number for digit in range(10) if ruc.is_valid(number := f"{prefix}12345678{digit}")]

    assert len(valid) == 1


def test_the_field_takes_spaces_and_hyphens_and_says_what_is_wrong() -> None:
    assert RucField().clean(" 20-51233379-7 ") == "20512333797"
    assert RucField(required=False).clean("") == ""
    with pytest.raises(forms.ValidationError, match="revise sus 11 dígitos"):
        RucField().clean("20512333798")
