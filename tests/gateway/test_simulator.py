"""The stand-in keeps the gateway's rules and its own books, or tests against it would prove nothing."""

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from payments.gateway import SIMULATOR_CREDENTIALS, Approved, Denied, Niubiz, UndoResult, Voided, environment
from simulators.niubiz.cards import TEST_CARDS, passes_luhn
from simulators.niubiz.gateway_api import Account
from simulators.niubiz.server import RunningSimulator, serve_in_thread
from tests.gateway.till import ANA, NO_FUNDS, VISA, Till

DAY = 24 * 60 * 60


def form(simulator: RunningSimulator, session_key: str, **typed: str) -> requests.Response:
    """What the card form posts, with a good card unless told otherwise."""
    card = {"number": VISA, "expiry": "03/28", "cvv": "111", "name": "ANA QUISPE", "email": "ana@example.com"}
    url = f"{simulator.url}/env/simulator/token"
    return requests.post(url, json={"sessionKey": session_key, **card, **typed}, timeout=5)


def refund(till: Till, charge: Approved, amount: str) -> UndoResult:
    return till.gateway.refund(
        transaction_id=charge.transaction_id,
        amount=Decimal(amount),
        ruc="20100000001",
        reference="D-1",
        comment="Devolución",
    )


def test_both_sides_agree_on_the_simulators_credentials() -> None:
    account = Account()
    assert SIMULATOR_CREDENTIALS.user == account.user
    assert SIMULATOR_CREDENTIALS.password == account.password
    assert SIMULATOR_CREDENTIALS.merchant_id == account.merchant_id


@pytest.mark.parametrize("card", TEST_CARDS, ids=lambda card: card.number)
def test_every_test_card_could_be_typed(card: Any) -> None:
    assert passes_luhn(card.number)
    assert len(card.cvv) == (4 if card.brand == "amex" else 3)


@pytest.mark.parametrize(
    "card", [card for card in TEST_CARDS if card.behaviour == "deny"], ids=lambda card: card.number
)
def test_a_card_that_denies_says_its_code(till: Till, card: Any) -> None:
    answer = till.pay(card.number)
    assert getattr(answer, "action_code", "") == card.action_code
    assert till.charged() == []


def test_the_form_makes_a_token_that_pays(till: Till, simulator: RunningSimulator) -> None:
    made = form(simulator, till.session().key).json()
    assert made["customerEmail"] == "ana@example.com"
    assert made["channel"] == "web"
    assert isinstance(till.authorise(made["transactionToken"]), Approved)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"number": "4551708161768050"}, "number"),
        ({"number": "6011000990139424"}, "number"),
        ({"expiry": "13/28"}, "expiry"),
        ({"expiry": "01/20"}, "expiry"),
        ({"cvv": "1111"}, "cvv"),
        ({"email": "ana"}, "email"),
        ({"name": " "}, "name"),
    ],
)
def test_the_form_refuses_what_cannot_be_a_card(
    till: Till, simulator: RunningSimulator, typed: dict[str, str], field: str
) -> None:
    answer = form(simulator, till.session().key, **typed)
    assert answer.status_code == 422
    assert answer.json()["field"] == field


@pytest.mark.parametrize(("typed", "code"), [({"cvv": "999"}, "408"), ({"number": "4012888888881881"}, "180")])
def test_a_wrong_cvv_and_an_unknown_card_are_denied(
    till: Till, simulator: RunningSimulator, typed: dict[str, str], code: str
) -> None:
    answer = till.authorise(form(simulator, till.session().key, **typed).json()["transactionToken"])
    assert isinstance(answer, Denied)
    assert answer.action_code == code


def test_the_bank_asks_for_a_code_and_gives_up_after_three(till: Till, simulator: RunningSimulator) -> None:
    challenge = form(simulator, till.session().key, number="4000000000001018").json()["challenge"]
    url = f"{simulator.url}/env/simulator/challenge"
    for _ in range(2):
        challenge = requests.post(url, json={"challenge": challenge, "code": "0"}, timeout=5).json()["challenge"]
    last = requests.post(url, json={"challenge": challenge, "code": "0"}, timeout=5).json()
    answer = till.authorise(last["transactionToken"])
    assert isinstance(answer, Denied)
    assert answer.action_code == "403"


def test_the_bank_believes_its_code(till: Till, simulator: RunningSimulator) -> None:
    challenge = form(simulator, till.session().key, number="4000000000001018").json()["challenge"]
    url = f"{simulator.url}/env/simulator/challenge"
    made = requests.post(url, json={"challenge": challenge, "code": "123456"}, timeout=5).json()
    answer = till.authorise(made["transactionToken"])
    assert isinstance(answer, Approved)
    assert answer.eci == "05"


@pytest.mark.parametrize(("seconds", "code"), [(16 * 60, "682"), (31 * 60, "682")])
def test_a_token_lives_a_quarter_of_an_hour(till: Till, seconds: int, code: str) -> None:
    token = till.token(VISA)
    till.control.clock(seconds)
    answer = till.authorise(token)
    assert isinstance(answer, Denied)
    assert answer.action_code == code


def test_a_session_lives_half_an_hour(till: Till, simulator: RunningSimulator) -> None:
    key = till.session().key
    till.control.clock(31 * 60)
    assert form(simulator, key).status_code == 409


def test_an_amount_other_than_the_sessions_is_denied(till: Till) -> None:
    answer = till.authorise(till.token(VISA, "120.50"), amount="1.00")
    assert isinstance(answer, Denied)
    assert answer.action_code == "943"


def test_a_charge_can_be_voided_on_its_day_only(till: Till) -> None:
    today, yesterday = till.approved(), till.approved()
    assert till.gateway.void(signature=today.signature, reason="Pago doble").done
    assert till.gateway.void(signature=today.signature, reason="Pago doble").done
    assert isinstance(till.gateway.retrieve(purchase_number="1"), Voided)
    till.control.clock(DAY)
    refused = till.gateway.void(signature=yesterday.signature, reason="Pago doble")
    assert (refused.outcome, refused.code) == ("refused", "476")
    assert len(till.control.books()["voids"]) == 1


def test_refunds_add_up_to_the_charge_and_no_further(till: Till) -> None:
    charge = till.approved()
    assert refund(till, charge, "100.00").done
    assert refund(till, charge, "20.51").refused
    assert refund(till, charge, "20.50").done
    assert refund(till, charge, "0.01").refused
    books = till.control.books()
    assert [entry["amount"] for entry in books["refunds"]] == ["100.00", "20.50"]
    assert books["authorisations"][0]["state"] == "refunded"


def test_what_was_denied_can_be_neither_voided_nor_refunded(till: Till) -> None:
    till.pay(NO_FUNDS)
    signature = till.control.books()["authorisations"][0]["signature"]
    assert till.gateway.void(signature=signature, reason="x").refused


def test_the_books_outlive_the_process_and_so_does_an_access_token(tmp_path: Path) -> None:
    books = tmp_path / "simulator.sqlite3"
    first = serve_in_thread(books=books)
    port = int(first.url.rpartition(":")[2])
    gateway = Niubiz(environment=environment("simulator", simulator_url=first.url), credentials=SIMULATOR_CREDENTIALS)
    Till(first, gateway).approved()
    first.stop()
    second = serve_in_thread(port=port, books=books)
    found = gateway.retrieve(purchase_number="1")
    asked = second.control.faults()["calls"]
    second.stop()
    assert isinstance(found, Approved)
    assert asked == {"retrieve": 1}


def test_the_books_hold_no_full_card_number(till: Till, simulator: RunningSimulator, tmp_path: Path) -> None:
    till.approved()
    form(simulator, till.session().key, number="4012888888881881")
    with sqlite3.connect(tmp_path / "simulator.sqlite3") as database:
        dump = "\n".join(database.iterdump())
    database.close()
    assert "455170******8059" in dump
    assert VISA not in dump
    assert "4012888888881881" not in dump


def test_canned_answers_repeat_the_sandboxs_identifiers(tmp_path: Path) -> None:
    running = serve_in_thread(books=tmp_path / "canned.sqlite3", canned=True)
    place = environment("simulator", simulator_url=running.url)
    till = Till(running, Niubiz(environment=place, credentials=SIMULATOR_CREDENTIALS))
    first, second = till.approved(), till.approved()
    running.stop()
    assert first.transaction_id == second.transaction_id == "993211570048581"
    assert first.signature != second.signature


def test_a_fault_may_wait_for_one_purchase_number(till: Till) -> None:
    till.control.fault("authorise", "cut_before", match="2")
    assert [type(till.pay()).__name__ for _ in range(3)] == ["Approved", "Unknown", "Approved"]
    assert till.control.faults()["struck"] == {"authorise:cut_before": 1}


def test_the_back_office_lists_what_was_charged(till: Till, simulator: RunningSimulator) -> None:
    empty = requests.get(simulator.url, timeout=5).text
    till.approved(amount="1234.50")
    till.pay(NO_FUNDS)
    full = requests.get(simulator.url, timeout=5).text
    denied = requests.get(simulator.url, params={"estado": "denied"}, timeout=5).text
    nothing = requests.get(simulator.url, params={"q": "<script>"}, timeout=5).text
    assert "Todavía no hay operaciones" in empty
    assert "455170******8059" in full
    assert "S/\N{NO-BREAK SPACE}1,234.50" in full
    assert "404165******7904" in denied
    assert "455170******8059" not in denied
    assert "Ninguna operación coincide" in nothing
    assert "<script>" not in nothing


@pytest.mark.parametrize(
    ("headers", "body", "status", "text"),
    [
        ({"Authorization": "no"}, "{}", 401, "Unauthorized access"),
        ({}, "no json", 400, "Bad Request"),
        ({"Content-Type": "text/plain"}, "{}", 406, "Not Acceptable"),
    ],
)
def test_refusals_come_as_plain_text(
    simulator: RunningSimulator, headers: dict[str, str], body: str, status: int, text: str
) -> None:
    account = Account()
    access = requests.post(
        f"{simulator.url}/api.security/v1/security", auth=(account.user, account.password), timeout=5
    ).text
    answer = requests.post(
        f"{simulator.url}/api.ecommerce/v2/ecommerce/token/session/{account.merchant_id}",
        headers={"Authorization": access, "Content-Type": "application/json", **headers},
        data=body,
        timeout=5,
    )
    assert (answer.status_code, answer.text) == (status, text)
    assert answer.headers["Content-Type"] == "text/plain"


def test_two_sessions_have_two_keys(till: Till) -> None:
    first = till.gateway.open_session(amount=Decimal("30.00"), payer=ANA)
    assert first.key != till.session().key
