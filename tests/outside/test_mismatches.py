"""The gateway approves something else, or a clock is wrong: money finds its way with two people's word."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from dues import ledger
from dues.models import Surplus
from members.models import User
from members.numbers.assignments import current_member
from payments.checkout import charge, mismatches, reconcile, start
from payments.checkout.offer import Choice
from payments.exceptions import MismatchRule, PaymentInDoubt
from payments.gateway import Approved, Exchange
from payments.models import Attempt, MismatchDecision, Refund
from payments.states import AttemptState, OrderState
from simulators.niubiz.server import RunningSimulator
from staff.outside import troubles as outside
from tests.builders import client_of
from tests.payments.browser import Browser, attempt_of, text
from tests.payments.test_refunds import open_dues

pytestmark = pytest.mark.django_db(transaction=True)
Outcome = MismatchDecision.Outcome


@pytest.fixture
def doubtful(ana: User, simulator: RunningSimulator) -> Attempt:
    """Ana was asked for S/ 30.00 and the gateway approved S/ 31.00."""
    return approved(ana, simulator, "31.00")


def approved(ana: User, simulator: RunningSimulator, amount: str) -> Attempt:
    browser = Browser(ana, simulator)
    order = browser.order_of(open_dues(ana)[0])
    browser.press_pay(order)
    attempt = attempt_of(order)
    charge._begin_authorising(attempt.pk)
    answer = an_approval(attempt, amount)
    return charge.conclude(attempt.pk, answer, actor="x")


def an_approval(attempt: Attempt, amount: str) -> Approved:
    exchange = Exchange(operation="authorise", path="/", http_status=200, millis=1, request={}, response={})
    return Approved(
        purchase_number=attempt.number,
        amount=Decimal(amount),
        currency="PEN",
        decided_at=timezone.now().replace(microsecond=0),
        action_code="000",
        action_description="Aprobado",
        card="455170******8059",
        brand="visa",
        card_type="",
        eci="",
        status="Authorized",
        authorization_code="170834",
        transaction_id="1",
        signature="s",
        trace_number="1",
        transaction_date="",
        exchange=exchange,
    )


def decided(attempt: Attempt, outcome: Outcome, teresa: User, ursula: User) -> Attempt:
    decision = mismatches.propose(attempt.pk, outcome=outcome, author=teresa, reason="Carta de Niubiz del 30")
    mismatches.confirm(decision.pk, by=ursula)
    attempt.refresh_from_db()
    attempt.order.refresh_from_db()
    return attempt


def test_31_for_30_is_accepted_and_the_sol_above_is_anas(
    doubtful: Attempt, ana: User, teresa: User, ursula: User
) -> None:
    assert (doubtful.state, doubtful.charged) == (AttemptState.IN_DOUBT, Decimal("31.00"))
    attempt = decided(doubtful, Outcome.ACCEPT, teresa, ursula)
    assert (attempt.state, attempt.settles_order) == (AttemptState.APPROVED, True)
    assert attempt.order.state == OrderState.PAID
    assert len(open_dues(ana)) == 4
    assert Surplus.objects.get().amount == Decimal("1.00")


def test_31_for_30_is_given_back_whole_on_its_day(
    doubtful: Attempt, ana: User, teresa: User, ursula: User, not_at_midnight: None
) -> None:
    attempt = decided(doubtful, Outcome.GIVE_BACK, teresa, ursula)
    assert (attempt.state, attempt.settles_order) == (AttemptState.APPROVED, False)
    assert attempt.order.state == OrderState.CANCELLED
    assert len(open_dues(ana)) == 5
    refund = Refund.objects.get()
    assert (refund.method, refund.amount, Surplus.objects.count()) == ("void", Decimal("30.00"), 0)


def test_what_is_a_strangers_is_disowned_and_ana_can_pay(
    doubtful: Attempt, ana: User, teresa: User, ursula: User
) -> None:
    attempt = decided(doubtful, Outcome.DISOWN, teresa, ursula)
    assert attempt.state == AttemptState.ABSENT
    charge.conclude(attempt.pk, an_approval(attempt, "31.00"), actor="x")
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.ABSENT
    assert Refund.objects.count() == 0


def test_29_for_30_is_not_accepted_and_nobody_decides_alone(
    ana: User, simulator: RunningSimulator, teresa: User, ursula: User
) -> None:
    attempt = approved(ana, simulator, "29.00")
    with pytest.raises(MismatchRule):
        mismatches.propose(attempt.pk, outcome=Outcome.ACCEPT, author=teresa, reason="Carta de Niubiz")
    decision = mismatches.propose(attempt.pk, outcome=Outcome.DISOWN, author=teresa, reason="Carta de Niubiz")
    with pytest.raises(MismatchRule):
        mismatches.confirm(decision.pk, by=teresa)
    with pytest.raises(MismatchRule):
        mismatches.propose(attempt.pk, outcome=Outcome.DISOWN, author=ursula, reason="Carta de Niubiz")
    mismatches.reject(decision.pk, by=ursula)
    assert decided(attempt, Outcome.DISOWN, teresa, ursula).state == AttemptState.ABSENT


def test_the_desk_shows_the_way_out_and_two_people_take_it(doubtful: Attempt, teresa: User, ursula: User) -> None:
    page = text(client_of(teresa).get(f"/admin/pagos/{doubtful.order_id}/"))
    assert "Qué hacer ahora: Decidir qué es este cobro" in page
    address = f"/admin/pagos/intento/{doubtful.pk}/no-coincide/"
    assert "S/ 31.00" in text(client_of(teresa).get(address))
    client_of(teresa).post(address, {"outcome": "accept", "reason": "Carta de Niubiz"})
    decision = MismatchDecision.objects.get()
    confirming = f"/admin/pagos/no-coincide/{decision.pk}/decidir/"
    assert "debe decidirlo otra persona" in text(client_of(teresa).get(confirming))
    client_of(ursula).post(confirming, {"decision": "approve", "reason": ""})
    doubtful.refresh_from_db()
    assert doubtful.state == AttemptState.APPROVED


@pytest.mark.parametrize("minutes", [11, 300])
def test_a_fast_clock_neither_stops_a_payment_nor_stays_unseen(
    minutes: int, ana: User, simulator: RunningSimulator
) -> None:
    simulator.control.clock(-60 * minutes)
    browser = Browser(ana, simulator)
    order = browser.order_of(open_dues(ana)[0])
    browser.pay(order)
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert [trouble.key for trouble in outside.clocks(timezone.now())] == ["clock:gateway"]
    with time_machine.travel(timezone.now() + timedelta(minutes=180)):
        assert [trouble.key for trouble in outside.clocks(timezone.now())] == ["clock:database"]


def test_after_40_minutes_the_page_says_since_when_and_what_the_college_does(doubtful: Attempt, ana: User) -> None:
    address = f"/pago/{doubtful.order.ref}/"
    assert "a veces hasta 40 minutos" in text(client_of(ana).get(address))
    Attempt.objects.filter(pk=doubtful.pk).update(authorising_since=timezone.now() - timedelta(minutes=41))
    page = text(client_of(ana).get(address))
    assert "a veces hasta 40 minutos" not in page
    assert "Tesorería del Colegio ya lo ve con ella" in page
    reconcile.ask_all_due()


def test_while_one_kind_is_in_doubt_ana_pays_the_other(
    doubtful: Attempt, ana: User, simulator: RunningSimulator
) -> None:
    browser = Browser(ana, simulator)
    page = text(browser.client.get(f"/pago/{doubtful.order.ref}/"))
    assert "Puede pagar su Cuota SEMEFA , que es otro pago" in page
    chosen = browser.client.get(f"{reverse('choose')}?tipo=semefa")
    assert list(chosen.context["form"].kinds) == ["semefa"]
    member = current_member(ana)
    assert member
    order = browser.order_of(ledger.open_dues(member, kind="semefa")[0])
    browser.pay(order)
    order.refresh_from_db()
    doubtful.refresh_from_db()
    assert (order.state, doubtful.state) == (OrderState.PAID, AttemptState.IN_DOUBT)
    again = Choice(
        kind="colegiado",
        document="03",
        dues=open_dues(ana)[:1],
        email=ana.email,
        buyer_document_type=member.document_type,
        buyer_document_number=member.document_number,
        buyer_name=member.full_name,
    )
    with pytest.raises(PaymentInDoubt):
        start.start_order(user=ana, member=member, choice=again)
