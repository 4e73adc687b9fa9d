"""The only code that changes the state of a plan or a charge. The caller holds the lock of the plan's row.

Always lock the plan first, then its charges, then an order: that rules out deadlocks.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from payments.exceptions import IllegalTransition
from payments.models import AutomaticCharge, AutomaticEvent, AutomaticPlan
from payments.models.ways.automatic_states import (
    CHARGE_TRANSITIONS,
    PLAN_TRANSITIONS,
    ChargeState,
    PlanState,
    StopReason,
)
from payments.ways.automatic import letters

#: After these nothing follows; the rest wait for the bank or for their day.
FINAL_STATES = tuple(state for state, following in CHARGE_TRANSITIONS.items() if not following)

#: How the history names, and finds again, a card put on file and other terms.
CARD_KEPT, TERMS_CHANGED = "tarjeta registrada", "condiciones cambiadas"


def locked_plan(plan_id: int) -> AutomaticPlan:
    """Locks a plan until the transaction ends. Raises AutomaticPlan.DoesNotExist."""
    return AutomaticPlan.objects.select_for_update(of=("self",)).select_related("user", "member").get(pk=plan_id)


def record(plan: AutomaticPlan, what: str, *, actor: str, terms: dict[str, Any] | None = None) -> None:
    """Appends one step to the plan's history."""
    AutomaticEvent.objects.create(plan=plan, actor=actor, what=what[:200], terms=terms or {})


def move_charge(charge: AutomaticCharge, to: ChargeState, *, reason: str = "") -> None:
    """Changes the state of a charge and saves it. Raises IllegalTransition."""
    if to not in CHARGE_TRANSITIONS[ChargeState(charge.state)]:
        raise IllegalTransition
    charge.state, charge.reason = to, reason[:200]
    if to in FINAL_STATES:
        charge.finished_at = timezone.now()
    charge.save(update_fields=["state", "reason", "next_on", "started_at", "finished_at"])


def drop(charge: AutomaticCharge, reason: str, *, tell: bool = True) -> None:
    """Ends a charge that is not made. The member is told by a letter, unless it did this itself."""
    move_charge(charge, ChargeState.DROPPED, reason=reason)
    if tell:
        letters.dropped(charge)


def drop_waiting(plan: AutomaticPlan, reason: str) -> None:
    """Ends what is announced or would be tried again, because the plan changes."""
    for charge in plan.charges.select_for_update().waiting().order_by("pk"):
        drop(charge, reason, tell=False)


def drop_all_waiting(reason: str) -> None:
    """Ends every charge that waits, of all plans, and tells their members. Safe to repeat."""
    waiting = AutomaticCharge.objects.waiting().order_by("pk").values_list("pk", "plan")
    for charge_id, plan_id in list(waiting):
        with transaction.atomic():
            plan = locked_plan(plan_id)
            charge = AutomaticCharge.objects.select_for_update().get(pk=charge_id)
            charge.plan = plan
            if charge.waiting:
                drop(charge, reason)


def stop(plan: AutomaticPlan, reason: StopReason, *, actor: str) -> None:
    """Stops a plan, erases its card's token and tells the member. A stopped plan stays as it is."""
    if plan.state == PlanState.STOPPED:
        return
    had_card = plan.active
    drop_waiting(plan, f"el pago automático se detuvo: {reason.label}")
    _move_plan(plan, PlanState.STOPPED)
    plan.stopped_at, plan.stop_reason = timezone.now(), reason
    erase_token(plan)
    plan.save()
    record(plan, f"detenido: {reason.label}", actor=actor)
    if had_card:
        letters.stopped(plan)


def activate(plan: AutomaticPlan) -> None:
    """Makes a pending plan active; the caller has set its card and saves it. Raises IllegalTransition."""
    _move_plan(plan, PlanState.ACTIVE)


def _move_plan(plan: AutomaticPlan, to: PlanState) -> None:
    if to not in PLAN_TRANSITIONS[PlanState(plan.state)]:
        raise IllegalTransition
    plan.state = to


def erase_token(plan: AutomaticPlan) -> None:
    """Forgets what charges the card; the caller saves the plan.

    Niubiz documents no call that erases a card on file (reference §11.1). Once it does, this is the place for it.
    """
    plan.card_token = ""
