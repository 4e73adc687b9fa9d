"""Announces the charges of the coming days, and warns of cards that expire.

Runs each hour; every step bears repeating.
"""

import logging
from collections.abc import Iterable
from datetime import date, timedelta

from cryptography.fernet import InvalidToken
from django.db import transaction
from django.utils import timezone

from base.cipher import cipher
from base.peru import months
from dues import ledger
from members import actors
from payments.models import AutomaticCharge, AutomaticLine, AutomaticPlan
from payments.models.ways.automatic_states import ChargeState, PlanState, StopReason
from payments.ways.automatic import changes, letters
from payments.ways.automatic.consent import PURPOSE
from payments.ways.automatic.terms import days_to_announce, payable, within_ceiling
from payments.ways.automatic.verdict import judge

logger = logging.getLogger(__name__)

#: The periodic work (base/periodic.py).
ANNOUNCE = "payments.announce"
#: Days before the card's last day on which the member is told.
EXPIRY_WARNINGS = (30, 7)
#: A consent whose card never came is let go.
UNFINISHED_AFTER = timedelta(days=1)


def prepare(today: date) -> int:
    """Does the day's work ahead of the charges. Returns how many charges were announced.

    Raises ExceptionGroup at the end: one broken plan must not keep the others from their letters.
    """
    let_go_unfinished()
    warn_of_expiry(today)
    first, last = days_to_announce(today)
    due = AutomaticPlan.objects.active().filter(day__gte=first, day__lte=last).order_by("pk")
    announced, broken = 0, []
    for plan_id, kinds in list(due.values_list("pk", "kinds")):
        for kind in kinds:
            try:
                announced += announce(plan_id, kind, today) is not None
            except Exception as error:  # the error has nothing to do with the next plan
                broken.append(error)
    if broken:
        raise ExceptionGroup("these automatic payments need a look", broken)
    return announced


def announce(plan_id: int, kind: str, today: date) -> AutomaticCharge | None:
    """Writes the letter of this month's charge of one kind, with the oldest dues within the ceiling.

    Returns None when nothing is to be charged, or it was announced before. A plan that must end is stopped.
    """
    with transaction.atomic():
        plan = changes.locked_plan(plan_id)
        if not plan.active or kind not in plan.kinds or _planned(plan, kind, today):
            return None
        charge_on = months.month_of(today).replace(day=plan.day)
        verdict = judge(plan, kind, charge_on)
        if verdict.stop:
            changes.stop(plan, verdict.stop, actor=actors.CLOCK)
        elif not verdict.why and _seal_again(plan):
            return _announce(plan, kind, charge_on, today)
    return None


def _planned(plan: AutomaticPlan, kind: str, today: date) -> bool:
    """Whether this month has its charge, or an earlier one is still with the bank."""
    of_kind = plan.charges.filter(kind=kind)
    this_month = of_kind.filter(month=months.month_of(today)).exclude(state=ChargeState.DROPPED)
    return this_month.exists() or of_kind.exclude(state__in=changes.FINAL_STATES).exists()


def _seal_again(plan: AutomaticPlan) -> bool:
    """Seals the card's token with today's key, so that an old key can be retired after a month (base/cipher.py).

    A token that no key opens ends the plan; then False.
    """
    try:
        plan.card_token = cipher(PURPOSE).rotate(plan.card_token).decode()
    except InvalidToken:
        changes.stop(plan, StopReason.CARD_UNREADABLE, actor=actors.CLOCK)
        return False
    plan.save(update_fields=["card_token"])
    return True


def _announce(plan: AutomaticPlan, kind: str, charge_on: date, today: date) -> AutomaticCharge | None:
    open_dues = payable([due for due in ledger.every_open_due(plan.member) if due.kind == kind], today)
    if not open_dues or any(due.held_by for due in open_dues):  # type: ignore[attr-defined]  # as annotated
        return None
    dues = within_ceiling(open_dues, plan.ceiling, today)
    if not dues:
        letters.above_ceiling(plan, kind, charge_on, due=open_dues[0])
        return None
    charge = AutomaticCharge(
        plan=plan,
        kind=kind,
        month=months.month_of(charge_on),
        charge_on=charge_on,
        next_on=charge_on,
        amount=sum(due.amount for due in dues),
        card=plan.card,
    )
    charge.letter = letters.announced(charge, [due.period for due in dues])
    charge.save()
    AutomaticLine.objects.bulk_create(AutomaticLine(charge=charge, due=due, amount=due.amount) for due in dues)
    return charge


def warn_of_expiry(today: date) -> None:
    """Tells the members whose card expires within 30 and within 7 days, once each."""
    soon = today + timedelta(days=max(EXPIRY_WARNINGS))
    for plan in AutomaticPlan.objects.active().filter(card_expires__lte=soon).select_related("user", "member"):
        left = (plan.card_expires - today).days if plan.card_expires else 0
        if left >= 0:
            _warn(plan, [days for days in EXPIRY_WARNINGS if left <= days])


def _warn(plan: AutomaticPlan, reached: Iterable[int]) -> None:
    with transaction.atomic():
        # Only the nearest warning: a card registered in its last days is told of once.
        letters.expiring(plan, days=min(reached))


def let_go_unfinished() -> None:
    """Stops consents whose card was never registered."""
    old = timezone.now() - UNFINISHED_AFTER
    unfinished = AutomaticPlan.objects.filter(state=PlanState.PENDING, consented_at__lt=old)
    for plan_id in unfinished.values_list("pk", flat=True):
        with transaction.atomic():
            plan = changes.locked_plan(plan_id)
            if plan.state == PlanState.PENDING:
                changes.stop(plan, StopReason.NEVER_FINISHED, actor=actors.CLOCK)
