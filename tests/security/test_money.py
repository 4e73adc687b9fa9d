"""Attacks on the money: late answers, old prices and rows that break, tried where two processes meet."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from unittest import mock

import pgtrigger
import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from dues import ledger
from dues.models import Due, Settlement
from members.models import User
from members.numbers import assignments
from payments.checkout import charge, give_up, reconcile
from payments.forms import ChoiceForm
from payments.gateway import Niubiz, from_settings
from payments.models import Attempt, Letter, Order, OrderLine
from payments.refunds import refunds
from payments.states import AttemptState, OrderState, RefundState
from simulators.niubiz.server import RunningSimulator
from tests.builders import a_due, a_user, an_ended_assignment, an_exemption
from tests.payments.browser import CHARGED_BUT_ANSWER_LOST, Browser, attempt_of, text

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("not_at_midnight")]


@pytest.fixture
def browser(ana: User, simulator: RunningSimulator) -> Browser:
    return Browser(ana, simulator)


@pytest.fixture
def dues(ana: User) -> list[Due]:
    member = assignments.current_member(ana)
    assert member
    return list(ledger.open_dues(member, kind="colegiado"))


def believed_absent(browser: Browser, due: Due) -> Attempt:
    """A charge whose answer was lost and of which the gateway's books knew nothing for far too long."""
    order = browser.order_of(due)
    browser.pay(order, CHARGED_BUT_ANSWER_LOST)
    attempt = attempt_of(order)
    assert attempt.state == AttemptState.IN_DOUBT
    long_ago = timezone.now() - charge.ABSENT_AFTER - timedelta(minutes=1)
    Attempt.objects.filter(pk=attempt.pk).update(authorising_since=long_ago)
    unheard_of = from_settings().retrieve(purchase_number="999999998")
    return charge.conclude(attempt.pk, unheard_of, actor="conciliación")


# --- Money that shows up after everybody gave it up


def test_money_that_shows_up_after_its_order_was_paid_and_given_back_is_recorded_as_paid_too_much(
    browser: Browser, dues: list[Due]
) -> None:
    lost = believed_absent(browser, dues[0])
    order = lost.order
    browser.pay(order)
    paid = attempt_of(order)
    refunds.send(refunds.request(paid.pk, author="personal:1", reason="Pidió devolución").pk)

    found = reconcile.ask(lost.pk)

    assert (found.state, found.settles_order) == (AttemptState.APPROVED, False)
    assert Letter.objects.filter(key=f"double:{lost.pk}").exists()
    assert ledger.open_dues(order.member, kind="colegiado").contains(dues[0])


def test_a_member_who_was_told_that_nothing_was_charged_is_told_when_it_was_after_all(
    browser: Browser, dues: list[Due]
) -> None:
    lost = believed_absent(browser, dues[0])
    assert "No se cobró nada" in Letter.objects.get().body

    reconcile.ask(lost.pk)

    assert "Su pago fue aprobado" in Letter.objects.latest("pk").body
    lost.order.refresh_from_db()
    assert lost.order.state == OrderState.PAID


# --- One bad row


def test_one_charge_that_cannot_be_asked_about_does_not_keep_the_others_waiting(
    browser: Browser, dues: list[Due], bruno: User, simulator: RunningSimulator
) -> None:
    member = assignments.current_member(bruno)
    assert member
    other = Browser(bruno, simulator)
    orders = [browser.order_of(dues[0]), other.order_of(a_due(member, "semefa"))]
    browser.pay(orders[0], CHARGED_BUT_ANSWER_LOST)
    other.pay(orders[1], CHARGED_BUT_ANSWER_LOST)
    bad, good = attempt_of(orders[0]), attempt_of(orders[1])
    Attempt.objects.update(next_question_at=timezone.now() - timedelta(minutes=1))
    Attempt.objects.filter(pk=bad.pk).update(next_question_at=timezone.now() - timedelta(minutes=2))
    retrieve = Niubiz.retrieve

    def breaks_for_the_first(self: Niubiz, *, purchase_number: str) -> object:
        if purchase_number == bad.number:
            raise RuntimeError("a row nobody expected")
        return retrieve(self, purchase_number=purchase_number)

    with mock.patch.object(Niubiz, "retrieve", breaks_for_the_first), pytest.raises(ExceptionGroup):
        reconcile.sweep()

    good.refresh_from_db()
    assert good.state == AttemptState.APPROVED


def test_one_letter_that_no_server_takes_does_not_keep_the_others_back(
    ana: User, browser: Browser, dues: list[Due]
) -> None:
    refused, taken = (Letter.objects.create(key=key, to=f"{key}@example.com", subject=key, body=key) for key in "ab")

    def refuse_the_first(message: object) -> int:
        if message.to == [refused.to]:  # type: ignore[attr-defined]
            raise OSError("550 no such mailbox")
        return 1

    with mock.patch("payments.letters.PortalMail.send", refuse_the_first):
        reconcile.sweep()

    taken.refresh_from_db()
    refused.refresh_from_db()
    assert taken.sent_at
    assert (refused.state, refused.attempts) == ("queued", 1)


# --- Prices


def test_an_order_states_the_amount_that_the_due_has_when_it_is_held_not_the_one_the_page_was_made_with(
    ana: User, browser: Browser, dues: list[Due]
) -> None:
    form_is_valid = ChoiceForm.is_valid

    def an_import_comes_in_between(form: ChoiceForm) -> bool:
        valid = form_is_valid(form)
        Due.objects.filter(pk=dues[0].pk).update(amount=Decimal("35.00"))
        return valid

    with mock.patch.object(ChoiceForm, "is_valid", an_import_comes_in_between):
        order = browser.order_of(dues[0])

    assert (order.total, OrderLine.objects.get().amount) == (Decimal("35.00"), Decimal("35.00"))


def test_a_due_whose_amount_changed_after_it_was_chosen_is_not_charged_at_the_old_one(
    browser: Browser, dues: list[Due], simulator: RunningSimulator
) -> None:
    order = browser.order_of(dues[0])
    page = browser.press_pay(order)
    posted = browser.type_card(page)
    with pgtrigger.ignore("dues.Due:a_due_being_paid_keeps_its_amount"):  # the database refuses it first
        Due.objects.filter(pk=dues[0].pk).update(amount=Decimal("35.00"))

    answer = text(browser.finish(page, posted))

    assert "No se cobró nada" in answer
    assert simulator.control.books()["authorisations"] == []


# --- Changes while the card is typed or charged


def test_a_due_freed_while_its_charge_was_under_way_is_paid_and_staff_are_told(
    browser: Browser, dues: list[Due]
) -> None:
    order = browser.order_of(dues[0])
    page = browser.press_pay(order)
    posted = browser.type_card(page)
    charge = Niubiz.authorise

    def freed_meanwhile(self: Niubiz, **what: object) -> object:
        an_exemption(order.member, dues[0])
        return charge(self, **what)  # type: ignore[arg-type]

    with mock.patch.object(Niubiz, "authorise", freed_meanwhile):
        browser.finish(page, posted)

    assert Settlement.objects.get(due=dues[0]).reference == attempt_of(order).number
    told = Letter.objects.get(key__startswith=f"review:{attempt_of(order).pk}")
    assert "exonera" in told.body


def test_an_account_that_was_blocked_while_the_card_was_typed_charges_nothing(
    ana: User, browser: Browser, dues: list[Due], simulator: RunningSimulator
) -> None:
    order = browser.order_of(dues[0])
    page = browser.press_pay(order)
    posted = browser.type_card(page)
    User.objects.filter(pk=ana.pk).update(is_active=False)

    browser.finish(page, posted)

    assert simulator.control.books()["authorisations"] == []
    assert attempt_of(order).state == AttemptState.ABANDONED


def test_a_charge_is_asked_about_where_it_was_made_after_the_merchant_code_has_changed(
    browser: Browser, dues: list[Due], settings: Settings
) -> None:
    order = browser.order_of(dues[0])
    browser.pay(order, CHARGED_BUT_ANSWER_LOST)
    settings.NIUBIZ_MERCHANT_ID = "200000002"

    assert reconcile.ask(attempt_of(order).pk).state == AttemptState.APPROVED


def test_two_accounts_cannot_pay_the_same_due_however_the_assignment_is_corrected_in_between(
    ana: User, browser: Browser, dues: list[Due], simulator: RunningSimulator
) -> None:
    """The webmaster moves the CMP to its real owner while a form of the wrong account is open."""
    order = browser.order_of(dues[0])
    page = browser.press_pay(order)
    posted = browser.type_card(page)
    an_ended_assignment(ana)
    owner = a_user(email="duena@example.com")
    owner.assignments.create(member=order.member)

    refused = Browser(owner, simulator).choose(dues[0])
    assert refused.status_code == 200
    assert "No se cobró nada" in text(browser.finish(page, posted))
    Browser(owner, simulator).pay(Browser(owner, simulator).order_of(dues[0]))

    assert len(simulator.control.books()["authorisations"]) == 1
    assert Settlement.objects.get(due=dues[0]).reference == attempt_of(Order.objects.latest("pk")).number


# --- Refunds against late answers


def test_an_approval_that_is_read_again_after_the_refund_changes_nothing(browser: Browser, dues: list[Due]) -> None:
    order = browser.order_of(dues[0])
    browser.pay(order)
    attempt = attempt_of(order)
    answer = from_settings().retrieve(purchase_number=attempt.number)
    refund = refunds.send(refunds.request(attempt.pk, author="personal:1", reason="Pidió devolución").pk)

    charge.conclude(attempt.pk, answer, actor="conciliación")

    attempt.refresh_from_db()
    assert (refund.state, attempt.state) == (RefundState.DONE, AttemptState.VOIDED)
    assert not Settlement.objects.filter(due=dues[0], reversed_at=None).exists()


def test_an_approval_of_another_amount_or_number_pays_nothing(browser: Browser, dues: list[Due]) -> None:
    order = browser.order_of(dues[0])
    browser.pay(order, CHARGED_BUT_ANSWER_LOST)
    attempt = attempt_of(order)
    answer = from_settings().retrieve(purchase_number=attempt.number)
    for wrong in (
        replace(answer, amount=Decimal("0.30")),
        replace(answer, amount=None),
        replace(answer, currency="USD"),
        replace(answer, currency=None),
        replace(answer, purchase_number="999999999"),
        replace(answer, purchase_number=None),
        replace(answer, decided_at=timezone.now() - timedelta(days=1)),
    ):
        charge.conclude(attempt.pk, wrong, actor="conciliación")
        attempt.refresh_from_db()
        assert attempt.state == AttemptState.IN_DOUBT
        assert attempt.staff_reason
    assert not Settlement.objects.filter(due=dues[0], reversed_at=None).exists()


def test_an_order_in_doubt_outlives_its_half_hour_and_every_wish_to_be_rid_of_it(
    browser: Browser, dues: list[Due]
) -> None:
    order = browser.order_of(dues[0])
    browser.pay(order, CHARGED_BUT_ANSWER_LOST)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert not give_up.expire(order.pk)
        browser.client.post(reverse("cancel_order", args=[order.ref]))
        browser.choose(dues[0])
    order.refresh_from_db()
    assert order.state == OrderState.AWAITING_PAYMENT
    assert not ledger.open_dues(order.member).filter(pk=dues[0].pk, holds=None).exists()
