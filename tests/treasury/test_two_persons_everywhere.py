"""Nobody decides about the own dues: not the refund, nor the way of a payment to another physician."""

import pytest
from django.utils import timezone

from dues.exceptions import OwnNumber
from members.models import Assignment, User
from payments import transfers
from payments.models import Attempt, RefundProposal, Transfer
from payments.refunds import proposals
from tests.builders import a_member

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def own(ana: User, paid: Attempt, teresa: User) -> Attempt:
    """The payment of Ana's number, which is now that of Teresa's account."""
    member = paid.order.member
    Assignment.objects.filter(user=ana).update(ended_at=timezone.now(), ended_by=ana, end_reason="Pasó a tesorería")
    Assignment.objects.create(user=teresa, member=member)
    return paid


def test_teresa_gives_herself_nothing_back(own: Attempt, teresa: User, ursula: User) -> None:
    with pytest.raises(OwnNumber):
        proposals.propose(own.pk, author=teresa, reason="Pagué por error")
    proposal = proposals.propose(own.pk, author=ursula, reason="Teresa pagó por error")
    with pytest.raises(OwnNumber):
        proposals.approve(proposal.pk, by=teresa)
    assert RefundProposal.objects.get().refund is None


def test_teresa_moves_no_payment_to_her_own_number(own: Attempt, teresa: User, ursula: User) -> None:
    with pytest.raises(OwnNumber):
        transfers.propose(own.order_id, to=a_member(), author=teresa, reason="Es de otra colegiada")
    assert not Transfer.objects.exists()
