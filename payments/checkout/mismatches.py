"""The way out for an approval that does not match: two people accept it, give it back, or disown it."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from base.postgres.constraints import broken_constraint
from dues import ledger
from dues.exceptions import AlreadySettled
from dues.models import Channel
from members.models import User
from payments import trail
from payments.checkout import charge
from payments.checkout.locks import LockedAttempt, lock_charge
from payments.exceptions import MismatchRule
from payments.models import Attempt, MismatchDecision
from payments.refunds import refunds
from payments.states import AttemptState

Outcome = MismatchDecision.Outcome


def waits(attempt: Attempt) -> bool:
    """Whether the gateway approved something else than what was asked, and nobody has decided what it is."""
    return attempt.state == AttemptState.IN_DOUBT and bool(attempt.staff_reason)


def outcomes(attempt: Attempt) -> list[Outcome]:
    """Returns what may be decided: less than the order's total pays nothing, so it is not accepted."""
    covers = attempt.charged is not None and attempt.charged >= attempt.amount
    return [outcome for outcome in Outcome if covers or outcome != Outcome.ACCEPT]


def propose(attempt_id: int, *, outcome: Outcome, author: User, reason: str) -> MismatchDecision:
    """Say what the approval is. Nothing moves yet. Raises MismatchRule when it waits for no decision."""
    try:
        with transaction.atomic():
            locked = lock_charge(attempt_id)
            if not waits(locked.attempt) or outcome not in outcomes(locked.attempt):
                raise MismatchRule
            decision = MismatchDecision.objects.create(
                attempt=locked.attempt, outcome=outcome, author=author, reason=reason
            )
            cause = f"se propone «{outcome.label}»: {reason}"
            locked.trail.record(attempt=locked.attempt, actor=trail.actor(author), cause=cause)
            return decision
    except IntegrityError as error:
        if broken_constraint(error) == "an_attempt_has_one_open_decision":
            raise MismatchRule from error
        raise


def reject(decision_id: int, *, by: User) -> MismatchDecision:
    """Anybody who may confirm says no, or the author takes it back. Raises MismatchRule when it was decided."""
    with transaction.atomic():
        locked, decision = _lock(decision_id)
        decision.rejected = True
        _decide(decision, by)
        locked.trail.record(attempt=locked.attempt, actor=trail.actor(by), cause="propuesta rechazada")
        return decision


def confirm(decision_id: int, *, by: User) -> MismatchDecision:
    """A second person agrees, and the attempt is concluded. Raises MismatchRule.

    When its dues were paid meanwhile, money that was to be accepted goes back instead.
    """
    try:
        return _confirm(decision_id, by)
    except AlreadySettled:
        return _confirm(decision_id, by, paid_elsewhere=True)


@transaction.atomic
def _confirm(decision_id: int, by: User, *, paid_elsewhere: bool = False) -> MismatchDecision:
    locked, decision = _lock(decision_id)
    attempt = locked.attempt
    if decision.author == by or not waits(attempt) or decision.outcome not in outcomes(attempt):
        raise MismatchRule
    _decide(decision, by)
    actor = trail.actor(by)
    cause = f"{decision.get_outcome_display()}: {decision.reason}"
    details = {"decision": decision.pk, "charged": str(attempt.charged)}
    paid = bool(locked.order.paid_at) or paid_elsewhere
    if decision.outcome == Outcome.DISOWN:
        charge.disown(locked, actor=actor, cause=cause, details=details)
        return decision
    if decision.outcome == Outcome.ACCEPT and not paid:
        charge.accept(locked, actor=actor, cause=cause, details=details)
    else:
        charge.accept_to_give_back(locked, actor=actor, cause=cause, details=details)
        refunds.request(attempt.pk, author=actor, reason=f"El cobro no coincide: {decision.reason}"[:200])
    _keep_excess(locked)
    return decision


def _keep_excess(locked: LockedAttempt) -> None:
    """What the gateway took above the order's total is the member's: a void gives it back too, nothing else does."""
    attempt = locked.attempt
    voided = attempt.refunds.filter(method="void").exists()
    excess = (attempt.charged or attempt.amount) - attempt.amount
    if excess > 0 and not voided:
        ledger.keep_surplus(
            locked.chosen[0].due,
            excess,
            channel=Channel.CARD,
            reference=f"{attempt.number}-exceso",
            paid_at=attempt.decided_at or timezone.now(),
            reason=f"La pasarela cobró S/ {attempt.charged:,.2f} por un pedido de S/ {attempt.amount:,.2f}",
        )


def _lock(decision_id: int) -> tuple[LockedAttempt, MismatchDecision]:
    decision = MismatchDecision.objects.select_related("author").get(pk=decision_id)
    locked = lock_charge(decision.attempt_id)
    decision.refresh_from_db(fields=["decided_at"])
    if decision.decided_at:
        raise MismatchRule
    return locked, decision


def _decide(decision: MismatchDecision, by: User) -> None:
    decision.decided_by, decision.decided_at = by, timezone.now()
    decision.save(update_fields=["decided_by", "decided_at", "rejected"])
