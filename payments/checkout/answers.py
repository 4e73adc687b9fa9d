"""Compares the gateway's answers with our attempts, and copies what we keep."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from payments.gateway import Answer, Approved, Denied, Voided
from payments.models import Attempt
from payments.states import Way

# How far the gateway's clock may differ from ours before its approval is somebody else's. Number, amount and currency
# agree by then, so a clock that is wrong by hours is likelier than a stranger; staff/watch.py tells of the clock.
CLOCK_TOLERANCE = timedelta(hours=12)
# The sandbox's merchant is shared: an old approval under our number is a stranger's.
SHARED = ("sandbox",)
SHARED_TOLERANCE = timedelta(minutes=10)


def mismatch(attempt: Attempt, answer: Approved) -> str:
    """Returns, in Spanish for staff, how an approval differs from our attempt; "" if number, amount, currency and time
    agree.
    """
    if answer.purchase_number != attempt.number:
        return f"número de pedido {answer.purchase_number}, se esperaba {attempt.number}"
    if answer.amount != attempt.amount:
        return f"monto {answer.amount}, se esperaba {attempt.amount}"
    if answer.currency != attempt.currency:
        return f"moneda {answer.currency}, se esperaba {attempt.currency}"
    tolerance = SHARED_TOLERANCE if attempt.environment in SHARED else CLOCK_TOLERANCE
    if answer.decided_at and answer.decided_at < attempt.created_at - tolerance:
        return f"fecha {answer.decided_at:%d/%m/%Y %H:%M:%S}, anterior al intento"
    return ""


def keep(attempt: Attempt, answer: Approved | Voided) -> None:
    """Copies the fields for pages and staff to the attempt; the caller saves it."""
    attempt.action_code = answer.action_code[:10]
    attempt.action_description = answer.action_description[:200]
    attempt.card, attempt.brand = answer.card[:25], answer.brand[:20]
    attempt.authorization_code = answer.authorization_code[:20]
    attempt.transaction_id = answer.transaction_id[:40]
    attempt.signature = answer.signature[:64]
    attempt.trace_number = answer.trace_number[:20]
    attempt.transaction_date = answer.transaction_date[:12]
    attempt.decided_at = answer.decided_at
    keep_way(attempt, answer)
    if parts := answer.instalments:
        attempt.instalments, attempt.instalment_amount = parts.number, parts.amount
        attempt.instalments_deferred = parts.deferred


def keep_way(attempt: Attempt, answer: Approved | Denied | Voided) -> None:
    """Copies that the payment is a Yape. Only an answer says so, never the browser."""
    if answer.yape:
        attempt.way = Way.YAPE
        attempt.yape_id, attempt.yape_phone_end = answer.yape.id, answer.yape.phone_end


def trail(answer: Answer) -> dict[str, Any]:
    """Returns the details of the answer for an event, free of secrets and card numbers."""
    return {"answer": type(answer).__name__, "exchange": asdict(answer.exchange)}
