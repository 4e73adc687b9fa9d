"""Refunds by two people: one proposes with a reason, another approves, and only then does money start to move.

A proposal states its amount when it is made; approving compares it with what can still be given back, so that nobody
approves one sum and sends another.
"""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from base.postgres.constraints import broken_constraint
from dues import conflicts
from members.models import User
from payments import trail
from payments.checkout.locks import lock_attempt
from payments.exceptions import AlreadyDecided, AlreadyProposed, RefundNotPossible, SecondPersonNeeded
from payments.models import Order, OrderLine, RefundProposal
from payments.refunds import refunds, remaining


def propose(attempt_id: int, *, author: User, reason: str, lines: Sequence[OrderLine] | None = None) -> RefundProposal:
    """Ask for a refund of these dues, or of all that is left of the charge. No money moves yet.

    Raises RefundNotPossible when nothing, or not these dues, can be given back, AlreadyCredited when the member has had
    the money otherwise, AlreadyProposed while another waits, dues.exceptions.OwnNumber for the author's own dues.
    """
    try:
        with transaction.atomic():
            order, attempt = lock_attempt(attempt_id)
            conflicts.refuse_own(author, [order.member_id])
            choice = remaining.choose(attempt, lines)
            refunds.refuse_credited(attempt, choice.lines)
            proposal = RefundProposal.objects.create(
                attempt=attempt, amount=choice.amount, reason=reason, author=author
            )
            proposal.lines.set(lines or [])
            _record(order, proposal, author, f"devolución propuesta: {reason}")
            return proposal
    except IntegrityError as error:
        if broken_constraint(error) == "an_attempt_has_one_open_proposal":
            raise AlreadyProposed from error
        raise


def approve(proposal_id: int, *, by: User) -> RefundProposal:
    """A second person agrees; the worker sends the refund. Safe to repeat: a decided proposal is only refused.

    Raises SecondPersonNeeded, AlreadyDecided, dues.exceptions.OwnNumber for the approver's own dues, and
    RefundNotPossible when what can be given back has changed.
    """
    with transaction.atomic():
        order, proposal = _lock(proposal_id)
        if proposal.author == by:
            raise SecondPersonNeeded
        conflicts.refuse_own(by, [order.member_id])
        lines = list(proposal.lines.all()) or None
        if remaining.choose(proposal.attempt, lines).amount != proposal.amount:
            raise RefundNotPossible
        _record(order, proposal, by, "devolución aprobada")
        proposal.refund = refunds.request(
            proposal.attempt_id, author=trail.actor(by), reason=proposal.reason, lines=lines
        )
        _decide(proposal, by)
        return proposal


def reject(proposal_id: int, *, by: User, reason: str) -> RefundProposal:
    """Whoever may approve says no, or its author takes it back. Raises AlreadyDecided."""
    with transaction.atomic():
        order, proposal = _lock(proposal_id)
        proposal.rejection = reason
        _decide(proposal, by)
        _record(order, proposal, by, f"devolución rechazada: {reason}")
        return proposal


def _lock(proposal_id: int) -> tuple[Order, RefundProposal]:
    proposal = RefundProposal.objects.select_related("author").get(pk=proposal_id)
    order, attempt = lock_attempt(proposal.attempt_id)
    proposal.refresh_from_db(fields=["decided_at"])
    if proposal.decided_at:
        raise AlreadyDecided
    proposal.attempt = attempt
    return order, proposal


def _decide(proposal: RefundProposal, by: User) -> None:
    proposal.decided_by, proposal.decided_at = by, timezone.now()
    proposal.save(update_fields=["decided_by", "decided_at", "rejection", "refund"])


def _record(order: Order, proposal: RefundProposal, by: User, cause: str) -> None:
    details = {"proposal": proposal.pk, "amount": str(proposal.amount)}
    trail.record(order, attempt=proposal.attempt, actor=trail.actor(by), cause=cause, details=details)
