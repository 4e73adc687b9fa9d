"""Each decision of the desk as its button carries it out, for `consequences.rehearse`."""

from dues import acts
from dues.models import ActProposal
from members.models import Member, User
from payments import file_reversals, offline
from payments.checkout import mismatches
from payments.models import Chargeback, FileReversal, MismatchDecision, OfflinePayment, RefundProposal
from payments.refunds import chargebacks, proposals, refunds
from staff.decisions.consequences import MOST_MEMBERS, Consequences, rehearse


def refund(proposal: RefundProposal, *, by: User) -> Consequences:
    """What approving a refund leads to, once the gateway accepts it."""

    def act() -> None:
        approved = proposals.approve(proposal.pk, by=by)
        if approved.refund and approved.means == RefundProposal.Means.CARD:
            refunds.accept_unsent(approved.refund.pk)

    return rehearse(act, members=[proposal.attempt.order.member])


def chargeback(case: Chargeback, *, by: User) -> Consequences:
    """What confirming the proposed end leads to."""
    return rehearse(lambda: chargebacks.confirm_end(case.pk, by=by), members=[case.attempt.order.member])


def mismatch(decision: MismatchDecision, *, by: User) -> Consequences:
    """What confirming that an approval is this leads to."""
    return rehearse(lambda: mismatches.confirm(decision.pk, by=by), members=[decision.attempt.order.member])


def offline_payment(payment: OfflinePayment, *, by: User) -> Consequences:
    """What approving a payment recorded by hand leads to."""
    return rehearse(lambda: offline.approve(payment.pk, by=by), members=[payment.member])


def offline_reversal(payment: OfflinePayment, *, by: User) -> Consequences:
    """What taking back a payment recorded by hand leads to."""
    reason = "Vista previa"
    return rehearse(lambda: offline.reverse(payment.pk, author=by, reason=reason), members=[payment.member])


def act(proposal: ActProposal, *, by: User) -> Consequences:
    """What approving an exemption or a write-off leads to."""
    return rehearse(lambda: acts.approve(proposal.pk, by=by), members=[proposal.member])


def file_reversal(reversal: FileReversal, *, by: User) -> Consequences | None:
    """What confirming a reversal leads to; None for a load of more than MOST_MEMBERS members."""
    members = _members_of(reversal)
    if len(members) > MOST_MEMBERS:
        return None
    return rehearse(lambda: file_reversals.confirm(reversal.pk, by=by), members=members)


def _members_of(reversal: FileReversal) -> list[Member]:
    """The members whose dues it reopens, by CMP; at most one more than are shown."""
    if reversal.settlement:
        return [reversal.settlement.due.member]
    if reversal.load is None:
        return []
    paid = file_reversals.settlements_of(reversal.load).values("due__member")
    return list(Member.objects.filter(pk__in=paid).order_by("cmp_number")[: MOST_MEMBERS + 1])
