from django.db import transaction
from django.utils import timezone

from dues import ledger
from payments import trail
from payments.checkout.locks import live_attempt, lock_order
from payments.checkout.transitions import move_attempt, move_order
from payments.exceptions import PaymentInDoubt
from payments.models import Order
from payments.states import AttemptState, OrderState

# --- Giving up


def cancel(order_id: int, *, actor: str, cause: str = "cancelado por el colegiado") -> Order:
    """Give up an unfinished order; its dues are free again. Raises PaymentInDoubt, IllegalMove."""
    with transaction.atomic():
        order = lock_order(order_id)
        give_up(order, OrderState.CANCELLED, actor=actor, cause=cause)
        return order


def expire(order_id: int, *, actor: str = trail.CLOCK) -> bool:
    """Expire one order whose time is over; False when it is not over, or when a charge of it is in doubt."""
    with transaction.atomic():
        order = lock_order(order_id)
        if not order.lapsed(timezone.now()):
            return False
        try:
            give_up(order, OrderState.EXPIRED, actor=actor, cause="venció sin pago")
        except PaymentInDoubt:
            return False
        return True


def give_up(order: Order, to: OrderState, *, actor: str, cause: str) -> None:
    live = live_attempt(order)
    if live and live.unknown:
        raise PaymentInDoubt
    with ledger.together():
        if live:
            move_attempt(order, live, AttemptState.ABANDONED, actor=actor, cause=cause)
        move_order(order, to, actor=actor, cause=cause)
        ledger.release(order.ref)
