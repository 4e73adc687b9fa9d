"""What the member's page and the staff's page of a physician show. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from members.models import Member, User
from payments.models import AutomaticCharge, AutomaticEvent, AutomaticPlan
from payments.models.ways.automatic_states import PlanState
from payments.ways.automatic.terms import next_date
from payments.ways.automatic.verdict import judge

MOST = 24


@dataclass(frozen=True)
class Status:
    """A plan with its charges, newest first. `waiting` are those announced or to be tried again; `next_date` is the
    next one that a letter has yet to announce. `trouble` says in Spanish why nothing would be charged today, or "".
    """

    plan: AutomaticPlan
    waiting: Sequence[AutomaticCharge]
    charges: Sequence[AutomaticCharge]
    events: Sequence[AutomaticEvent]
    next_date: date | None
    trouble: str

    @property
    def charging(self) -> bool:
        return any(charge.state == "charging" for charge in self.charges)


def status_of(member: Member) -> Status | None:
    """Returns the automatic payment of a physician's dues: the current one, else the last; None if there was none."""
    return _status(AutomaticPlan.objects.filter(member=member).order_by("-pk").first())


def status_of_account(user: User) -> Status | None:
    """As `status_of`, of an account; a consent that waits for its card is left out."""
    plans = AutomaticPlan.objects.filter(user=user).exclude(state=PlanState.PENDING)
    return _status(plans.order_by("-pk").first())


def _status(plan: AutomaticPlan | None) -> Status | None:
    if plan is None:
        return None
    newest = plan.charges.select_related("letter").prefetch_related("lines__due", "tries__order")
    charges = list(newest.order_by("-month", "-pk")[:MOST])
    for charge in charges:
        charge.plan = plan
    verdicts = [judge(plan, kind, timezone.localdate()) for kind in plan.kinds] if plan.active else []
    return Status(
        plan=plan,
        waiting=[charge for charge in charges if charge.waiting],
        charges=charges,
        events=list(plan.events.order_by("-at", "-pk")[:MOST]),
        next_date=_next(plan, charges),
        trouble=next((verdict.why for verdict in verdicts if verdict.why), ""),
    )


def _next(plan: AutomaticPlan, charges: Sequence[AutomaticCharge]) -> date | None:
    """The next day of a charge; None when the plan is not active."""
    if not plan.active:
        return None
    upcoming = next_date(plan.day, timezone.localdate())
    planned = any(charge.charge_on == upcoming and charge.state != "dropped" for charge in charges)
    return next_date(plan.day, upcoming) if planned else upcoming
