"""Every shape of answer that integrators have recorded, and what the portal reads in it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from payments.gateway import Absent, Approved, Denied, Unknown, Voided
from payments.gateway.parsing import (
    amount_of,
    lima_time,
    read_authorisation,
    read_document,
    read_refund,
    read_retrieved,
    read_session,
    read_void,
)
from payments.gateway.transport import Reply
from tests.gateway.till import EXCHANGE, recorded


def authorisation(name: str, status: int) -> Approved | Denied | Unknown:
    return read_authorisation(recorded(name, status), EXCHANGE)


def retrieved(name: str, status: int = 200) -> Approved | Denied | Voided | Absent | Unknown:
    return read_retrieved(recorded(name, status), EXCHANGE, purchase_number="000123")


def test_an_approval_is_read_in_full() -> None:
    assert authorisation("approved.json", 200) == Approved(
        purchase_number="000123",
        amount=Decimal("120.50"),
        currency="PEN",
        action_code="000",
        action_description="Aprobado y completado con exito",
        card="447411******2240",
        brand="visa",
        card_type="D",
        authorization_code="091800",
        transaction_id="993211570048581",
        signature="f3a7a0f2-3c1e-4a53-9d52-0d5f4f6a7b11",
        trace_number="60427",
        transaction_date="220712192635",
        decided_at=datetime(2022, 7, 13, 0, 26, 35, tzinfo=UTC),
        eci="07",
        status="Authorized",
        exchange=EXCHANGE,
    )


def test_the_older_approval_without_fulfillment_is_an_approval_too() -> None:
    answer = authorisation("approved_2020.json", 200)
    assert isinstance(answer, Approved)
    assert (answer.status, answer.card, answer.signature) == ("Verified", "447411****2240", "")


def test_what_an_approval_leaves_out_is_missing_and_not_guessed() -> None:
    answer = authorisation("approved_bare.json", 200)
    assert isinstance(answer, Approved)
    assert (answer.purchase_number, answer.amount, answer.currency, answer.decided_at) == (None, None, None, None)
    assert answer.card == answer.signature == answer.transaction_id == ""


def test_a_denial_keeps_its_code_words_and_card() -> None:
    answer = authorisation("denied_180.json", 400)
    assert isinstance(answer, Denied)
    assert (answer.reason, answer.action_code, answer.action_description) == ("declined", "180", "Tarjeta no valida")
    assert (answer.card, answer.brand) == ("447411******2240", "visa")


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("bad_number.json", 400, "PurchaseNumber has to be numeric [max 12 digits]."),
        ("bad_request.txt", 400, "Bad Request"),
        ("not_acceptable.txt", 406, "Not Acceptable"),
        ("unauthorized.txt", 401, "Unauthorized access"),
    ],
)
def test_a_request_refused_unread_charged_nobody(name: str, status: int, said: str) -> None:
    answer = authorisation(name, status)
    assert isinstance(answer, Denied)
    assert (answer.reason, answer.action_code, answer.action_description) == ("rejected_request", "", said)


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("token_used.json", 400, "token_used"),
        ("denied_666.json", 400, "communication"),
        ("denied_300.json", 400, "communication"),
        ("server_error.txt", 500, "http_500"),
        ("server_error.txt", 200, "unreadable"),
        ("truncated.txt", 200, "unreadable"),
        ("approved.json", 201, "http_201"),
        ("approved.json", 400, "contradictory"),
        ("approved_contradicted.json", 200, "unreadable"),
        ("approved_with_error.json", 200, "unreadable"),
        ("denied_180.json", 500, "http_500"),
        ("unauthorized.txt", 200, "unreadable"),
        ("bad_request.txt", 401, "http_401"),
        ("not_found.json", 502, "http_502"),
    ],
)
def test_what_proves_neither_charge_nor_denial_is_unknown(name: str, status: int, reason: str) -> None:
    answer = authorisation(name, status)
    assert isinstance(answer, Unknown)
    assert answer.reason == reason


@pytest.mark.parametrize(
    "body", ["", "null", "[]", "7", '"000"', "{}", '{"dataMap": []}', '{"dataMap": {"ACTION_CODE": 0}}']
)
@pytest.mark.parametrize("status", [200, 400])
def test_json_of_another_kind_is_unknown(body: str, status: int) -> None:
    reply = Reply(status=status, text=body, failure="", millis=1)
    assert isinstance(read_authorisation(reply, EXCHANGE), Unknown)


@pytest.mark.parametrize("failure", ["timeout", "connection", "unreadable"])
def test_a_lost_answer_is_unknown(failure: str) -> None:
    reply = Reply(status=None, text="ReadTimeout", failure=failure, millis=1)
    answer = read_authorisation(reply, EXCHANGE)
    assert isinstance(answer, Unknown)
    assert answer.reason == failure


@pytest.mark.parametrize(
    "name", ["retrieved_authorized.json", "retrieved_confirmed.json", "retrieved_without_status.json"]
)
def test_a_charge_is_found_again(name: str) -> None:
    answer = retrieved(name)
    assert isinstance(answer, Approved)
    assert (answer.purchase_number, answer.amount) == ("000123", Decimal("120.50"))


@pytest.mark.parametrize("name", ["retrieved_voided.json", "reversed.json"])
def test_an_undone_charge_is_not_a_charge(name: str) -> None:
    assert isinstance(retrieved(name), Voided)


@pytest.mark.parametrize(
    ("name", "status"), [("retrieved_not_authorized.json", 200), ("retrieved_denied_400.json", 400)]
)
def test_a_denial_is_found_again_and_is_then_certain(name: str, status: int) -> None:
    answer = retrieved(name, status)
    assert isinstance(answer, Denied)
    assert not answer.in_doubt


def test_nothing_is_found_where_nothing_was_charged() -> None:
    assert isinstance(retrieved("not_found.json", 400), Absent)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("retrieved_review.json", 200),
        ("retrieved_authorized.json", 400),
        ("denied_300.json", 400),
        ("not_found.json", 500),
        ("unauthorized.txt", 401),
        ("server_error.txt", 500),
        ("truncated.txt", 200),
        ("bad_request.txt", 400),
    ],
)
def test_a_retrieve_that_says_nothing_certain_is_unknown(name: str, status: int) -> None:
    assert isinstance(retrieved(name, status), Unknown)


def test_a_denial_of_another_purchase_number_is_not_believed() -> None:
    answer = read_retrieved(recorded("retrieved_not_authorized.json"), EXCHANGE, purchase_number="999")
    assert isinstance(answer, Unknown)


@pytest.mark.parametrize(
    ("name", "status", "outcome"),
    [
        ("retrieved_voided.json", 200, "done"),
        ("reversed.json", 200, "done"),
        ("already_voided.json", 400, "done"),
        ("not_voided.json", 400, "refused"),
        ("not_found.json", 400, "refused"),
        ("voiding.json", 400, "unknown"),
        ("server_error.txt", 500, "unknown"),
        ("retrieved_authorized.json", 200, "unknown"),
    ],
)
def test_a_void_is_done_only_when_the_status_says_voided(name: str, status: int, outcome: str) -> None:
    assert read_void(recorded(name, status), EXCHANGE).outcome == outcome


@pytest.mark.parametrize(
    ("name", "status", "outcome"),
    [
        ("refunded.json", 200, "done"),
        ("refund_refused.json", 200, "refused"),
        ("not_found.json", 400, "refused"),
        ("refunded.json", 400, "unknown"),
        ("approved.json", 200, "unknown"),
        ("server_error.txt", 500, "unknown"),
    ],
)
def test_a_refund_is_done_only_when_both_codes_say_so(name: str, status: int, outcome: str) -> None:
    result = read_refund(recorded(name, status), EXCHANGE)
    assert result.outcome == outcome
    assert result.reference == ("00000042" if result.done else "")


def test_the_gateway_dates_in_lima_and_the_portal_keeps_utc() -> None:
    assert lima_time("240720115328") == datetime(2024, 7, 20, 16, 53, 28, tzinfo=UTC)
    assert lima_time("241231235959") == datetime(2025, 1, 1, 4, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "1657671995000", "24072011532", "249920115328", "24072011532٣", "240720 15328"])
def test_what_is_no_date_of_the_gateway_is_none(text: str) -> None:
    assert lima_time(text) is None


def test_amounts_are_decimal_to_the_last_place() -> None:
    document = read_document('{"order": {"amount": 0.1, "authorizedAmount": 1234567.10}}')
    assert document is not None
    assert amount_of(document.order["amount"]) == Decimal("0.10")
    assert str(amount_of(document.order["authorizedAmount"])) == "1234567.10"
    assert str(amount_of("10.5")) == "10.50"


def test_a_third_decimal_is_not_rounded_into_the_amount_that_was_asked() -> None:
    assert amount_of("120.501") == Decimal("120.501")


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "1e400", 10**40, Decimal("-Infinity"), True, None, [], "S/ 10", 1.5]
)
def test_what_can_be_no_amount_is_none(value: object) -> None:
    assert amount_of(value) is None


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999999999", "-1e-999999999", "9" * 5000])
def test_numbers_beyond_reason_leave_the_rest_of_the_answer_readable(number: str) -> None:
    text = f'{{"dataMap": {{"ACTION_CODE": "000", "STATUS": "Authorized"}}, "order": {{"amount": {number}}}}}'
    answer = read_authorisation(Reply(status=200, text=text, failure="", millis=1), EXCHANGE)
    assert isinstance(answer, Unknown) or answer.amount is None  # type: ignore[union-attr]


def test_two_currencies_in_one_answer_are_none() -> None:
    text = '{"order": {"currency": "USD"}, "dataMap": {"ACTION_CODE": "000", "CURRENCY": "0604"}}'
    answer = read_authorisation(Reply(status=200, text=text, failure="", millis=1), EXCHANGE)
    assert isinstance(answer, Approved)
    assert answer.currency is None


@pytest.mark.parametrize("expiry", ["null", '"soon"', "-1", "1e300", "1200", "{}"])
def test_a_session_without_a_sensible_end_lasts_the_manuals_half_hour(expiry: str) -> None:
    now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    document = read_document(f'{{"sessionKey": "{"ab" * 32}", "expirationTime": {expiry}}}')
    session = read_session(document, now=now)
    assert session is not None
    assert session.expires_at == datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    assert "abab" not in repr(session)
