"""Each documented failure over real sockets: what is certain, what is in doubt, and that nothing is sent twice."""

import time

import pytest

from payments.gateway import Absent, Approved, Denied, GatewayUnavailable, Unknown, from_settings
from simulators.niubiz.control import FaultKind
from simulators.niubiz.server import RunningSimulator
from tests.gateway.till import LATE_APPROVAL, LOST_AFTER_CHARGE, LOST_BEFORE_CHARGE, NO_FUNDS, VISA, Till


def test_a_good_card_is_charged_once(till: Till) -> None:
    answer = till.approved()
    assert answer.purchase_number == "1"
    assert str(answer.amount) == "120.50"
    assert answer.currency == "PEN"
    assert answer.decided_at is not None
    assert till.charged() == ["1"]


def test_a_denial_names_its_code_and_charges_nobody(till: Till) -> None:
    answer = till.pay(NO_FUNDS)
    assert isinstance(answer, Denied)
    assert answer.action_code == "116"
    assert till.charged() == []


LOST: list[tuple[FaultKind, str, bool]] = [
    ("cut_before", "connection", False),
    ("cut_after_charge", "connection", True),
    ("cut_mid_answer", "connection", True),
    ("delay", "timeout", True),
    ("http_500_before", "http_500", False),
    ("http_500_after", "http_500", True),
    ("garbage", "unreadable", True),
]


@pytest.mark.parametrize(("kind", "reason", "charged"), LOST)
def test_a_lost_answer_is_in_doubt_and_retrieve_tells(till: Till, kind: FaultKind, reason: str, charged: bool) -> None:
    till.control.fault("authorise", kind, seconds=0.7 if kind == "delay" else 0)
    answer = till.pay()
    assert isinstance(answer, Unknown)
    assert answer.reason == reason
    assert till.calls("authorise") == 1
    found = till.gateway.retrieve(purchase_number="1")
    assert isinstance(found, Approved if charged else Absent)
    assert till.charged() == (["1"] if charged else [])


@pytest.mark.parametrize("kind", [kind for kind, _, _ in LOST])
def test_a_lost_retrieve_leaves_the_doubt(till: Till, kind: FaultKind) -> None:
    till.approved()
    till.control.fault("retrieve", kind, seconds=0.7 if kind == "delay" else 0)
    assert isinstance(till.gateway.retrieve(purchase_number="1"), Unknown)


@pytest.mark.parametrize(("kind", "undone"), [("cut_before", False), ("cut_after_charge", True), ("garbage", True)])
def test_a_lost_void_is_unknown_and_sent_once(till: Till, kind: FaultKind, undone: bool) -> None:
    charge = till.approved()
    till.control.fault("void", kind)
    assert till.gateway.void(signature=charge.signature, reason="Pago doble").unknown
    assert till.calls("void") == 1
    assert len(till.control.books()["voids"]) == undone


def test_an_expired_access_token_is_renewed_once_and_the_payment_goes_on(till: Till) -> None:
    token = till.token(VISA)
    till.control.fault("authorise", "http_401")
    assert isinstance(till.authorise(token), Approved)
    assert till.calls("authorise") == 2
    assert till.calls("security") == 2
    assert till.charged() == ["1"]


def test_a_second_401_is_the_end_and_nobody_was_charged(till: Till) -> None:
    token = till.token(VISA)
    till.control.fault("authorise", "http_401", times=5)
    answer = till.authorise(token)
    assert isinstance(answer, Denied)
    assert answer.reason == "rejected_request"
    assert till.calls("authorise") == 2


def test_an_access_token_serves_many_calls(till: Till) -> None:
    till.approved()
    till.approved()
    from_settings().retrieve(purchase_number="2")
    assert till.calls("security") == 1


def test_the_simulators_hour_ends_an_access_token_by_itself(till: Till) -> None:
    till.approved()
    till.control.clock(3601)
    assert isinstance(till.pay(), Approved)
    assert till.calls("security") == 2


def test_a_token_used_twice_is_in_doubt_because_the_first_use_may_have_been_approved(till: Till) -> None:
    token = till.token(VISA)
    assert isinstance(till.authorise(token, number="1"), Approved)
    again = till.authorise(token, number="2")
    assert isinstance(again, Unknown)
    assert again.reason == "token_used"
    assert till.charged() == ["1"]


def test_a_purchase_number_used_twice_is_in_doubt_and_charged_once(till: Till) -> None:
    till.authorise(till.token(VISA), number="7")
    again = till.authorise(till.token(VISA), number="7")
    assert isinstance(again, Unknown)
    assert again.action_code == "300"
    assert isinstance(till.gateway.retrieve(purchase_number="7"), Approved)
    assert till.charged() == ["7"]


@pytest.mark.parametrize(
    ("card", "found"), [(LOST_AFTER_CHARGE, Approved), (LOST_BEFORE_CHARGE, Absent), (LATE_APPROVAL, Absent)]
)
def test_cards_that_lose_their_answer(till: Till, card: str, found: type) -> None:
    assert isinstance(till.pay(card), Unknown)
    assert isinstance(till.gateway.retrieve(purchase_number="1"), found)


def test_a_late_approval_appears_when_its_time_has_come(till: Till) -> None:
    till.pay(LATE_APPROVAL)
    till.control.clock(21)
    assert isinstance(till.gateway.retrieve(purchase_number="1"), Approved)


def test_a_communication_code_is_in_doubt_until_the_books_say_denied(till: Till) -> None:
    answer = till.pay("4285975261967724")
    assert isinstance(answer, Unknown)
    assert (answer.reason, answer.action_code) == ("communication", "666")
    found = till.gateway.retrieve(purchase_number="1")
    assert isinstance(found, Denied)
    assert not found.in_doubt


def test_with_the_gateway_down_nothing_is_sent_and_nothing_is_in_doubt(till: Till, simulator: RunningSimulator) -> None:
    token = till.token(VISA)
    simulator.stop()
    answer = till.authorise(token)
    assert isinstance(answer, Denied | Unknown)
    fresh = till.authorise(token)
    assert isinstance(fresh, Denied)
    assert fresh.reason == "not_sent"
    assert isinstance(till.gateway.retrieve(purchase_number="1"), Unknown)
    assert till.gateway.void(signature="x", reason="x").reason == "not_sent"


@pytest.mark.parametrize("operation", ["security", "session"])
@pytest.mark.parametrize("kind", ["cut_before", "cut_mid_answer", "delay", "http_500_before", "garbage"])
def test_a_session_that_cannot_be_opened_says_whether_to_try_again(till: Till, operation: str, kind: FaultKind) -> None:
    till.control.fault(operation, kind, seconds=0.7 if kind == "delay" else 0)
    with pytest.raises(GatewayUnavailable) as raised:
        till.session()
    assert raised.value.retryable is (kind != "garbage")
    assert till.session().key


def test_wrong_credentials_are_nothing_to_try_again(till: Till) -> None:
    till.control.fault("security", "http_401")
    with pytest.raises(GatewayUnavailable) as raised:
        till.session()
    assert raised.value.retryable is False


def test_a_form_session_knows_when_it_ends(till: Till) -> None:
    left = till.session().expires_at.timestamp() - time.time()
    assert 29 * 60 < left <= 30 * 60
