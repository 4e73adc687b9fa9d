"""Money goes back once, never more than was charged, and its dues are open again."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from dues import ledger
from dues.models import Due
from members.models import User
from members.numbers import assignments
from payments.checkout import reconcile
from payments.exceptions import RefundNotPossible
from payments.gateway import from_settings
from payments.models import Attempt, Letter, Order, Refund
from payments.refunds import refunds
from payments.states import AttemptState, OrderState, RefundState
from simulators.niubiz.server import RunningSimulator
from tests.payments.browser import NO_FUNDS, Browser, attempt_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("not_at_midnight")]


@pytest.fixture
def paid(ana: User, simulator: RunningSimulator) -> Attempt:
    """Ana paid her three oldest dues, S/ 90.00."""
    browser = Browser(ana, simulator)
    order = browser.order_of(*open_dues(ana)[:3])
    browser.pay(order)
    return attempt_of(order)


def open_dues(user: User) -> list[Due]:
    member = assignments.current_member(user)
    assert member
    return list(ledger.open_dues(member, kind="colegiado"))


def give_back(attempt: Attempt, **what: object) -> Refund:
    return refunds.send(refunds.request(attempt.pk, author="personal:1", reason="Pidió devolución", **what).pk)  # type: ignore[arg-type]


def test_the_same_day_a_whole_charge_is_voided(paid: Attempt, ana: User, simulator: RunningSimulator) -> None:
    refund = give_back(paid)
    assert (refund.method, refund.state) == (Refund.Method.VOID, RefundState.DONE)
    paid.refresh_from_db()
    assert (paid.state, paid.order.state) == (AttemptState.VOIDED, OrderState.REFUNDED)
    assert len(open_dues(ana)) == 5
    assert len(simulator.control.books()["voids"]) == 1
    assert "Devolvimos S/ 90.00" in Letter.objects.get(key=f"refund:{refund.pk}").body


def test_one_due_is_refunded_and_open_again_while_the_others_stay_paid(
    paid: Attempt, ana: User, simulator: RunningSimulator
) -> None:
    newest = paid.order.lines.order_by("period").last()
    assert newest
    simulator.control.clock(24 * 3600)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        refund = give_back(paid, lines=[newest])
        assert (refund.method, refund.amount, refund.state) == (Refund.Method.REFUND, newest.amount, RefundState.DONE)
        paid.refresh_from_db()
        assert (paid.state, paid.order.state) == (AttemptState.APPROVED, OrderState.PARTLY_REFUNDED)
        assert newest.due in open_dues(ana)
        assert len(open_dues(ana)) == 3

        with pytest.raises(RefundNotPossible):
            give_back(paid, lines=[newest])
        rest = give_back(paid)
    assert rest.amount == paid.amount - newest.amount
    paid.refresh_from_db()
    assert (paid.state, paid.order.state) == (AttemptState.REFUNDED, OrderState.REFUNDED)


def test_a_denied_charge_cannot_be_given_back(ana: User, simulator: RunningSimulator) -> None:
    browser = Browser(ana, simulator)
    order = browser.order_of(open_dues(ana)[0])
    browser.pay(order, NO_FUNDS)
    with pytest.raises(RefundNotPossible):
        give_back(attempt_of(order))


def test_a_void_whose_answer_was_lost_is_asked_about_and_done_once(paid: Attempt, simulator: RunningSimulator) -> None:
    simulator.control.fault("void", "cut_after_charge")
    refund = give_back(paid)
    assert refund.state == RefundState.IN_DOUBT
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        reconcile.finish_refunds()
    refund.refresh_from_db()
    assert refund.state == RefundState.DONE
    assert len(simulator.control.books()["voids"]) == 1


def test_a_void_that_never_arrived_is_sent_again(paid: Attempt, simulator: RunningSimulator) -> None:
    simulator.control.fault("void", "cut_before")
    refund = give_back(paid)
    assert refund.state == RefundState.IN_DOUBT
    assert refunds.ask(refund.pk).state == RefundState.REQUESTED
    reconcile.finish_refunds()
    refund.refresh_from_db()
    assert refund.state == RefundState.DONE


def test_a_refund_in_doubt_is_never_sent_again_and_waits_for_staff(paid: Attempt, simulator: RunningSimulator) -> None:
    simulator.control.clock(24 * 3600)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        from_settings().retrieve(purchase_number=paid.number)  # so that the day's access token is not what is cut
        simulator.control.fault("refund", "cut_after_charge")
        refund = give_back(paid)
        assert refund.state == RefundState.IN_DOUBT
        with time_machine.travel(timezone.now() + timedelta(hours=2)):
            reconcile.finish_refunds()
        refund.refresh_from_db()
        assert refund.state == RefundState.IN_DOUBT
        assert len(simulator.control.books()["refunds"]) == 1
        assert Letter.objects.filter(key__startswith=f"review:{paid.pk}").count() == 1
        refunds.settle_doubt(refund.pk, came_through=True, actor="personal:1")
    refund.refresh_from_db()
    assert refund.state == RefundState.DONE


def test_a_refused_refund_gives_its_amount_free_again_and_tells_staff(
    paid: Attempt, simulator: RunningSimulator
) -> None:
    refund = refunds.request(paid.pk, author="personal:1", reason="Pidió devolución")
    simulator.control.clock(24 * 3600)  # at the gateway it is tomorrow: too late to void
    refund = refunds.send(refund.pk)
    assert refund.state == RefundState.REFUSED
    paid.refresh_from_db()
    assert paid.given_back == 0
    assert "falta devolver" in paid.staff_reason
    assert Order.objects.get(pk=paid.order_id).state == OrderState.PAID
