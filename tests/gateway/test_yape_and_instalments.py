"""What answers tell of Yape and of a card's instalments, and what happens to values that make no sense."""

import json
from decimal import Decimal
from typing import Any

import pytest

from payments.gateway import Approved, Denied, Instalments, Yape
from payments.gateway.details import mask_phone, phone_end
from payments.gateway.masking import storable
from payments.gateway.parsing import read_authorisation, read_retrieved
from payments.gateway.transport import Reply
from payments.gateway.yape_refusals import explain_yape
from simulators.niubiz.yape import DESCRIPTIONS, TEST_YAPES
from tests.gateway.till import ANSWERS, EXCHANGE, Till, recorded


def approval(**details: object) -> Approved:
    """The recorded approval of S/ 120.50 with these details in its `dataMap`."""
    document = json.loads((ANSWERS / "approved.json").read_text())
    document["dataMap"] |= details
    answer = read_authorisation(Reply(status=200, text=json.dumps(document), failure="", millis=1), EXCHANGE)
    assert isinstance(answer, Approved)
    return answer


def test_an_approval_with_a_yape_id_is_a_yape_whatever_card_stands_beside_it() -> None:
    answer = read_authorisation(recorded("approved_yape.json"), EXCHANGE)
    assert isinstance(answer, Approved)
    assert answer.yape == Yape(id="ed53cc2c-d4a8-4b1e-9a53-0f7b3ac1d2e4")
    retrieved = read_retrieved(recorded("approved_yape.json"), EXCHANGE, purchase_number="000123")
    assert isinstance(retrieved, Approved)
    assert retrieved.yape == answer.yape


@pytest.mark.parametrize("yape_id", ["", None, [], {}, True])
def test_an_approval_without_one_is_a_card(yape_id: object) -> None:
    assert approval(YAPE_ID=yape_id).yape is None


@pytest.mark.parametrize("telephone", ["969929157", "51969929157", "+51 969 929 157", "96*****157"])
def test_of_a_telephone_only_the_end_is_taken(telephone: object) -> None:
    assert approval(YAPE_ID=telephone).yape == Yape(id="******157", phone_end="157")


@pytest.mark.parametrize("name", ["12345", "819929157", "9699291571", "A969929157"])
def test_a_yape_id_that_is_no_telephone_is_kept_as_it_is(name: str) -> None:
    assert approval(YAPE_ID=name).yape == Yape(id=name)
    assert (mask_phone(name), phone_end(name)) == (name, "")


def test_a_telephone_sent_as_a_number_is_one_too() -> None:
    assert approval(YAPE_ID=969929157).yape == Yape(id="******157", phone_end="157")


def test_no_telephone_is_kept_in_the_trail() -> None:
    kept = json.dumps(storable({"dataMap": {"YAPE_ID": "969929157"}, "yape": {"phoneNumber": 969929157}}))
    assert "969929157" not in kept
    assert "******157" in kept


def test_an_approval_in_parts_says_so() -> None:
    answer = read_authorisation(recorded("approved_in_parts.json"), EXCHANGE)
    assert isinstance(answer, Approved)
    assert answer.instalments == Instalments(number=3, amount=Decimal("40.17"), deferred=1)


@pytest.mark.parametrize(
    ("details", "instalments"),
    [
        ({}, None),
        ({"QUOTA_NUMBER": "0"}, None),
        ({"QUOTA_NUMBER": "01", "QUOTA_AMOUNT": "120.50"}, None),
        ({"QUOTA_NUMBER": 6}, Instalments(number=6)),
        ({"QUOTA_NUMBER": "6", "QUOTA_AMOUNT": "20.08"}, Instalments(number=6, amount=Decimal("20.08"))),
        ({"QUOTA_NUMBER": "6", "QUOTA_AMOUNT": "120.51"}, Instalments(number=6)),
        ({"QUOTA_NUMBER": "6", "QUOTA_AMOUNT": "-1", "QUOTA_DEFERRED": "99"}, Instalments(number=6)),
        ({"QUOTA_NUMBER": "6", "QUOTA_AMOUNT": "1e5", "QUOTA_DEFERRED": "x"}, Instalments(number=6)),
        ({"QUOTA_NUMBER": "seis", "INSTALLMENTS_INFO": "03"}, Instalments(number=3)),
        ({"QUOTA_NUMBER": "49"}, None),
        ({"QUOTA_NUMBER": "9" * 40, "QUOTA_AMOUNT": [], "INSTALLMENTS_INFO": {"a": 1}}, None),
        ({"QUOTA_NUMBER": True, "INSTALLMENTS_INFO": "0103 000 000"}, None),
    ],
)
def test_instalments_that_make_no_sense_are_dropped_and_the_approval_stands(
    details: dict[str, Any], instalments: Instalments | None
) -> None:
    assert approval(**details).instalments == instalments


def test_the_simulator_answers_a_yape_without_a_card(till: Till) -> None:
    session = till.session()
    answer = till.authorise(till.control.token("969929157", session.key, otp="557454"), number="77")
    assert isinstance(answer, Approved)
    assert (answer.card, answer.yape) == ("", Yape(id="******157", phone_end="157"))


def test_the_simulator_splits_a_charge_as_the_bank_does(till: Till) -> None:
    token = till.control.token("4551708161768059", till.session("120.00").key, instalments=6)
    answer = till.authorise(token, number="78", amount="120.00")
    assert isinstance(answer, Approved)
    assert answer.instalments == Instalments(number=6, amount=Decimal("20.00"), deferred=0)


@pytest.mark.parametrize("yape", [one for one in TEST_YAPES if one.action_code != "000"], ids=lambda one: one.does)
def test_each_refusal_of_the_sandbox_is_a_denial_that_names_yape(till: Till, yape: Any) -> None:
    answer = till.authorise(till.control.token(yape.phone, till.session().key, otp=yape.otp), number="79")
    assert isinstance(answer, Denied)
    assert answer.yape == Yape(id=f"******{yape.phone[-3:]}", phone_end=yape.phone[-3:])
    assert answer.action_description == DESCRIPTIONS[yape.action_code]


def test_more_than_yapes_limit_is_denied(till: Till) -> None:
    token = till.control.token("969929157", till.session("500.01").key, otp="557454")
    answer = till.authorise(token, number="80", amount="500.01")
    assert isinstance(answer, Denied)
    assert "Limite" in answer.action_description


@pytest.mark.parametrize(
    ("description", "words", "again"),
    [
        ("Limite diario excedido en Yape", "supera lo que Yape le permite", True),
        ("LÍMITE EXCEDIDO", "supera lo que Yape le permite", True),
        ("Cuenta Yape inactiva", "no tiene un Yape activo", False),
        ("Cuenta Yape en lista negra", "Yape no autorizó", False),
        ("Codigo de aprobacion (OTP) bloqueado", "quedó bloqueado", False),
        ("Intentos de OTP excedidos", "quedó bloqueado", False),
        ("Codigo de aprobacion (OTP) incorrecto", "no es correcto", True),
        ("Codigo de aprobacion (OTP) no generado", "no tiene un código de aprobación vigente", True),
        ("Algo que nadie espera", "Yape no aprobó la operación", False),
        ("", "Yape no aprobó la operación", False),
    ],
)
def test_a_refused_yape_is_explained_in_plain_words(description: str, words: str, again: bool) -> None:
    said = explain_yape("805", description)
    assert words in said.text
    assert said.retry_with_same_card is again
    assert "tarjeta" not in said.text
    assert "negra" not in said.text


def test_what_concerns_the_college_or_the_line_is_explained_as_for_a_card() -> None:
    assert explain_yape("754", "Comercio no valido").kind == "college"
    assert explain_yape("666", "Problemas de comunicacion").kind == "later"
