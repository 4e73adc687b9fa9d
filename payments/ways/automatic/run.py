"""The worker's run: a few charges each minute are handed to the workers, and each is made once.

`dispatch` hands out, `make` does one. Both may be repeated, doubled or killed: the rows say what is still to do.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone
from procrastinate.contrib.django import app as jobs
from procrastinate.types import JSONValue

from base.peru.lima import LIMA
from members import actors
from payments.checkout import charge as checkout
from payments.checkout import limits
from payments.gateway import Niubiz, for_stored_cards
from payments.models import Attempt, AutomaticCharge, LetterState
from payments.models.ways.automatic import AutomaticChargeQuerySet
from payments.models.ways.automatic_states import NOTICE_DAYS
from payments.states import UNKNOWN_ATTEMPT_STATES, Way
from payments.ways.automatic import outcomes
from payments.ways.automatic.claim import claim
from payments.ways.automatic.terms import LATE_DAYS

logger = logging.getLogger(__name__)

#: A job that did nothing for so long is lost: the charge is handed out again.
LOST_AFTER = timedelta(minutes=10)
#: With so many unclear answers in a row of minutes the gateway is unwell, and no more are sent.
MOST_UNCLEAR, UNCLEAR_SPAN = 10, timedelta(minutes=10)


def due(now: datetime) -> AutomaticChargeQuerySet:
    """The charges whose day has come."""
    return AutomaticCharge.objects.waiting().filter(next_on__lte=timezone.localdate(now))


def dispatch(now: datetime) -> int:
    """Hands charges to the workers, AUTOMATIC_PAYMENT_PER_MINUTE at most together. Returns how many."""
    try:
        outcomes.follow_all()
    finally:
        # One charge that cannot be followed must not keep the others from being made.
        handed_out = _hand_out(now)
    return handed_out


def _hand_out(now: datetime) -> int:
    if not _may_charge(now):
        return 0
    waiting = due(now).filter(_decidable(now))
    under_way = waiting.filter(queued_at__gt=now - LOST_AFTER).count()
    room = max(settings.AUTOMATIC_PAYMENT_PER_MINUTE - under_way, 0)
    free = waiting.filter(Q(queued_at=None) | Q(queued_at__lte=now - LOST_AFTER))
    chosen = list(free.order_by(F("queued_at").asc(nulls_first=True), "pk").values_list("pk", flat=True)[:room])
    if chosen and for_stored_cards().reachable():
        AutomaticCharge.objects.filter(pk__in=chosen).update(queued_at=now)
        later = jobs.configure_task("payments.charge_automatically", priority=-5)
        arguments: list[dict[str, JSONValue]] = [{"charge_id": charge_id} for charge_id in chosen]
        later.batch_defer(*arguments)
        return len(chosen)
    return 0


def _decidable(now: datetime) -> Q:
    """What a worker would charge or drop. A charge whose letter is too young would only take the room of another."""
    too_late = Q(next_on__lt=timezone.localdate(now) - timedelta(days=LATE_DAYS))
    without_letter = Q(letter__state__in=(LetterState.FAILED, LetterState.WITHDRAWN))
    return too_late | without_letter | Q(letter__sent_at__lte=now - timedelta(days=NOTICE_DAYS))


def _may_charge(now: datetime) -> bool:
    return bool(settings.AUTOMATIC_PAYMENT) and in_hours(now) and not limits.current_pause() and not gateway_unwell(now)


def in_hours(now: datetime) -> bool:
    """Whether it is an hour of Lima in which cards on file are charged."""
    hour = now.astimezone(LIMA).hour
    return bool(settings.AUTOMATIC_PAYMENT_FROM_HOUR <= hour < settings.AUTOMATIC_PAYMENT_UNTIL_HOUR)


def gateway_unwell(now: datetime) -> bool:
    """Whether the gateway left many automatic charges of the last minutes in doubt."""
    recent = Attempt.objects.filter(way=Way.AUTOMATIC, created_at__gt=now - UNCLEAR_SPAN)
    return recent.filter(state__in=UNKNOWN_ATTEMPT_STATES, questions_asked__gt=0).count() >= MOST_UNCLEAR


def make(charge_id: int, *, gateway: Niubiz | None = None) -> bool:
    """Charges the card on file once and draws the consequences. Returns whether the gateway was asked.

    A second call, or one beside another worker's, does nothing.
    """
    gateway = gateway or for_stored_cards()
    claimed = claim(charge_id, merchant_id=gateway.merchant_id)
    if claimed is None:
        return False
    attempt = claimed.attempt
    answer = gateway.charge_stored_card(
        purchase_number=attempt.number,
        amount=attempt.amount,
        currency=attempt.currency,
        card_token=claimed.card_token,
        first=claimed.first,
        email=claimed.email,
    )
    checkout.conclude(attempt.pk, answer, actor=actors.GATEWAY)
    outcomes.follow(charge_id)
    return True
