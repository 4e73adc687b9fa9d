"""What a member reads when a card is denied."""

import re

import pytest

from payments.gateway import explain
from payments.gateway.action_codes import CODES
from payments.gateway.base import IN_DOUBT_CODES


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_says_what_happened_and_what_to_do(code: str) -> None:
    said = explain(code)
    assert re.fullmatch(r"[A-ZÁÉÍÓÚ¿].*\.", said.text)
    assert re.fullmatch(r"[A-ZÁÉÍÓÚ¿].*\.", said.advice)
    assert not said.text.endswith("..")
    assert "denegada" not in said.text.lower()


def test_the_whole_annex_of_the_manual_is_there() -> None:
    annex = (
        "101 102 104 106 107 108 109 110 111 112 116 117 118 119 121 126 129 180 181 182 183 190 191 192 199 201 202"
    )
    annex += " 204 206 207 208 209 263 264 265 266 280 290 300 306 401 402 403 404 405 406 407 408 409 410 411 412 413"
    annex += " 414 415 416 417 418 419 420 421 422 423 424 666 667 668 669 670 672 673 674 675 676 677 678 682 683 684"
    annex += " 685 904 909 910 912 913 916 928 940 941 942 943 945 946 947 948 949 965"
    assert set(annex.split()) <= CODES
    assert IN_DOUBT_CODES <= CODES


@pytest.mark.parametrize("code", ["", "998", "abc"])
def test_an_unknown_code_is_explained_neutrally(code: str) -> None:
    said = explain(code)
    assert said.kind == "other"
    assert "otra tarjeta" in said.advice


@pytest.mark.parametrize(
    ("code", "kind", "same_card"),
    [
        ("116", "funds", True),
        ("408", "data", True),
        ("180", "card", False),
        ("401", "college", False),
        ("682", "time", True),
    ],
)
def test_the_advice_fits_the_reason(code: str, kind: str, same_card: bool) -> None:
    said = explain(code)
    assert (said.kind, said.retry_with_same_card) == (kind, same_card)


def test_nobody_is_told_on_screen_that_a_card_is_stolen() -> None:
    assert "robada" not in explain("209").text.lower()
    assert "robada" in explain("209").support.lower()
