"""The states of orders, attempts and refunds, and their legal transitions.

The models install the same tables as database triggers.
"""

from django.db import models

from base.states import Transitions


class OrderState(models.TextChoices):
    # The dues are chosen and held; the member reads the summary.
    DRAFT = "draft", "Por confirmar"
    # PAGA AQUÍ was pressed at least once; there is no approval yet.
    AWAITING_PAYMENT = "awaiting_payment", "Esperando el pago"
    # The gateway approved the charge, and the dues are settled.
    PAID = "paid", "Pagado"
    PARTLY_REFUNDED = "partly_refunded", "Devuelto en parte"
    REFUNDED = "refunded", "Devuelto"
    # Nobody paid in time; the dues are free.
    EXPIRED = "expired", "Vencido"
    # Cancelled by the member, replaced by a newer order, or paid by other means; the dues are free.
    CANCELLED = "cancelled", "Cancelado"


class Way(models.TextChoices):
    """How an attempt is paid. Each way but the card is a setting, off until the college has it in its contract."""

    CARD = "card", "Tarjeta"
    YAPE = "yape", "Yape"
    # A code that the member pays in cash or at a bank's agent.
    PAGOEFECTIVO = "pagoefectivo", "PagoEfectivo"
    # The card on file of the member's automatic payment.
    AUTOMATIC = "automatic", "Pago automático"


class AttemptState(models.TextChoices):
    # It has a purchase number. CREATED and the next state are written in one transaction.
    CREATED = "created", "Creado"
    # The member's browser shows the gateway's card form.
    FORM_OPEN = "form_open", "Formulario abierto"
    # The authorisation is being sent: from here on money may move.
    AUTHORISING = "authorising", "Autorizando"
    APPROVED = "approved", "Aprobado"
    DECLINED = "declined", "Denegado"
    # The answer was lost or unreadable; the gateway is asked until it answers.
    IN_DOUBT = "in_doubt", "En verificación"
    # The gateway does not know the purchase, long after its session and token expired.
    ABSENT = "absent", "No realizado"
    # Never sent to be authorised, and no longer possible.
    ABANDONED = "abandoned", "Abandonado"
    VOIDED = "voided", "Anulado"
    REFUNDED = "refunded", "Devuelto"


class RefundState(models.TextChoices):
    # Decided and counted against the charge; the gateway does not know it yet.
    REQUESTED = "requested", "Por enviar"
    # The request is being sent: from here on money may move back.
    SENDING = "sending", "Enviando"
    DONE = "done", "Devuelto"
    REFUSED = "refused", "Rechazado por la pasarela"
    # The answer was lost: a void is queried and repeated, a refund waits for staff.
    IN_DOUBT = "in_doubt", "En verificación"


class ChargebackState(models.TextChoices):
    # The gateway's notice is here; the college has not answered it.
    RECEIVED = "received", "Recibido"
    # The college sent its evidence and waits for the decision.
    CONTESTED = "contested", "Respondido"
    # The money stays with the college.
    WON = "won", "Ganado"
    # The money went back to the card, by the card network's decision or because the college agreed.
    LOST = "lost", "Perdido"
    ACCEPTED = "accepted", "Aceptado"


ORDER_TRANSITIONS: Transitions = {
    OrderState.DRAFT: frozenset({OrderState.AWAITING_PAYMENT, OrderState.EXPIRED, OrderState.CANCELLED}),
    OrderState.AWAITING_PAYMENT: frozenset({OrderState.PAID, OrderState.EXPIRED, OrderState.CANCELLED}),
    OrderState.PAID: frozenset({OrderState.PARTLY_REFUNDED, OrderState.REFUNDED}),
    OrderState.PARTLY_REFUNDED: frozenset({OrderState.REFUNDED}),
    # A late approval still pays dues that nobody else paid or holds.
    OrderState.EXPIRED: frozenset({OrderState.PAID}),
    OrderState.CANCELLED: frozenset({OrderState.PAID}),
    OrderState.REFUNDED: frozenset(),
}

ATTEMPT_TRANSITIONS: Transitions = {
    # A card on file is charged without a form.
    AttemptState.CREATED: frozenset({AttemptState.FORM_OPEN, AttemptState.AUTHORISING, AttemptState.ABANDONED}),
    AttemptState.FORM_OPEN: frozenset({AttemptState.AUTHORISING, AttemptState.ABANDONED}),
    AttemptState.AUTHORISING: frozenset({AttemptState.APPROVED, AttemptState.DECLINED, AttemptState.IN_DOUBT}),
    AttemptState.IN_DOUBT: frozenset(
        {AttemptState.APPROVED, AttemptState.DECLINED, AttemptState.ABSENT, AttemptState.VOIDED}
    ),
    # ABSENT was true when the gateway answered; money that appears later is never dropped.
    AttemptState.ABSENT: frozenset({AttemptState.APPROVED}),
    AttemptState.APPROVED: frozenset({AttemptState.VOIDED, AttemptState.REFUNDED}),
    AttemptState.DECLINED: frozenset(),
    AttemptState.ABANDONED: frozenset(),
    AttemptState.VOIDED: frozenset(),
    AttemptState.REFUNDED: frozenset(),
}

REFUND_TRANSITIONS: Transitions = {
    # Refused before it was sent: a chargeback disputes the same money.
    RefundState.REQUESTED: frozenset({RefundState.SENDING, RefundState.REFUSED}),
    RefundState.SENDING: frozenset({RefundState.DONE, RefundState.REFUSED, RefundState.IN_DOUBT}),
    RefundState.IN_DOUBT: frozenset({RefundState.DONE, RefundState.REFUSED, RefundState.REQUESTED}),
    RefundState.DONE: frozenset(),
    RefundState.REFUSED: frozenset(),
}

CHARGEBACK_TRANSITIONS: Transitions = {
    ChargebackState.RECEIVED: frozenset(
        {ChargebackState.CONTESTED, ChargebackState.WON, ChargebackState.LOST, ChargebackState.ACCEPTED}
    ),
    ChargebackState.CONTESTED: frozenset({ChargebackState.WON, ChargebackState.LOST, ChargebackState.ACCEPTED}),
    ChargebackState.WON: frozenset(),
    ChargebackState.LOST: frozenset(),
    ChargebackState.ACCEPTED: frozenset(),
}

# An order with an attempt in one of these states may not start another.
LIVE_ATTEMPT_STATES = (
    AttemptState.CREATED,
    AttemptState.FORM_OPEN,
    AttemptState.AUTHORISING,
    AttemptState.IN_DOUBT,
)
# Money may have moved and we do not know: the order can neither expire nor be cancelled.
UNKNOWN_ATTEMPT_STATES = (AttemptState.AUTHORISING, AttemptState.IN_DOUBT)
OPEN_CHARGEBACK_STATES = (ChargebackState.RECEIVED, ChargebackState.CONTESTED)
# Money that left by a chargeback.
FINAL_LOSSES = (ChargebackState.LOST, ChargebackState.ACCEPTED)
LIVE_REFUND_STATES = (RefundState.REQUESTED, RefundState.SENDING, RefundState.IN_DOUBT)
UNFINISHED_ORDER_STATES = (OrderState.DRAFT, OrderState.AWAITING_PAYMENT)
