"""Payments made outside the portal (bank, payroll, counter), recorded with their evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.utils import timezone

from base.peru.lima import noon
from base.postgres.constraints import broken_constraint
from dues import ledger
from dues.exceptions import AlreadyReversed, DueNotOpen
from dues.models import Channel, Operation, Settlement
from members.models import Member, User
from payments import trail
from payments.exceptions import OperationRecorded, OwnReversal
from payments.models import OfflinePayment


@dataclass(frozen=True, kw_only=True)
class Paper:
    """The evidence of a payment: `paid_on` is a day in Lima; `voucher` is a scan of up to 2 MB, or None."""

    channel: str
    reference: str
    paid_on: date
    evidence: str
    voucher: bytes | None = None
    voucher_type: str = ""


def record(*, member: Member, due_ids: Sequence[int], paper: Paper, author: User) -> OfflinePayment:
    """Settles these open dues of the member with an offline payment: all of them or none.

    Raises OperationRecorded if the channel's operation was recorded before, by hand or by a bank file. Raises
    dues.exceptions.DueNotOpen if a due is not open or is another member's. A due in an unfinished card payment is
    settled here, and the card is not charged.
    """
    try:
        with transaction.atomic():
            return _record(member, due_ids, paper, author)
    except IntegrityError as error:
        if broken_constraint(error) == "an_operation_is_recorded_once":
            raise OperationRecorded from error
        raise


def _record(member: Member, due_ids: Sequence[int], paper: Paper, author: User) -> OfflinePayment:
    dues = [due for due in ledger.lock(due_ids) if due.member_id == member.pk]
    if not dues or len(dues) != len(set(due_ids)):
        raise DueNotOpen
    if _is_loaded(member, paper):
        raise OperationRecorded
    payment = OfflinePayment.objects.create(
        member=member,
        channel=paper.channel,
        reference=paper.reference,
        paid_on=paper.paid_on,
        amount=sum((due.amount for due in dues), Decimal("0.00")),
        evidence=paper.evidence,
        voucher=paper.voucher,
        voucher_type=paper.voucher_type,
        author=author,
    )
    ledger.settle(
        [(due.pk, due.amount) for due in dues],
        channel=Channel(paper.channel),
        reference=payment.settlement_reference,
        paid_at=noon(paper.paid_on),
    )
    return payment


def _is_loaded(member: Member, paper: Paper) -> bool:
    """Tells whether an imported file has this operation of the member; a payroll's operation covers many members."""
    paid = Settlement.objects.standing().filter(due__member=member, channel=paper.channel)
    same = paid.annotate(operation=Operation("reference")).filter(operation=Operation(Value(paper.reference)))
    return same.exists()


def reverse(payment_id: int, *, author: User, reason: str) -> OfflinePayment:
    """Reverses a payment recorded by mistake; its dues are open again. Needs a second person.

    Raises AlreadyReversed, and OwnReversal if `author` recorded the payment.
    """
    with transaction.atomic():
        payment = OfflinePayment.objects.select_for_update().get(pk=payment_id)
        if payment.reversed_at:
            raise AlreadyReversed
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
