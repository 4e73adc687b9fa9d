"""Payments that did not pass through the portal (bank, payroll, counter), written down with their evidence.

One person writes down what the paper says; the dues are paid when a second person has compared it. Neither of the two
may decide about the own dues. Up to SECOND_PERSON_ABOVE soles, nothing unless the college says so, one is enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Value
from django.utils import timezone

from base.peru.lima import noon
from base.postgres.constraints import broken_constraint
from dues import conflicts, ledger
from dues.exceptions import AlreadyReversed, DueNotOpen
from dues.models import Channel, Operation, Settlement
from members.models import Member, User
from payments import trail
from payments.exceptions import OperationRecorded, OwnPaper, OwnReversal, PaperDecided, VoucherMissing
from payments.models import OfflinePayment


@dataclass(frozen=True, kw_only=True)
class Paper:
    """What the evidence says: `paid_on` in Lima; the voucher is a scan of up to 2 MB."""

    channel: str
    reference: str
    paid_on: date
    evidence: str
    voucher: bytes
    voucher_type: str


def record(*, member: Member, due_ids: Sequence[int], paper: Paper, author: User) -> OfflinePayment:
    """Write down that these open dues of the member were paid elsewhere. A second person approves it.

    Below SECOND_PERSON_ABOVE the dues are paid at once, all or none. Raises OperationRecorded when the channel's
    operation was recorded before, by hand or by a file of the bank; VoucherMissing; dues.exceptions.DueNotOpen when one
    of the dues is no longer owed or is another member's; dues.exceptions.OwnNumber for the author's own or family's.
    """
    conflicts.refuse_own(author, [member.pk])
    if not paper.voucher:
        raise VoucherMissing
    try:
        with transaction.atomic():
            payment = _record(member, due_ids, paper, author)
            if payment.amount <= payment.second_person_above:
                _approve(payment, by=author)
            return payment
    except IntegrityError as error:
        if broken_constraint(error) == "an_operation_is_recorded_once":
            raise OperationRecorded from error
        raise


def _record(member: Member, due_ids: Sequence[int], paper: Paper, author: User) -> OfflinePayment:
    dues = [due for due in ledger.lock(due_ids) if due.member_id == member.pk]
    if not dues or len(dues) != len(set(due_ids)):
        raise DueNotOpen
    if _is_loaded(member, paper.channel, paper.reference):
        raise OperationRecorded
    amount = sum((due.amount for due in dues), Decimal("0.00"))
    limit = settings.SECOND_PERSON_ABOVE
    payment = OfflinePayment.objects.create(
        member=member, amount=amount, author=author, second_person_above=limit, **vars(paper)
    )
    payment.dues.set(dues)
    return payment


def waiting() -> "QuerySet[OfflinePayment]":
    """What no second person has decided yet, the oldest first."""
    undecided = OfflinePayment.objects.filter(decided_at=None).select_related("member", "author")
    return undecided.defer("voucher").order_by("recorded_at")


def approve(payment_id: int, *, by: User) -> OfflinePayment:
    """A second person compared the paper: the dues are paid, all or none. A card that pays one now is not charged.

    Raises OwnPaper for the author, PaperDecided, OperationRecorded when a file of the bank brought it meanwhile,
    dues.exceptions.OwnNumber, and dues.exceptions.DueNotOpen when a due is no longer owed or has another amount.
    """
    with transaction.atomic():
        payment = _lock_undecided(payment_id)
        if payment.author == by:
            raise OwnPaper
        conflicts.refuse_own(by, [payment.member_id])
        if _is_loaded(payment.member, payment.channel, payment.reference):
            raise OperationRecorded
        _approve(payment, by=by)
        return payment


def _approve(payment: OfflinePayment, *, by: User) -> None:
    asked = list(payment.dues.values_list("pk", flat=True))
    dues = ledger.lock(asked)
    if len(dues) != len(asked) or sum(due.amount for due in dues) != payment.amount:
        raise DueNotOpen
    _decide(payment, by)
    ledger.settle(
        [(due.pk, due.amount) for due in dues],
        channel=Channel(payment.channel),
        reference=payment.settlement_reference,
        paid_at=noon(payment.paid_on),
    )


def reject(payment_id: int, *, by: User, reason: str) -> OfflinePayment:
    """Whoever may approve says no, or its author takes it back: its dues stay owed. Raises PaperDecided."""
    with transaction.atomic():
        payment = _lock_undecided(payment_id)
        payment.rejection = reason
        _decide(payment, by)
        return payment


def _lock_undecided(payment_id: int) -> OfflinePayment:
    payments = OfflinePayment.objects.select_for_update(of=("self",)).select_related("author", "member")
    payment = payments.defer("voucher").get(pk=payment_id)
    if payment.decided_at:
        raise PaperDecided
    return payment


def _decide(payment: OfflinePayment, by: User) -> None:
    payment.decided_by, payment.decided_at = by, timezone.now()
    payment.save(update_fields=["decided_by", "decided_at", "rejection"])


def _is_loaded(member: Member, channel: str, reference: str) -> bool:
    """Whether a file of the bank brought this operation of the member before; a payroll's is of many members."""
    paid = Settlement.objects.standing().filter(due__member=member, channel=channel)
    same = paid.annotate(operation=Operation("reference")).filter(operation=Operation(Value(reference)))
    return same.exists()


def reverse(payment_id: int, *, author: User, reason: str) -> OfflinePayment:
    """A person other than its author takes back a payment that was recorded by mistake; its dues are owed again.

    Raises AlreadyReversed, OwnReversal when it is the author's own, PaperDecided when it never paid anything.
    """
    with transaction.atomic():
        payment = OfflinePayment.objects.select_for_update().get(pk=payment_id)
        if payment.reversed_at:
            raise AlreadyReversed
        if not payment.stands:
            raise PaperDecided
        if payment.author == author:
            raise OwnReversal
        payment.reversed_by, payment.reversed_at, payment.reversal_reason = author, timezone.now(), reason
        payment.save(update_fields=["reversed_by", "reversed_at", "reversal_reason"])
        for settlement in settlements(payment):
            ledger.reverse(settlement, author=trail.actor(author), reason=reason)
        return payment


def settlements(payment: OfflinePayment) -> list[Settlement]:
    """Returns the standing settlements of the payment, oldest month first."""
    paid = Settlement.objects.standing().filter(reference=payment.settlement_reference)
    return list(paid.select_related("due").order_by("due__period"))
