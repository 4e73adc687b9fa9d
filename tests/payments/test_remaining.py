"""What may still go back of a charge: one rule, whoever asks."""

from decimal import Decimal

import pytest
from django.utils import timezone

from payments.exceptions import RefundNotPossible
from payments.models import Attempt, OrderLine, Refund, RefundLine, RefundProposal
from payments.refunds import remaining
from payments.refunds.remaining import Obstacle
from payments.states import AttemptState, OrderState, RefundState
from tests.builders import a_due, a_member, a_user, an_order, month
from tests.treasury.payments_of import a_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def charge(db: None) -> Attempt:
    """Three dues of S/ 30.00, paid by one charge."""
    member = a_member()
    dues = [a_due(member, period=month(back)) for back in (3, 5, 4)]
    order = an_order(a_user(member), *dues, state=OrderState.PAID, paid_at=timezone.now())
    attempt = Attempt(order=order, amount=order.total, state=AttemptState.APPROVED, environment="simulator")
    attempt.merchant_id, attempt.settles_order = "100000001", True
    attempt.save()
    return attempt


def lines_of(attempt: Attempt) -> list[OrderLine]:
    return list(attempt.order.lines.order_by("period"))


def a_refund(attempt: Attempt, *lines: OrderLine, state: str = RefundState.DONE) -> Refund:
    """A refund of these lines, as its row stands."""
    amount = sum((line.amount for line in lines), Decimal("0.00"))
    refund = Refund.objects.create(
        attempt=attempt, method="refund", amount=amount, reason="x", author="reloj", state=state
    )
    RefundLine.objects.bulk_create(RefundLine(refund=refund, line=line) for line in lines)
    attempt.given_back += amount
    return refund


def test_all_of_an_untouched_charge_may_go_back_oldest_first(charge: Attempt) -> None:
    assert remaining.amount(charge) == Decimal("90.00")
    assert [line.period for line in remaining.lines(charge)] == [month(5), month(4), month(3)]
    choice = remaining.choose(charge, None)
    assert (choice.amount, choice.lines) == (Decimal("90.00"), lines_of(charge))


def test_a_line_goes_back_once_and_the_others_still_may(charge: Attempt) -> None:
    oldest, *others = lines_of(charge)
    a_refund(charge, oldest)
    assert remaining.amount(charge) == Decimal("60.00")
    assert list(remaining.lines(charge)) == others
    assert [line.given_back for line in remaining.all_lines(charge.order)] == [True, False, False]  # type: ignore[attr-defined]
    assert remaining.choose(charge, [others[1]]).amount == Decimal("30.00")
    with pytest.raises(RefundNotPossible):
        remaining.choose(charge, [oldest, others[0]])


@pytest.mark.parametrize("state", [RefundState.REQUESTED, RefundState.SENDING, RefundState.IN_DOUBT])
def test_nothing_more_goes_back_while_a_refund_is_under_way(charge: Attempt, state: str) -> None:
    refund = Refund(attempt=charge, state=state)
    assert remaining.obstacle(charge, refunds=[refund]) == Obstacle.REFUND_UNDER_WAY


@pytest.mark.parametrize("state", [RefundState.DONE, RefundState.REFUSED])
def test_a_refund_that_ended_is_no_obstacle(charge: Attempt, state: str) -> None:
    assert remaining.obstacle(charge, refunds=[Refund(attempt=charge, state=state)]) is None


@pytest.mark.parametrize("state", [state for state in AttemptState if state != AttemptState.APPROVED])
def test_only_an_approval_is_given_back(state: str) -> None:
    attempt = Attempt(state=state, amount=Decimal("30.00"))
    assert remaining.obstacle(attempt, refunds=[]) == Obstacle.NOT_CHARGED


def test_a_proposal_that_waits_is_an_obstacle_to_others_and_not_to_itself(charge: Attempt) -> None:
    proposal = RefundProposal(attempt=charge)
    assert remaining.obstacle(charge, refunds=[], proposals=[proposal]) == Obstacle.PROPOSAL_WAITS
    assert remaining.obstacle(charge, refunds=[]) is None


def test_nothing_is_left_of_a_charge_that_went_back(charge: Attempt) -> None:
    charge.given_back = charge.amount
    assert remaining.obstacle(charge, refunds=[]) == Obstacle.NOTHING_LEFT
    assert remaining.amount(charge) == 0
    with pytest.raises(RefundNotPossible):
        remaining.choose(charge, None)


@pytest.mark.parametrize("twice", [True, False])
def test_no_lines_and_one_line_twice_are_refused(charge: Attempt, twice: bool) -> None:
    with pytest.raises(RefundNotPossible):
        remaining.choose(charge, lines_of(charge)[:1] * 2 if twice else [])


def test_lines_of_another_order_are_refused(charge: Attempt) -> None:
    another = a_payment()
    with pytest.raises(RefundNotPossible):
        remaining.choose(charge, lines_of(another))


def test_a_double_payment_goes_back_whole_and_reopens_no_due() -> None:
    double = a_payment(state="approved", settles_order=False, next_question_at=None)
    choice = remaining.choose(double, None)
    assert (choice.amount, choice.lines) == (Decimal("30.00"), [])
    assert not remaining.lines(double).exists()
    with pytest.raises(RefundNotPossible):
        remaining.choose(double, lines_of(double))
