"""What follows from a concluded try: paid, one more try on a later day, or the end of the plan.

The attempt itself is concluded where every attempt is (payments/checkout/charge.py). Each function may be repeated or
killed: a charge that is still *charging* is looked at again by the next run.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from members import actors
from payments.checkout import give_up
from payments.checkout.locks import lock_order
from payments.gateway import explain
from payments.models import Attempt, AutomaticCharge, AutomaticPlan, AutomaticTry
from payments.models.ways.automatic_states import MOST_TRIES, ChargeState, StopReason
from payments.states import LIVE_ATTEMPT_STATES, AttemptState, OrderState
from payments.ways.automatic import changes, letters

RETRY_DAYS = 3
#: Classes of refusal after which the card networks ask a merchant not to try the same card again: it is lost, blocked
#: or invalid, or its data are wrong and nobody is there to type them (payments/gateway/action_codes.py).
NEVER_AGAIN = ("card", "data")
NOT_MADE = "La pasarela no hizo el cobro"


def follow_all() -> int:
    """Follows every charge whose try was concluded meanwhile. Returns how many there were.

    Raises ExceptionGroup at the end: one broken charge must not keep the others from their end.
    """
    live = AutomaticTry.objects.filter(charge__state=ChargeState.CHARGING)
    concluded = live.exclude(order__attempts__state__in=LIVE_ATTEMPT_STATES).order_by("charge")
    followed, broken = 0, []
    for charge_id in list(concluded.values_list("charge", flat=True).distinct()):
        try:
            followed += follow(charge_id)
        except Exception as error:  # the error has nothing to do with the next charge
            broken.append(error)
    if broken:
        raise ExceptionGroup("these automatic charges need a look; the others were dealt with", broken)
    return followed


def follow(charge_id: int) -> bool:
    """Draws the consequences of the last try. Returns False while it is in doubt, or when that was done before."""
    with transaction.atomic():
        plan = changes.locked_plan(AutomaticPlan.objects.get(charges=charge_id).pk)
        charge = AutomaticCharge.objects.select_for_update().get(pk=charge_id)
        charge.plan = plan
        attempt = _last_attempt(charge)
        if charge.state != ChargeState.CHARGING or attempt.state in LIVE_ATTEMPT_STATES:
            return False
        if attempt.state in (AttemptState.APPROVED, AttemptState.REFUNDED) or attempt.settles_order:
            _paid(charge)
        elif attempt.state == AttemptState.VOIDED:
            # The letter of the attempt itself tells of the void.
            changes.drop(charge, "el cobro se anuló", tell=False)
        else:
            _not_paid(charge, attempt)
    return True


def _last_attempt(charge: AutomaticCharge) -> Attempt:
    return Attempt.objects.select_related("order").filter(order__automatic_try__charge=charge).latest("pk")


def _paid(charge: AutomaticCharge) -> None:
    changes.move_charge(charge, ChargeState.PAID)
    if charge.plan.active and not _since_sent(charge, changes.CARD_KEPT):
        charge.plan.card_used = True
        charge.plan.save(update_fields=["card_used"])


def _not_paid(charge: AutomaticCharge, attempt: Attempt) -> None:
    """Frees the dues at once, so that the member can pay them otherwise, and decides about another try."""
    locked = lock_order(attempt.order_id)
    if locked.order.unfinished:
        give_up.give_up(locked, OrderState.CANCELLED, actor=actors.CLOCK, cause="el cobro automático no se hizo")
    number = charge.tries.count()
    reason = explain(attempt.action_code).text.rstrip(".") if attempt.action_code else NOT_MADE
    new_card = _since_sent(charge, changes.CARD_KEPT)
    # What the bank says of the former card says nothing of the new one.
    stop = None if new_card else _why_it_ends(attempt, number)
    if stop or new_card or _since_sent(charge, changes.TERMS_CHANGED) or not charge.plan.active:
        changes.move_charge(charge, ChargeState.FAILED, reason=reason)
    else:
        charge.next_on = timezone.localdate() + timedelta(days=RETRY_DAYS)
        changes.move_charge(charge, ChargeState.RETRYING, reason=reason)
    if charge.plan.active:
        charge.letter = letters.declined(charge, attempt, number=number)
        charge.save(update_fields=["letter"])
    if stop:
        changes.stop(charge.plan, stop, actor=actors.GATEWAY)


def _since_sent(charge: AutomaticCharge, what: str) -> bool:
    """Whether the member did this while the charge was with the bank: then its letter names what holds no more."""
    return charge.plan.events.filter(at__gte=charge.started_at, what__startswith=what).exists()


def _why_it_ends(attempt: Attempt, number: int) -> StopReason | None:
    refused = attempt.state == AttemptState.DECLINED and attempt.action_code
    if refused and explain(attempt.action_code).kind in NEVER_AGAIN:
        return StopReason.CARD_REFUSED
    return StopReason.DECLINED if number >= MOST_TRIES else None
