from typing import Any

from base.postgres import kept_writes
from payments import trail
from payments.exceptions import IllegalTransition
from payments.models import Attempt, Order
from payments.states import ATTEMPT_TRANSITIONS, ORDER_TRANSITIONS, AttemptState, OrderState

# --- Money given back (payments/refunds/refunds.py asks; the caller holds the order's lock)


def mark_given_back(order: Order, attempt: Attempt, *, voided: bool, actor: str) -> None:
    """The whole charge went back to the card."""
    to = AttemptState.VOIDED if voided else AttemptState.REFUNDED
    attempt.staff_reason = ""
    move_attempt(order, attempt, to, actor=actor, cause="dinero devuelto")


def mark_refunded(order: Order, to: OrderState, *, actor: str) -> None:
    """Some or all of a paid order's dues were given back. A second part leaves it partly refunded."""
    if order.state != to:
        move_order(order, to, actor=actor, cause="dinero devuelto")


# --- The moves themselves


def move_order(order: Order, to: OrderState, *, actor: str, cause: str) -> None:
    before = order.state
    if to not in ORDER_TRANSITIONS[before]:
        raise IllegalTransition
    order.state = to
    with kept_writes.together():
        kept_writes.update(order, "state", "paid_at", "expires_at")
        trail.record(order, actor=actor, cause=cause, from_state=before, to_state=to)


def move_attempt(
    order: Order, attempt: Attempt, to: AttemptState, *, actor: str, cause: str, details: dict[str, Any] | None = None
) -> None:
    before = attempt.state
    if to not in ATTEMPT_TRANSITIONS[before]:
        raise IllegalTransition
    attempt.state = to
    with kept_writes.together():
        kept_writes.update(attempt)
        trail.record(
            order, attempt=attempt, actor=actor, cause=cause, from_state=before, to_state=to, details=details or {}
        )
