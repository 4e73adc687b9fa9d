"""Cards on file over the wire: what is sent, what is understood, and that the stand-in refuses as the original does."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import requests
from pytest_django import Settings

from payments.gateway import (
    SIMULATOR_CREDENTIALS,
    SIMULATOR_TOKEN_MERCHANT,
    Absent,
    Approved,
    CardRefused,
    Credentials,
    Denied,
    GatewayUnavailable,
    Niubiz,
    StoredCard,
    Unknown,
    cards_on_file,
    environment,
    for_stored_cards,
    from_settings,
)
from payments.gateway.transport import Reply
from simulators.niubiz.gateway_api import Account
from simulators.niubiz.server import RunningSimulator
from tests.gateway.till import ANA, LOST_AFTER_CHARGE, NO_FUNDS, VISA

AMOUNT = Decimal("60.00")
STOLEN = "4557883870910971"
INVALID = "4111111111111111"


@pytest.fixture
def keeper(simulator: RunningSimulator) -> Niubiz:
    return merchant(simulator, SIMULATOR_TOKEN_MERCHANT)


def merchant(simulator: RunningSimulator, merchant_id: str) -> Niubiz:
    known = SIMULATOR_CREDENTIALS
    credentials = Credentials(user=known.user, password=known.password, merchant_id=merchant_id)
    return Niubiz(environment=environment("simulator", simulator_url=simulator.url), credentials=credentials)


def token(simulator: RunningSimulator, keeper: Niubiz, card: str = VISA, expiry: str = "") -> str:
    session = keeper.open_session(amount=Decimal("1.00"), payer=ANA, channel="paycard")
    return simulator.control.token(card, session.key, expiry=expiry)


def kept(simulator: RunningSimulator, keeper: Niubiz, card: str = VISA, expiry: str = "") -> StoredCard:
    answer = keeper.keep_card(transaction_token=token(simulator, keeper, card, expiry))
    assert isinstance(answer, StoredCard)
    return answer


def charge(
    keeper: Niubiz, card: StoredCard | str, number: int = 1, *, first: bool = True
) -> Approved | Denied | Unknown:
    card_token = card if isinstance(card, str) else card.token
    return keeper.charge_stored_card(
        purchase_number=str(number),
        amount=AMOUNT,
        currency="PEN",
        card_token=card_token,
        first=first,
        email="ana@example.com",
    )


def test_both_sides_agree_on_the_merchant_that_keeps_cards() -> None:
    assert Account().token_merchant_id == SIMULATOR_TOKEN_MERCHANT != SIMULATOR_CREDENTIALS.merchant_id


def test_a_card_is_kept_and_charged_again_and_again(simulator: RunningSimulator, keeper: Niubiz) -> None:
    card = kept(simulator, keeper)
    assert (card.brand, card.last_four, card.expires) == ("visa", "8059", date(2028, 3, 31))
    first, second = charge(keeper, card, 1), charge(keeper, card, 2, first=False)
    assert isinstance(first, Approved)
    assert isinstance(second, Approved)
    assert (first.purchase_number, second.purchase_number, second.amount) == ("1", "2", AMOUNT)
    again = keeper.retrieve(purchase_number="2")
    assert isinstance(again, Approved)
    assert keeper.void(signature=second.signature, reason="prueba").done


def test_no_answer_holds_the_token(simulator: RunningSimulator, keeper: Niubiz) -> None:
    card = kept(simulator, keeper)
    answer = charge(keeper, card)
    assert card.token not in repr(answer)
    assert card.token not in repr(card)
    assert answer.exchange.request["card"]["tokenId"] == "***"


def test_a_token_keeps_one_card_once(simulator: RunningSimulator, keeper: Niubiz) -> None:
    posted = token(simulator, keeper)
    assert isinstance(keeper.keep_card(transaction_token=posted), StoredCard)
    assert isinstance(keeper.keep_card(transaction_token=posted), CardRefused)
    assert isinstance(keeper.keep_card(transaction_token="0" * 32), CardRefused)


def test_an_old_token_keeps_no_card(simulator: RunningSimulator, keeper: Niubiz) -> None:
    posted = token(simulator, keeper)
    simulator.control.clock(16 * 60)
    assert isinstance(keeper.keep_card(transaction_token=posted), CardRefused)


def test_an_invalid_card_is_refused_with_its_code(simulator: RunningSimulator, keeper: Niubiz) -> None:
    answer = keeper.keep_card(transaction_token=token(simulator, keeper, INVALID))
    assert answer == CardRefused(action_code="118", action_description="Tarjeta invalida")


@pytest.mark.parametrize(("card", "code"), [(NO_FUNDS, "116"), (STOLEN, "209")])
def test_a_kept_card_may_be_declined_later(simulator: RunningSimulator, keeper: Niubiz, card: str, code: str) -> None:
    answer = charge(keeper, kept(simulator, keeper, card))
    assert isinstance(answer, Denied)
    assert answer.action_code == code


def test_an_expired_card_is_declined(simulator: RunningSimulator, keeper: Niubiz) -> None:
    card = kept(simulator, keeper, expiry="01/20")
    answer = charge(keeper, card)
    assert isinstance(answer, Denied)
    assert answer.action_code == "101"


def test_a_lost_answer_is_known_afterwards(simulator: RunningSimulator, keeper: Niubiz) -> None:
    assert isinstance(charge(keeper, kept(simulator, keeper, LOST_AFTER_CHARGE)), Unknown)
    assert isinstance(keeper.retrieve(purchase_number="1"), Approved)


def test_a_number_is_charged_once(simulator: RunningSimulator, keeper: Niubiz) -> None:
    card = kept(simulator, keeper)
    charge(keeper, card)
    assert isinstance(charge(keeper, card, first=False), Unknown)
    assert len(simulator.control.books()["authorisations"]) == 1


def test_merchant_codes_are_kept_apart(simulator: RunningSimulator, keeper: Niubiz) -> None:
    usual = merchant(simulator, SIMULATOR_CREDENTIALS.merchant_id)
    card = kept(simulator, keeper)
    assert isinstance(charge(usual, card), Denied)
    with pytest.raises(GatewayUnavailable):
        usual.open_session(amount=AMOUNT, payer=ANA, channel="paycard")
    with pytest.raises(GatewayUnavailable):
        keeper.open_session(amount=AMOUNT, payer=ANA)
    posted = token(simulator, keeper)
    unpaid = usual.authorise(purchase_number="7", amount=Decimal("1.00"), currency="PEN", transaction_token=posted)
    assert isinstance(unpaid, Denied)
    assert isinstance(usual.keep_card(transaction_token=posted), CardRefused)
    charge(keeper, card, 8)
    assert isinstance(usual.retrieve(purchase_number="8"), Absent)


def test_an_unknown_card_token_is_denied(keeper: Niubiz) -> None:
    answer = charge(keeper, "F" * 32)
    assert isinstance(answer, Denied)
    assert answer.action_code == ""


def test_a_card_is_used_only_once_it_is_registered(simulator: RunningSimulator, keeper: Niubiz) -> None:
    card = kept(simulator, keeper)
    assert isinstance(charge(keeper, card, first=False), Denied)
    assert isinstance(charge(keeper, card), Approved)


@pytest.mark.parametrize(
    "wrong",
    [{"channel": "web"}, {"captureType": "automatic"}, {"card": {"tokenId": "x"}}, {"card": "x"}, {"order": {}}],
)
def test_the_stand_in_refuses_what_the_original_would(
    simulator: RunningSimulator, keeper: Niubiz, wrong: dict[str, Any]
) -> None:
    card = kept(simulator, keeper)
    body = cards_on_file.charge(card.token, first=True, email="a@example.com") | {
        "captureType": "manual",
        "countable": True,
        "order": {"purchaseNumber": "1", "amount": 60.0, "currency": "PEN"},
    }
    access = requests.get(
        f"{simulator.url}/api.security/v1/security",
        auth=(SIMULATOR_CREDENTIALS.user, SIMULATOR_CREDENTIALS.password),
        timeout=5,
    ).text
    url = f"{simulator.url}/api.authorization/v3/authorization/ecommerce/{SIMULATOR_TOKEN_MERCHANT}"
    answer = requests.post(url, json=body | wrong, headers={"Authorization": access}, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["data"] == {}


def reply(text: str, status: int = 200, failure: str = "") -> Reply:
    return Reply(status=status, text=text, failure=failure, millis=1)


GOOD = (
    '{"card": {"cardNumber": "455170******8059", "brand": "visa", "expirationMonth": "03", "expirationYear": "2028"},'
    ' "order": {"actionCode": "000"}, "token": {"tokenId": "ABC"}}'
)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (reply(GOOD), StoredCard(token="ABC", brand="visa", last_four="8059", expires=date(2028, 3, 31))),
        (
            reply(GOOD.replace("2028", "28")),
            StoredCard(token="ABC", brand="visa", last_four="8059", expires=date(2028, 3, 31)),
        ),
        (reply(GOOD.replace('"ABC"', "null")), None),
        (reply(GOOD.replace('"ABC"', '""')), None),
        (reply(GOOD.replace('"03"', '"13"')), None),
        (reply(GOOD.replace("8059", "****")), None),
        (reply(GOOD.replace('"000"', '"180"')), CardRefused(action_code="180")),
        (reply(GOOD, failure="timeout"), None),
        (reply(GOOD, status=500), None),
        (reply("Not Acceptable", status=406), None),
        (reply("[]"), None),
        (
            reply('{"errorCode": 400, "errorMessage": "Token not found"}', 400),
            CardRefused(action_description="Token not found"),
        ),
        (reply('{"card": [], "token": 7}'), None),
    ],
)
def test_what_is_not_understood_keeps_no_card(answer: Reply, expected: object) -> None:
    assert cards_on_file.read(answer) == expected


def test_the_merchant_of_cards_may_have_a_user_of_its_own(settings: Settings) -> None:
    settings.NIUBIZ_ENVIRONMENT = "testing"
    settings.NIUBIZ_USER, settings.NIUBIZ_PASSWORD, settings.NIUBIZ_MERCHANT_ID = "u", "p", "1"
    settings.NIUBIZ_TOKEN_MERCHANT_ID = "2"
    assert (for_stored_cards().merchant_id, for_stored_cards()._credentials.user) == ("2", "u")
    settings.NIUBIZ_TOKEN_USER, settings.NIUBIZ_TOKEN_PASSWORD = "u2", "p2"
    assert from_settings(merchant_id="2")._credentials == Credentials(user="u2", password="p2", merchant_id="2")
    assert from_settings()._credentials.user == "u"
    assert from_settings(merchant_id="3")._credentials == Credentials(user="u", password="p", merchant_id="3")
