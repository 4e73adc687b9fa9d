"""Read Niubiz' answers into typed results.

Built on answers integrators recorded, because the vendor's schemas are not public: approvals carry `order` and
`dataMap`, refusals carry `data`, errors may be plain text or HTML whatever the header says. Two rules throughout:
nothing raises, and what is not positively understood is Unknown.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Literal

from payments.gateway.base import (
    IN_DOUBT_CODES,
    Absent,
    Answer,
    Approved,
    Currency,
    Denied,
    Exchange,
    FormSession,
    UndoResult,
    Unknown,
    Voided,
)
from payments.gateway.details import details_text as _text
from payments.gateway.details import read_instalments, read_yape
from payments.gateway.transport import Reply

# Peru has kept no daylight saving time since 1994.
LIMA = timezone(timedelta(hours=-5), "America/Lima")

_APPROVED_CODE = "000"
_CHARGED = frozenset({"authorized", "confirmed", "verified"})
_REFUSED = frozenset({"not authorized", "reject", "rejected"})
# Orders name the currency, details give its ISO number with a leading zero.
_CURRENCIES: dict[str, Currency] = {"PEN": "PEN", "0604": "PEN", "604": "PEN", "USD": "USD", "0840": "USD"}
_ALREADY_VOIDED = frozenset({"940", "941"})
_VOID_UNDER_WAY = "946"
# Longest texts handed on, so that an odd answer can always be stored: money must not be forgotten for a long word.
_LONGEST = {
    "action_code": 10,
    "action_description": 200,
    "card": 24,
    "brand": 20,
    "card_type": 10,
    "authorization_code": 20,
    "transaction_id": 40,
    "signature": 64,
    "trace_number": 20,
    "transaction_date": 12,
    "eci": 10,
    "status": 20,
}
# These refusals are about the number having been seen before, and say nothing of what came of it.
_SEEN_BEFORE = frozenset({"300", "913", "945", "947"})


@dataclass(frozen=True)
class Document:
    """An answer's JSON object with its parts looked up tolerantly: any part may be missing or of a wrong type."""

    top: dict[str, Any]

    @property
    def order(self) -> dict[str, Any]:
        return _mapping(self.top.get("order"))

    @property
    def fulfillment(self) -> dict[str, Any]:
        return _mapping(self.top.get("fulfillment"))

    @property
    def details(self) -> dict[str, Any]:
        """The upper-case details: under `dataMap` in an approval, under `data` in a refusal."""
        return _mapping(self.top.get("dataMap")) or _mapping(self.top.get("data"))

    @property
    def error_code(self) -> str:
        code = _text(self.top, "errorCode")
        return "" if code == "0" else code

    @property
    def error_message(self) -> str:
        return _text(self.top, "errorMessage")

    @property
    def action_code(self) -> str:
        return _text(self.details, "ACTION_CODE") or _text(self.order, "actionCode")

    @property
    def description(self) -> str:
        return _text(self.details, "ACTION_DESCRIPTION") or self.error_message

    @property
    def status(self) -> str:
        return _text(self.order, "status") or _text(self.details, "STATUS")

    @property
    def agrees_with_itself(self) -> bool:
        """False when `order` and the details name different action codes."""
        codes = {_text(self.details, "ACTION_CODE"), _text(self.order, "actionCode")} - {""}
        return len(codes) < 2


def read_document(text: str) -> Document | None:
    """The JSON object in `text`, numbers as Decimal; None for anything else."""
    try:
        found = json.loads(text, parse_float=Decimal, parse_constant=str)
    except (ValueError, RecursionError, ArithmeticError):
        return None
    return Document(found) if isinstance(found, dict) else None


def read_session(document: Document | None, *, now: datetime) -> FormSession | None:
    """The form session, or None. An absent or absurd `expirationTime` (epoch ms) counts as the manual's 30 minutes."""
    key = _text(document.top, "sessionKey") if document else ""
    if not key or document is None:
        return None
    stated = _from_millis(document.top.get("expirationTime"))
    return FormSession(key=key, expires_at=stated or now + timedelta(minutes=30))


def read_authorisation(reply: Reply, exchange: Exchange) -> Approved | Denied | Unknown:
    """What an authorisation's answer says. Unknown unless it positively states an approval or a refusal."""
    if reply.failure == "not_sent":
        return _denied("not_sent", exchange)
    if reply.failure:
        return Unknown(reason=reply.failure, exchange=exchange)
    document = read_document(reply.text)
    if document is None:
        return _read_plain_refusal(reply, exchange)
    if reply.status == 200 and _is_approval(document):
        return Approved(**_fields(document, exchange))
    if reply.status == 400 or (reply.status == 200 and document.status.lower() in _REFUSED):
        return _read_refusal(document, exchange)
    if reply.status == 406 and document.error_code == "406":
        return _read_rejection(document, exchange)
    return _unknown(reply, exchange, document)


def read_retrieved(reply: Reply, exchange: Exchange, *, purchase_number: str) -> Answer:
    """What the gateway holds under `purchase_number`."""
    document = None if reply.failure else read_document(reply.text)
    if document is None or reply.status not in (200, 400):
        return _unknown(reply, exchange, document)
    if says_absent(document):
        return Absent(exchange=exchange)
    status = retrieved_status(document)
    if status == "voided":
        return Voided(**_fields(document, exchange))
    if status == "charged" and reply.status == 200:
        return Approved(**_fields(document, exchange))
    if status == "refused" and _text(document.order, "purchaseNumber") in ("", purchase_number):
        return _declined(document, exchange, confirmed=True)
    return _undecided("contradictory", document, exchange)


def says_absent(document: Document) -> bool:
    """Whether a retrieve's answer means "no such purchase number".

    Not documented by the vendor; integrators report `errorCode` 400 without an order. It might as well be a complaint
    about the question, which is why `checkout` believes it only once session and token have died.
    """
    return document.error_code == "400" and not document.order and not document.action_code and not document.status


def retrieved_status(document: Document) -> str:
    """What a retrieved order says: "charged", "voided", "refused" or "unclear".

    Not documented either: some integrators read `order.status`, others `order.actionCode`; a denied order may come
    with HTTP 200 or 400. The status decides where there is one (a reversal has action code 400 and status Voided).
    """
    status, code = document.status.lower(), document.action_code
    if status == "voided":
        return "voided"
    if code == _APPROVED_CODE and not document.error_code and document.agrees_with_itself:
        return "charged" if not status or status in _CHARGED else "unclear"
    if not _is_refusal_code(code) or code in _SEEN_BEFORE:
        return "unclear"
    if status in _REFUSED:
        return "refused"
    return "refused" if not status and code not in IN_DOUBT_CODES else "unclear"


def read_void(reply: Reply, exchange: Exchange) -> UndoResult:
    """What a void's or a reversal's answer says. Success is STATUS "Voided"; a reversal's action code is then 400."""
    document = None if reply.failure else read_document(reply.text)
    if document is None:
        return _undo_unknown(reply, exchange)
    code, status = document.action_code, document.status.lower()
    if (reply.status == 200 and status == "voided") or code in _ALREADY_VOIDED:
        return UndoResult(outcome="done", reason=document.description, code=code, exchange=exchange)
    refused = reply.status == 400 and (document.error_code or status == "not voided")
    if refused and code not in IN_DOUBT_CODES and code != _VOID_UNDER_WAY:
        return UndoResult(outcome="refused", reason=document.description, code=code, exchange=exchange)
    return _undo_unknown(reply, exchange, document)


def read_refund(reply: Reply, exchange: Exchange) -> UndoResult:
    """What a refund's answer says. Success is `errorCode` 0 and CODERROR 100 together."""
    document = None if reply.failure else read_document(reply.text)
    if document is None or reply.status not in (200, 201, 400):
        return _undo_unknown(reply, exchange, document)
    details = document.details
    code, reason = _text(details, "CODERROR"), _text(details, "DSCERROR") or document.error_message
    if reply.status != 400 and _text(document.top, "errorCode") == "0" and code == "100":
        reference = _text(details, "CODIGODEVOLUCION")
        return UndoResult(outcome="done", reason=reason, code=code, reference=reference, exchange=exchange)
    if document.error_code or (code and code != "100"):
        return UndoResult(outcome="refused", reason=reason, code=code or document.action_code, exchange=exchange)
    return _undo_unknown(reply, exchange, document)


def lima_time(text: str) -> datetime | None:
    """The instant of a gateway's "yyMMddHHmmss" in Lima's local time, in UTC; None if it is not one.

    Niubiz' manual calls the field a UNIX timestamp; captured answers prove it local time.
    """
    if not re.fullmatch(r"[0-9]{12}", text):
        return None
    try:
        return datetime.strptime(text, "%y%m%d%H%M%S").replace(tzinfo=LIMA).astimezone(UTC)
    except ValueError:
        return None


def amount_of(value: Any) -> Decimal | None:
    """A number, or text holding one, as an amount of at least two decimals; None when it is no possible amount."""
    try:
        amount = Decimal(value) if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool) else None
    except (ValueError, ArithmeticError):
        return None
    if amount is None or not _is_sensible(amount):
        return None
    rounded = amount.quantize(Decimal("0.01"))
    # A third decimal is kept, so that it cannot be mistaken for the amount that was asked for.
    return rounded if rounded == amount else amount


def _is_sensible(amount: Decimal) -> bool:
    """Whether arithmetic on it is safe: JSON may name numbers that overflow even Decimal."""
    return amount.is_finite() and len(amount.as_tuple().digits) <= 20 and -8 <= amount.adjusted() <= 12


def _read_plain_refusal(reply: Reply, exchange: Exchange) -> Denied | Unknown:
    """Plain-text errors the gateway sends before it looks at the order. Any other text proves nothing."""
    known = {401: "unauthorized access", 400: "bad request", 406: "not acceptable"}
    said = reply.text.strip().strip('"').lower()
    if reply.status in known and said == known[reply.status]:
        return _denied("rejected_request", exchange, description=reply.text.strip()[:200])
    return _unknown(reply, exchange, None)


def _is_approval(document: Document) -> bool:
    """Niubiz' own samples test `dataMap.ACTION_CODE` alone; an answer contradicting itself is not believed here."""
    code = _text(_mapping(document.top.get("dataMap")), "ACTION_CODE")
    statuses = {_text(document.order, "status").lower(), _text(document.details, "STATUS").lower()} - {""}
    return code == _APPROVED_CODE and not document.error_code and document.agrees_with_itself and statuses <= _CHARGED


def _read_refusal(document: Document, exchange: Exchange) -> Denied | Unknown:
    code = document.action_code
    if code in IN_DOUBT_CODES:
        return _undecided("communication", document, exchange)
    if not code:
        return _read_rejection(document, exchange)
    states_otherwise = not document.agrees_with_itself or document.status.lower() in _CHARGED | {"voided"}
    if not _is_refusal_code(code) or states_otherwise:
        return _undecided("contradictory", document, exchange)
    return _declined(document, exchange)


def _read_rejection(document: Document, exchange: Exchange) -> Denied | Unknown:
    """An error about the request itself: it carries no action code, at most an empty `data`."""
    message = document.error_message.lower()
    if "used before" in message:
        # The first use of this token may have been approved.
        return _undecided("token_used", document, exchange)
    unclear = not message or document.order or document.details or "duplic" in message or "time" in message
    if unclear or document.error_code not in ("400", "406"):
        return _undecided("unreadable", document, exchange)
    return _denied("rejected_request", exchange, description=document.error_message)


def _is_refusal_code(code: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{2,3}", code)) and code != _APPROVED_CODE


def _declined(document: Document, exchange: Exchange, *, confirmed: bool = False) -> Denied:
    return Denied(
        reason="declined",
        action_code=document.action_code,
        action_description=document.description,
        card=_card(document),
        brand=_text(document.details, "BRAND")[:20],
        yape=read_yape(document.details),
        confirmed=confirmed,
        exchange=exchange,
    )


def _denied(reason: Literal["rejected_request", "not_sent"], exchange: Exchange, *, description: str = "") -> Denied:
    return Denied(reason=reason, action_code="", action_description=description, card="", brand="", exchange=exchange)


def _unknown(reply: Reply, exchange: Exchange, document: Document | None) -> Unknown:
    reason = reply.failure or ("unreadable" if reply.status in (200, 400) else f"http_{reply.status}")
    return _undecided(reason, document or Document({}), exchange)


def _undecided(reason: str, document: Document, exchange: Exchange) -> Unknown:
    return Unknown(
        reason=reason,
        action_code=document.action_code[:10],
        action_description=document.description,
        exchange=exchange,
    )


def _undo_unknown(reply: Reply, exchange: Exchange, document: Document | None = None) -> UndoResult:
    unknown = _unknown(reply, exchange, document)
    return UndoResult(outcome="unknown", reason=unknown.reason, code=unknown.action_code, exchange=exchange)


def _fields(document: Document, exchange: Exchange) -> dict[str, Any]:
    """The fields of `Authorisation`."""
    date = _first(document, "transactionDate", "TRANSACTION_DATE")
    return {
        "purchase_number": _text(document.order, "purchaseNumber") or None,
        "amount": _authorised_amount(document),
        "currency": _currency(document),
        "decided_at": lima_time(date),
        "yape": read_yape(document.details),
        "instalments": read_instalments(document.details, document.order, charged=_authorised_amount(document)),
        "exchange": exchange,
        **{name: text[: _LONGEST[name]] for name, text in _texts(document, date).items()},
    }


def _texts(document: Document, date: str) -> dict[str, str]:
    """From `order` where it has them and from the upper-case details otherwise."""
    return {
        "action_code": document.action_code,
        "action_description": document.description,
        "card": _card(document),
        "brand": _text(document.details, "BRAND"),
        "card_type": _text(document.details, "CARD_TYPE"),
        "authorization_code": _first(document, "authorizationCode", "AUTHORIZATION_CODE"),
        "transaction_id": _first(document, "transactionId", "TRANSACTION_ID"),
        "signature": _text(document.details, "SIGNATURE") or _text(document.fulfillment, "signature"),
        "trace_number": _first(document, "traceNumber", "TRACE_NUMBER"),
        "transaction_date": date,
        "eci": _text(document.details, "ECI"),
        "status": document.status,
    }


def _first(document: Document, in_order: str, in_details: str) -> str:
    return _text(document.order, in_order) or _text(document.details, in_details)


def _authorised_amount(document: Document) -> Decimal | None:
    """`authorizedAmount` where given: it may be less than the order's amount."""
    return next(_amounts(document), None)


def _amounts(document: Document) -> Iterator[Decimal]:
    stated = [document.order.get("authorizedAmount"), document.order.get("amount"), document.details.get("AMOUNT")]
    return (amount for amount in map(amount_of, stated) if amount is not None)


def _currency(document: Document) -> Currency | None:
    """The currency, unless `order` and details name different ones."""
    stated = {_text(document.order, "currency").upper(), _text(document.details, "CURRENCY").upper()} - {""}
    found = {_CURRENCIES.get(name) for name in stated}
    return found.pop() if len(found) == 1 else None


def _card(document: Document) -> str:
    """The card's mask. A number that came unmasked is masked here, and what is no mask at all is dropped."""
    text = _text(document.details, "CARD")
    digits = re.sub(r"\D", "", text)
    if len(digits) > 10:
        return f"{digits[:6]}******{digits[-4:]}"
    return text[:24]


def _from_millis(value: Any) -> datetime | None:
    try:
        moment = datetime.fromtimestamp(int(value) / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError, ArithmeticError):
        return None
    return moment if moment.year >= 2020 else None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
