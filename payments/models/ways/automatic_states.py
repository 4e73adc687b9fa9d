"""The states of automatic payments and of their charges, and their legal transitions."""

from django.db import models

from base.states import Transitions

#: From the sixth on, the letter and the charge fall into one month, and the month's own due is charged by then.
FIRST_DAY, LAST_DAY = 6, 28
#: A letter is at least this old when its charge is made.
NOTICE_DAYS = 3
MOST_TRIES = 3


class PlanState(models.TextChoices):
    # The consent is given; the card is not on file yet.
    PENDING = "pending", "Falta la tarjeta"
    ACTIVE = "active", "Activo"
    STOPPED = "stopped", "Detenido"


class StopReason(models.TextChoices):
    MEMBER = "member", "lo detuvo el colegiado"
    NEVER_FINISHED = "never_finished", "no se registró ninguna tarjeta"
    DECLINED = "declined", "el banco rechazó la tarjeta varias veces"
    CARD_REFUSED = "card_refused", "el banco indicó que la tarjeta no se puede usar más"
    CARD_EXPIRED = "card_expired", "la tarjeta venció"
    CARD_UNREADABLE = "card_unreadable", "la tarjeta guardada ya no se puede leer"
    NUMBER_CHANGED = "number_changed", "la cuenta ya no paga por ese CMP"
    MEMBER_LEFT = "member_left", "el colegiado falleció o se retiró"


class ChargeState(models.TextChoices):
    # Its letter is written; nothing is sent to the gateway before the day it names.
    ANNOUNCED = "announced", "Anunciado"
    # A try is with the gateway, or in doubt.
    CHARGING = "charging", "En curso"
    # Declined; one more try follows on `next_on`.
    RETRYING = "retrying", "Se reintentará"
    PAID = "paid", "Cobrado"
    SKIPPED = "skipped", "Omitido"
    # Not made, for the reason that `reason` tells.
    DROPPED = "dropped", "No se hizo"
    FAILED = "failed", "Rechazado"


PLAN_TRANSITIONS: Transitions = {
    PlanState.PENDING: frozenset({PlanState.ACTIVE, PlanState.STOPPED}),
    PlanState.ACTIVE: frozenset({PlanState.STOPPED}),
    PlanState.STOPPED: frozenset(),
}
CHARGE_TRANSITIONS: Transitions = {
    ChargeState.ANNOUNCED: frozenset({ChargeState.CHARGING, ChargeState.SKIPPED, ChargeState.DROPPED}),
    ChargeState.CHARGING: frozenset({ChargeState.PAID, ChargeState.RETRYING, ChargeState.FAILED, ChargeState.DROPPED}),
    ChargeState.RETRYING: frozenset({ChargeState.CHARGING, ChargeState.SKIPPED, ChargeState.DROPPED}),
    ChargeState.PAID: frozenset(),
    ChargeState.SKIPPED: frozenset(),
    ChargeState.DROPPED: frozenset(),
    ChargeState.FAILED: frozenset(),
}
WAITING_STATES = (ChargeState.ANNOUNCED, ChargeState.RETRYING)
