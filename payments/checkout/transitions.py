"""The only code that changes the state of an order or attempt, by the tables in payments/states.py, with an event.

The caller must hold the lock of the order's row (payments/checkout/locks.py).
"""

from typing import Any

from base.postgres import kept_writes
from payments.exceptions import IllegalTransition
from payments.models import Attempt, Order
from payments.states import ATTEMPT_TRANSITIONS, ORDER_TRANSITIONS, AttemptState, OrderState
from payments.trail import Trail, trail_of


def move_order(trail: Trail, to: OrderState, *, actor: str, cause: str) -> None:
    """Changes the order's state; saves `paid_at` and `expires_at` too. Raises IllegalTransition."""
    order, before = trail.order, trail.order.state
    if to not in ORDER_TRANSITIONS[before]:
        raise IllegalTransition
    order.state = to
    with kept_writes.pipelined():
        kept_writes.update(order, "state", "paid_at", "expires_at")
        trail.record(actor=actor, cause=cause, from_state=before, to_state=to)


def move_attempt(
    trail: Trail, attempt: Attempt, to: AttemptState, *, actor: str, cause: str, details: dict[str, Any] | None = None
) -> None:
    """Changes an attempt's state and saves all its fields. Raises IllegalTransition."""
    before = attempt.state
    if to not in ATTEMPT_TRANSITIONS[before]:
        raise IllegalTransition
    attempt.state = to
    with kept_writes.pipelined():
        kept_writes.update(attempt)
        trail.record(attempt=attempt, actor=actor, cause=cause, from_state=before, to_state=to, details=details)


def mark_given_back(order: Order, attempt: Attempt, *, voided: bool, actor: str) -> None:
    """Records that the whole charge was returned to the card. Raises IllegalTransition."""
    to = AttemptState.VOIDED if voided else AttemptState.REFUNDED
    attempt.staff_reason = ""
    move_attempt(trail_of(order), attempt, to, actor=actor, cause="dinero devuelto")


def mark_refunded(order: Order, to: OrderState, *, actor: str) -> None:
    """Records that some or all dues of a paid order were refunded. Raises IllegalTransition."""
    if order.state != to:
        move_order(trail_of(order), to, actor=actor, cause="dinero devuelto")
