"""Ana picks PagoEfectivo in the gateway's form, which the portal does not accept: nothing is charged or lost."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from dues import ledger
from members import actors
from members.models import User
from members.numbers import assignments
from payments.checkout import give_up
from payments.models import Letter
from payments.states import AttemptState, OrderState
from payments.ways.pagoefectivo import CashReturn, read_return
from simulators.niubiz.server import RunningSimulator
from tests.payments.browser import Browser, CardPage, attempt_of, text

pytestmark = pytest.mark.django_db(transaction=True)

CODE = {
    "transactionToken": "20418337",
    "channel": "pagoefectivo",
    "customerEmail": "ana@example.com",
    "url": "https://pagoefectivo.invalid/20418337",
}


def ana_returns(browser: Browser, order: Any, posted: dict[str, str]) -> tuple[HttpResponse, str]:
    """Opens the form and posts this to its return; gives the answer and the return's path."""
    form = browser.client.post(reverse("open_card_form", args=[order.ref]), follow=True)
    action = CardPage.of(form).action
    return browser.client.post(action, posted), action


@pytest.fixture
def browser(ana: User, simulator: RunningSimulator) -> Browser:
    return Browser(ana, simulator)


def an_order(browser: Browser, ana: User) -> Any:
    member = assignments.current_member(ana)
    assert member
    return browser.order_of(next(iter(ledger.open_dues(member, kind="colegiado"))))


def test_a_code_is_never_authorised_and_ana_is_told_not_to_pay_it(
    ana: User, browser: Browser, simulator: RunningSimulator
) -> None:
    order = an_order(browser, ana)
    answer, _ = ana_returns(browser, order, CODE)
    page = text(answer)
    assert "No se cobró nada." in page
    assert "no lo pague" in page
    assert "pagoefectivo.invalid" not in answer.content.decode()
    assert simulator.control.books()["authorisations"] == []

    attempt = attempt_of(order)
    order.refresh_from_db()
    assert (attempt.state, order.state) == (AttemptState.ABANDONED, OrderState.AWAITING_PAYMENT)
    assert attempt.events.latest("sequence").details["cip"] == "20418337"
    to_ana, to_staff = Letter.objects.order_by("pk")
    assert to_ana.to == order.email
    assert "20418337" in to_ana.body
    assert "20418337" in to_staff.body


def test_a_reload_writes_nothing_more(ana: User, browser: Browser) -> None:
    order = an_order(browser, ana)
    _, action = ana_returns(browser, order, CODE)
    events, letters = order.events.count(), Letter.objects.count()
    assert "No se cobró nada." in text(browser.client.post(action, CODE))
    assert (order.events.count(), Letter.objects.count()) == (events, letters)


def test_ana_pays_the_same_order_by_card_afterwards(ana: User, browser: Browser, simulator: RunningSimulator) -> None:
    order = an_order(browser, ana)
    ana_returns(browser, order, CODE)
    first = attempt_of(order)
    browser.pay(order)
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    paid = order.attempts.get(state=AttemptState.APPROVED)
    assert paid.number != first.number
    assert [b["purchase_number"] for b in simulator.control.books()["authorisations"]] == [paid.number]


def test_the_page_says_the_same_when_her_session_ended(ana: User, browser: Browser) -> None:
    order = an_order(browser, ana)
    form = browser.client.post(reverse("open_card_form", args=[order.ref]), follow=True)
    answer = Client().post(CardPage.of(form).action, CODE)
    assert "No se cobró nada." in text(answer)
    assert attempt_of(order).state == AttemptState.ABANDONED


def test_a_code_posted_to_a_paid_attempt_does_not_say_that_nothing_was_charged(ana: User, browser: Browser) -> None:
    order = an_order(browser, ana)
    form = browser.press_pay(order)
    browser.finish(form, browser.type_card(form))
    page = text(browser.finish(form, CODE))
    assert "No se cobró nada" not in page
    assert "Monto pagado" in page
    assert attempt_of(order).state == AttemptState.APPROVED
    to_staff = Letter.objects.get(body__contains="20418337")
    assert to_staff.to != order.email


def test_the_first_return_posted_again_after_she_paid_by_card_leads_to_what_she_paid(
    ana: User, browser: Browser
) -> None:
    order = an_order(browser, ana)
    _, action = ana_returns(browser, order, CODE)
    browser.pay(order)
    assert "Monto pagado" in text(browser.client.post(action, CODE, follow=True))


def test_a_code_that_comes_after_she_cancelled_is_still_recorded(ana: User, browser: Browser) -> None:
    order = an_order(browser, ana)
    form = browser.press_pay(order)
    give_up.cancel(order.pk, actor=actors.actor(ana))
    assert "No se cobró nada." in text(browser.finish(form, CODE))
    assert attempt_of(order).events.latest("sequence").details["cip"] == "20418337"
    assert Letter.objects.filter(body__contains="20418337").count() == 2


@pytest.mark.parametrize(
    ("posted", "cash"),
    [
        (CODE, CashReturn("20418337")),
        ({"transactionToken": "20418337", "channel": "web"}, CashReturn("20418337")),
        ({"transactionToken": "2041833", "channel": " PagoEfectivo "}, CashReturn("")),
        ({"transactionToken": "<script>", "channel": "pagoefectivo"}, CashReturn("")),
        ({"transactionToken": "٢٠٤١٨٣٣٧", "channel": "pagoefectivo"}, CashReturn("")),
        ({"transactionToken": "A" * 32, "channel": "web"}, None),
        ({"transactionToken": "1" * 32}, None),
        ({}, None),
    ],
)
def test_what_the_browser_posts_is_read_strictly(posted: dict[str, str], cash: CashReturn | None) -> None:
    assert read_return(posted) == cash
