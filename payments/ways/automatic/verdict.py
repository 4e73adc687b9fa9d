"""Whether a plan may be charged today, by who the account is and whom it pays for."""

from dataclasses import dataclass
from datetime import date

from dues import successions
from members import mail_problems
from members.models import MemberStatus
from members.numbers import assignments
from members.numbers.assignments import PaysFor
from payments.models import AutomaticPlan
from payments.models.ways.automatic_states import StopReason

BLOCKED = "la cuenta está bloqueada"
REPORTED = "hay un aviso abierto de que ese CMP no es el de la cuenta"
MAIL_RETURNED = "su correo nos devolvió una carta"
NOT_OF_THIS_ACCOUNT = "esta cuenta paga solo la Cuota SEMEFA"


@dataclass(frozen=True)
class Verdict:
    """`why` says in Spanish why nothing is charged now, "" when it may be; `stop` ends the plan for good."""

    why: str = ""
    stop: StopReason | None = None


def judge(plan: AutomaticPlan, kind: str, charge_on: date) -> Verdict:
    """Judges by what is true now; the ledger judges the dues."""
    payer = assignments.pays_for(plan.user)
    if stop := _why_it_ends(plan, payer, charge_on):
        return Verdict(stop.label, stop)
    if not plan.user.is_active:
        return Verdict(BLOCKED)
    if payer.report:
        return Verdict(REPORTED)
    if kind not in successions.kinds_of(payer.succession):
        return Verdict(NOT_OF_THIS_ACCOUNT)
    return Verdict(MAIL_RETURNED if mail_problems.of(plan.user) else "")


def _why_it_ends(plan: AutomaticPlan, payer: PaysFor, charge_on: date) -> StopReason | None:
    if payer.claimed is None or payer.claimed.pk != plan.member_id:
        return StopReason.NUMBER_CHANGED
    if payer.claimed.status != MemberStatus.ACTIVE and not payer.succession:
        return StopReason.MEMBER_LEFT
    return StopReason.CARD_EXPIRED if plan.card_expired(charge_on) else None
