from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from base.postgres import kept_writes
from members.models import User
from payments import trail
from payments.checkout import limits
from payments.checkout.charge import NO_LONGER_OWED, _still_owed
from payments.checkout.give_up import give_up
from payments.checkout.locks import live_attempt, lock_order
from payments.checkout.transitions import move_order
from payments.exceptions import OrderNotPayable, PaymentInDoubt
from payments.gateway import FormSession, Niubiz, Payer
from payments.models import Attempt, Order
from payments.states import AttemptState, OrderState

# --- From the summary to the card form


def open_form(order: Order, *, user: User, payer: Payer, gateway: Niubiz) -> tuple[Attempt, FormSession]:
    """PAGA AQUÍ: open the gateway's session, and an attempt that waits for its card (user guide step 5).

    Pressing twice reuses the attempt: its purchase number is spent only by an authorisation. Raises OrderNotPayable,
    PaymentInDoubt, PaymentsPaused, TooManyForms, TooManyAttempts or gateway.GatewayUnavailable; no money moved in any
    of them.
    """
    # Outside the transaction that a refusal rolls back: the alert to staff must stay.
    limits.check(user, payer.client_ip)
    if not order.payable(timezone.now()):
        raise OrderNotPayable
    # The session knows the amount, which an order never changes, and no purchase number: nothing is locked meanwhile,
    # and whether the order may still be paid is asked afterwards.
    session = gateway.open_session(amount=order.total, payer=payer)
    return _await_card(order.pk, payer.client_ip, gateway.merchant_id), session


def _await_card(order_id: int, client_address: str, merchant_id: str) -> Attempt:
    with transaction.atomic():
        order = lock_order(order_id)
        live = live_attempt(order)
        if live and live.unknown:
            raise PaymentInDoubt
        if not order.payable(timezone.now()):
            raise OrderNotPayable
        if still_owed := _still_owed(order):
            live = _open_again_or_new(order, live, client_address, merchant_id)
        else:
            give_up(order, OrderState.CANCELLED, actor=trail.CLOCK, cause=NO_LONGER_OWED)
    if not still_owed or live is None:
        raise OrderNotPayable
    return live


def _open_again_or_new(order: Order, live: Attempt | None, client_address: str, merchant_id: str) -> Attempt:
    # The database numbers it, before anything tells of that number.
    attempt = live or _add_attempt(order, client_address, merchant_id)
    # The card form must not outlive the order.
    order.expires_at = timezone.now() + timedelta(minutes=settings.ORDER_LIFE_MINUTES)
    with kept_writes.together():
        if order.state == OrderState.DRAFT:
            move_order(order, OrderState.AWAITING_PAYMENT, actor=trail.account(order.user), cause="PAGA AQUÍ")
        else:
            kept_writes.update(order, "expires_at")
        if live:
            live.forms_opened += 1
            kept_writes.update(live, "forms_opened")
        else:
            _record_attempt(order, attempt)
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


def _record_attempt(order: Order, attempt: Attempt) -> None:
    trail.record(
        order,
        attempt=attempt,
        actor=trail.account(order.user),
        cause="intento creado",
        to_state=AttemptState.CREATED,
        details={"purchase_number": attempt.number, "amount": str(attempt.amount)},
    )
    trail.record(
        order,
        attempt=attempt,
        actor=trail.GATEWAY,
        cause="formulario abierto",
        from_state=AttemptState.CREATED,
        to_state=attempt.state,
    )
