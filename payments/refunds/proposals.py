"""Refunds by two people: one proposes with a reason, another approves, and only then does money start to move.

A proposal states its amount when it is made; approving compares it with what can still be given back, so that nobody
approves one sum and sends another.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from base.postgres.constraints import broken_constraint
from dues import conflicts
from members.models import User
from payments import trail
from payments.books import payouts
from payments.checkout.locks import lock_attempt
from payments.exceptions import (
    AlreadyDecided,
    AlreadyProposed,
    OperationGaveBack,
    RefundNotPossible,
    SecondPersonNeeded,
)
from payments.models import Order, OrderLine, Refund, RefundProposal
from payments.refunds import refunds, remaining
from payments.states import RefundState

Means = RefundProposal.Means


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """How money went back outside the portal: the operation's number, its day in Lima, and what shows it.

    The voucher is a scan of up to 2 MB, or nothing.
    """

    means: RefundProposal.Means
    reference: str
    given_back_on: date
    evidence: str
    voucher: bytes | None = None
    voucher_type: str = ""


def propose(
    attempt_id: int,
    *,
    author: User,
    reason: str,
    lines: Sequence[OrderLine] | None = None,
    elsewhere: Elsewhere | None = None,
) -> RefundProposal:
    """Ask for a refund of these dues, or of all that is left of the charge. No money moves yet.

    With `elsewhere`, state that the money went back outside the portal; approving sends nothing to the gateway.

    Raises RefundNotPossible when nothing, or not these dues, can be given back, AlreadyCredited when the member has had
    the money otherwise, AlreadyProposed while another waits, OperationGaveBack when that operation is recorded,
    dues.exceptions.OwnNumber for the author's own dues.
    """
    try:
        with transaction.atomic():
            order, attempt = lock_attempt(attempt_id)
            conflicts.refuse_own(author, [order.member_id])
            choice = remaining.choose(attempt, lines)
            refunds.refuse_credited(attempt, choice.lines)
            proposal = RefundProposal.objects.create(
                attempt=attempt, amount=choice.amount, reason=reason, author=author, **_stated(elsewhere)
            )
            proposal.lines.set(lines or [])
            _record(order, proposal, author, f"{_named(proposal)} propuesta: {reason}")
            return proposal
    except IntegrityError as error:
        if broken_constraint(error) == "an_attempt_has_one_open_proposal":
            raise AlreadyProposed from error
        if broken_constraint(error) == "an_operation_gives_back_once":
            raise OperationGaveBack from error
        raise


def _stated(elsewhere: Elsewhere | None) -> dict[str, Any]:
    return asdict(elsewhere) if elsewhere else {}


def _named(proposal: RefundProposal) -> str:
    if proposal.means == Means.CARD:
        return "devolución"
    return f"devolución por otro medio ({proposal.get_means_display().lower()}, {proposal.reference})"


def propose_waiver(attempt_id: int, *, author: User, reason: str) -> RefundProposal:
    """Ask to drop what refused refunds of this charge promised: the member is owed nothing any more.

    Raises RefundNotPossible when nothing is promised or the charge is disputed, AlreadyProposed while another waits.
    """
    with transaction.atomic():
        order, attempt = lock_attempt(attempt_id)
        owed = sum((line.amount for line in remaining.promised().filter(order=order)), remaining.ZERO)
        if not owed or not remaining.amount(attempt):
            raise RefundNotPossible
        if attempt.proposals.filter(decided_at=None).exists():
            raise AlreadyProposed
        proposal = RefundProposal.objects.create(
            attempt=attempt, amount=owed, reason=reason, author=author, means=Means.NONE
        )
        _record(order, proposal, author, f"propuesta de no devolver: {reason}")
        return proposal


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
        if proposal.means == Means.NONE:
            return _waive(order, proposal, by)
        lines = list(proposal.lines.all()) or None
        if remaining.choose(proposal.attempt, lines).amount != proposal.amount:
            raise RefundNotPossible
        _record(order, proposal, by, "devolución aprobada")
        proposal.refund = _give_back(order, proposal, by, lines)
        _decide(proposal, by)
        return proposal


def _give_back(order: Order, proposal: RefundProposal, by: User, lines: Sequence[OrderLine] | None) -> Refund:
    author, reason = trail.actor(by), proposal.reason
    if proposal.means == Means.CARD:
        return refunds.request(proposal.attempt_id, author=author, reason=reason, lines=lines)
    attempt = proposal.attempt
    choice = remaining.choose(attempt, lines)
    refunds.refuse_credited(attempt, choice.lines)
    refund = refunds.record_elsewhere(
        order, attempt, choice, method=Refund.Method.OTHER, author=author, reason=reason, means=_means_words(proposal)
    )
    payouts.compare_those_with(attempt)
    return refund


def _means_words(proposal: RefundProposal) -> str:
    """How and when the money went back, as the member's letter says it."""
    how = {
        Means.PANEL: "a su tarjeta",
        Means.TRANSFER: "por transferencia bancaria",
        Means.CHEQUE: "con un cheque o en efectivo",
    }
    return f"{how[Means(proposal.means)]} (operación {proposal.reference} del {proposal.given_back_on:%d/%m/%Y})"


def _waive(order: Order, proposal: RefundProposal, by: User) -> RefundProposal:
    attempt = proposal.attempt
    attempt.refunds.filter(state=RefundState.REFUSED).update(waived=True)
    attempt.staff_reason = ""
    attempt.save(update_fields=["staff_reason"])
    _record(order, proposal, by, "ya no corresponde devolver")
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
