"""Ends an unpaid order, cancelled by a person or expired by the clock, and frees its dues."""

from django.db import transaction
from django.utils import timezone

from dues import ledger
from members import actors
from payments.checkout.locks import LockedAttempt, LockedOrder, lock_order
from payments.checkout.transitions import move_attempt, move_order
from payments.exceptions import PaymentInDoubt
from payments.models import Attempt, Order
from payments.states import AttemptState, OrderState
from payments.trail import Trail

NO_LONGER_OWED = "las cuotas ya no se deben como se eligieron: pagadas, exoneradas o de otro monto"


def cancel(order_id: int, *, actor: str, cause: str = "cancelado por el colegiado") -> Order:
    """Cancels an unfinished order. Raises PaymentInDoubt or IllegalTransition."""
    with transaction.atomic():
        locked = lock_order(order_id)
        give_up(locked, OrderState.CANCELLED, actor=actor, cause=cause)
        return locked.order


def expire(order_id: int, *, actor: str = actors.CLOCK) -> bool:
    """Expires a lapsed order. Returns False if it has not lapsed or a charge is in doubt."""
    with transaction.atomic():
        locked = lock_order(order_id)
        if not locked.order.lapsed(timezone.now()):
            return False
        try:
            give_up(locked, OrderState.EXPIRED, actor=actor, cause="venció sin pago")
        except PaymentInDoubt:
            return False
        return True


def give_up(locked: LockedOrder, to: OrderState, *, actor: str, cause: str) -> None:
    """Ends a locked order, in the caller's transaction. Raises PaymentInDoubt or IllegalTransition."""
    if locked.live and locked.live.unknown:
        raise PaymentInDoubt
    _end(locked.trail, locked.live, to, actor, cause)


def give_up_unsent(locked: LockedAttempt, to: OrderState, *, actor: str, cause: str) -> None:
    """Ends the order of an attempt whose open card form was not sent to the gateway."""
    _end(locked.trail, locked.attempt, to, actor, cause)


def _end(trail: Trail, live: Attempt | None, to: OrderState, actor: str, cause: str) -> None:
    with ledger.pipelined():
        if live:
            move_attempt(trail, live, AttemptState.ABANDONED, actor=actor, cause=cause)
        move_order(trail, to, actor=actor, cause=cause)
        ledger.release(trail.order.ref)
