"""PAGA AQUÍ: opens the gateway's session and an attempt (user guide, step 5)."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from base.postgres import kept_writes
from members import actors
from members.models import User
from payments.checkout import limits
from payments.checkout.give_up import NO_LONGER_OWED, give_up
from payments.checkout.locks import LockedOrder, lock_order
from payments.checkout.transitions import move_order
from payments.exceptions import OrderNotPayable, PaymentInDoubt
from payments.gateway import FormSession, Niubiz, Payer
from payments.models import Attempt, Order
from payments.states import AttemptState, OrderState
from payments.trail import Trail, payer_of


def open_form(
    order: Order, *, user: User, payer: Payer, gateway: Niubiz, once_open: Callable[[], None] = lambda: None
) -> tuple[Attempt, FormSession]:
    """Opens the gateway's session, and an attempt that waits for its card.

    `once_open` runs between the two: what must give way to this payment does so only when it can be made.

    A second call reuses the attempt: only an authorisation spends its purchase number. Raises OrderNotPayable,
    PaymentInDoubt, PaymentsPaused, TooManyForms, TooManyAttempts or gateway.GatewayUnavailable; no money moves.
    """
    # Outside the transaction: a refusal must not roll back the alert to staff.
    limits.check(user, payer.client_ip)
    if not order.payable(timezone.now()):
        raise OrderNotPayable
    # The session depends only on the amount, which never changes. So no lock is held during the request; whether the
    # order is payable is checked afterwards.
    session = gateway.open_session(amount=order.total, payer=payer)
    once_open()
    return _await_card(order.pk, payer.client_ip, gateway.merchant_id), session


def _await_card(order_id: int, client_address: str, merchant_id: str) -> Attempt:
    attempt = None
    with transaction.atomic():
        locked = lock_order(order_id)
        if locked.live and locked.live.unknown:
            raise PaymentInDoubt
        if not locked.order.payable(timezone.now()):
            raise OrderNotPayable
        if locked.still_owed:
            attempt = _open_again_or_new(locked, client_address, merchant_id)
        else:
            give_up(locked, OrderState.CANCELLED, actor=actors.CLOCK, cause=NO_LONGER_OWED)
    if attempt is None:
        # Raised after the commit of the transaction that gives up the order.
        raise OrderNotPayable
    return attempt


def _open_again_or_new(locked: LockedOrder, client_address: str, merchant_id: str) -> Attempt:
    order = locked.order
    # The database numbers a new attempt, and its events name that number.
    attempt = locked.live or _add_attempt(order, client_address, merchant_id)
    # The card form must not outlive the order.
    # A link's order lives as long as its link.
    order.expires_at = max(order.expires_at, timezone.now() + timedelta(minutes=settings.ORDER_LIFE_MINUTES))
    with kept_writes.pipelined():
        if order.state == OrderState.DRAFT:
            move_order(locked.trail, OrderState.AWAITING_PAYMENT, actor=payer_of(order), cause="PAGA AQUÍ")
        else:
            kept_writes.update(order, "expires_at")
        if locked.live:
            attempt.forms_opened += 1
            kept_writes.update(attempt, "forms_opened")
        else:
            _record_attempt(locked.trail, attempt)
    return attempt


def _add_attempt(order: Order, client_address: str, merchant_id: str) -> Attempt:
    attempt = Attempt(
        order=order,
        state=AttemptState.FORM_OPEN,
        environment=settings.NIUBIZ_ENVIRONMENT,
        merchant_id=merchant_id,
        amount=order.total,
        currency=order.currency,
        client_address=client_address or None,
        forms_opened=1,
    )
    kept_writes.insert([attempt])
    return attempt


def _record_attempt(trail: Trail, attempt: Attempt) -> None:
    trail.record(
        attempt=attempt,
        actor=payer_of(trail.order),
        cause="intento creado",
        to_state=AttemptState.CREATED,
        details={"purchase_number": attempt.number, "amount": str(attempt.amount)},
    )
    trail.record(
        attempt=attempt,
        actor=actors.GATEWAY,
        cause="formulario abierto",
        from_state=AttemptState.CREATED,
        to_state=attempt.state,
    )
