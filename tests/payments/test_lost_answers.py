"""The card may have been charged and the answer never came: ask, tell the truth, and never charge again."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from demo.mailbox import Mailbox
from dues import ledger
from dues.models import Due
from members.models import User
from members.numbers import assignments
from payments import letters
from payments.checkout import answers, charge, give_up, reconcile
from payments.exceptions import PaymentInDoubt
from payments.models import Attempt, Letter, Order
from payments.states import AttemptState, OrderState
from simulators.niubiz.server import RunningSimulator
from tests.builders import client_of
from tests.payments.browser import (
    APPROVED,
    CHARGED_BUT_ANSWER_LOST,
    NOT_CHARGED_AND_ANSWER_LOST,
    Browser,
    attempt_of,
    text,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("not_at_midnight")]


@pytest.fixture
def browser(ana: User, simulator: RunningSimulator, settings: Settings) -> Browser:
    settings.NIUBIZ_READ_TIMEOUT = 1
    return Browser(ana, simulator)


@pytest.fixture
def dues(ana: User) -> list[Due]:
    member = assignments.current_member(ana)
    assert member
    return list(ledger.open_dues(member, kind="colegiado"))


def charges(simulator: RunningSimulator) -> int:
    return sum(1 for booked in simulator.control.books()["authorisations"] if booked["action_code"] == "000")


def test_a_lost_answer_is_asked_about_and_the_dues_are_paid_once(
    browser: Browser, dues: list[Due], simulator: RunningSimulator
) -> None:
    order = browser.order_of(dues[0])
    page = browser.pay(order, CHARGED_BUT_ANSWER_LOST)
    assert "Todavía no sabemos si se cobró. No vuelva a pagar." in text(page)
    assert 'http-equiv="refresh"' in page.content.decode()
    assert attempt_of(order).state == AttemptState.IN_DOUBT

    with time_machine.travel(timezone.now() + timedelta(seconds=6)):
        assert reconcile.ask_all_due() == 1
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert charges(simulator) == 1
    assert "Su pago fue aprobado" in text(browser.client.get(reverse("order", args=[order.ref])))


def test_the_member_is_told_by_mail_when_the_outcome_is_known(
    browser: Browser, dues: list[Due], mailbox: Mailbox
) -> None:
    order = browser.order_of(dues[0], email="ana@example.com")
    browser.pay(order, CHARGED_BUT_ANSWER_LOST)
    reconcile.ask(attempt_of(order).pk)
    for _ in range(2):
        reconcile.post_letters()
    letter = Letter.objects.get()
    assert letter.sent_at
    assert [mail.recipients for mail in mailbox] == [("ana@example.com",)]
    assert "Su pago fue aprobado: se cobró S/ 30.00" in letter.body
    assert not letters.post(letter.pk)


def test_what_the_gateway_does_not_know_is_absent_only_when_it_cannot_appear_any_more(
    browser: Browser, dues: list[Due], simulator: RunningSimulator
) -> None:
    order = browser.order_of(dues[0])
    browser.pay(order, NOT_CHARGED_AND_ANSWER_LOST)
    attempt = attempt_of(order)
    for minutes, state in ((1, AttemptState.IN_DOUBT), (34, AttemptState.IN_DOUBT), (36, AttemptState.ABSENT)):
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            assert reconcile.ask(attempt.pk).state == state
    assert charges(simulator) == 0
    assert "No se cobró nada" in Letter.objects.get().body


def test_questions_come_after_5_30_120_and_600_seconds_and_then_each_15_minutes(
    browser: Browser, dues: list[Due]
) -> None:
    order = browser.order_of(dues[0])
    browser.pay(order, NOT_CHARGED_AND_ANSWER_LOST)
    for delay in (5, 30, 120, 600, 900, 900):
        attempt = attempt_of(order)
        assert attempt.next_question_at
        assert abs((attempt.next_question_at - timezone.now()).total_seconds() - delay) < 5
        reconcile.ask(attempt.pk)


def test_while_in_doubt_nothing_else_moves(browser: Browser, dues: list[Due], ana: User) -> None:
    order = browser.order_of(dues[0])
    browser.pay(order, CHARGED_BUT_ANSWER_LOST)
    with pytest.raises(PaymentInDoubt):
        give_up.cancel(order.pk, actor="prueba")
    assert (
        "estamos verificando"
        in text(browser.client.post(reverse("open_card_form", args=[order.ref]), follow=True)).lower()
    )
    assert browser.client.get(reverse("choose")).url == reverse("order", args=[order.ref])
    with time_machine.travel(timezone.now() + timedelta(hours=3)):
        assert not give_up.expire(order.pk)
        reconcile.expire_lapsed()
    order.refresh_from_db()
    assert order.state == OrderState.AWAITING_PAYMENT
    member = assignments.current_member(ana)
    assert member
    assert ledger.open_dues(member, kind="colegiado")[0].held_by == order.ref


def test_a_worker_killed_before_the_answer_leaves_a_row_that_is_asked_about(
    browser: Browser, dues: list[Due], simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = browser.order_of(dues[0])
    page = browser.press_pay(order)
    posted = browser.type_card(page)

    def killed(*args: object, **kwargs: object) -> None:
        raise SystemExit("kill -9")

    with monkeypatch.context() as patched:
        patched.setattr(charge, "conclude", killed)
        with pytest.raises(SystemExit):
            browser.finish(page, posted)
    attempt = attempt_of(order)
    assert attempt.state == AttemptState.AUTHORISING
    assert charges(simulator) == 1
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        reconcile.ask_all_due()
    assert attempt_of(order).state == AttemptState.APPROVED


@pytest.mark.parametrize("fault", ["cut_after_charge", "cut_mid_answer", "http_500_after", "garbage"])
def test_every_way_of_losing_the_answer_ends_in_one_payment(
    browser: Browser, dues: list[Due], simulator: RunningSimulator, fault: str
) -> None:
    order = browser.order_of(dues[0])
    simulator.control.fault("authorise", fault)
    browser.pay(order)
    assert attempt_of(order).state == AttemptState.IN_DOUBT
    reconcile.ask(attempt_of(order).pk)
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert charges(simulator) == 1


def test_an_approval_of_another_amount_goes_to_staff_and_holds_the_dues(
    browser: Browser, dues: list[Due], monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    order = browser.order_of(dues[0])
    with monkeypatch.context() as patched:
        patched.setattr(answers, "mismatch", lambda attempt, answer: "monto 1.00, se esperaba 30.00")
        browser.pay(order)
    attempt = attempt_of(order)
    assert attempt.state == AttemptState.IN_DOUBT
    assert "monto 1.00" in attempt.staff_reason
    assert Letter.objects.get().to == settings.TREASURY_EMAIL
    assert not dues[0].settlements.exists()


def test_a_late_approval_after_absence_still_pays_what_nobody_else_paid(
    browser: Browser, dues: list[Due], simulator: RunningSimulator
) -> None:
    order = browser.order_of(dues[0])
    browser.pay(order, CHARGED_BUT_ANSWER_LOST)
    attempt = attempt_of(order)
    simulator.control.fault("retrieve", "http_500_before", times=1)
    Attempt.objects.filter(pk=attempt.pk).update(state="absent", next_question_at=None)
    with time_machine.travel(timezone.now() + timedelta(minutes=40)):
        assert give_up.expire(order.pk)
    simulator.control.clear_faults()
    reconcile.ask(attempt.pk)
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert dues[0].settlements.get().reference == attempt.number


def test_a_retry_after_absence_pays_once_and_the_late_twin_is_given_back(
    browser: Browser, dues: list[Due], simulator: RunningSimulator
) -> None:
    order = browser.order_of(dues[0])
    browser.pay(order, CHARGED_BUT_ANSWER_LOST)
    first = attempt_of(order)
    Attempt.objects.filter(pk=first.pk).update(state="absent", next_question_at=None)
    assert "Su pago fue aprobado" in text(browser.pay(order, APPROVED))

    reconcile.ask(first.pk)
    first.refresh_from_db()
    assert first.double_payment
    reconcile.finish_refunds()
    reconcile.finish_refunds()
    first.refresh_from_db()
    assert first.state == AttemptState.VOIDED
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert dues[0].settlements.filter(reversed_at=None).count() == 1
    assert [void["purchase_number"] for void in simulator.control.books()["voids"]] == [first.number]


def test_carla_does_not_see_anas_doubt(browser: Browser, dues: list[Due], carla: User) -> None:
    order = browser.order_of(dues[0])
    browser.pay(order, CHARGED_BUT_ANSWER_LOST)
    assert client_of(carla).get(reverse("order", args=[order.ref])).status_code == 404
    assert Order.objects.filter(user=carla).count() == 0
