"""No page says that nothing was charged while a charge stands or may stand. Each of these once did."""

import itertools
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from dues import ledger
from dues.models import Channel, Due
from members.models import User
from members.numbers import assignments
from payments import views
from payments.checkout import charge, reconcile
from payments.gateway import from_settings
from payments.models import Attempt, Order
from payments.states import AttemptState, OrderState
from receipts import history
from simulators.niubiz.server import RunningSimulator
from tests.payments.browser import APPROVED, CHARGED_BUT_ANSWER_LOST, Browser, attempt_of, text

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("not_at_midnight")]

DENIALS = ("No se cobró nada", "Todavía no se ha cobrado nada", "no se le cobra nada")


@pytest.fixture
def browser(ana: User, simulator: RunningSimulator) -> Browser:
    return Browser(ana, simulator)


@pytest.fixture
def due(ana: User) -> Due:
    member = assignments.current_member(ana)
    assert member
    return ledger.open_dues(member, kind="colegiado")[0]


@pytest.fixture
def in_doubt(browser: Browser, due: Due) -> Order:
    """Ana's card was charged, and the answer was lost."""
    order = browser.order_of(due)
    browser.pay(order, CHARGED_BUT_ANSWER_LOST)
    return order


@pytest.fixture
def paid_twice(browser: Browser, due: Due, simulator: RunningSimulator) -> Attempt:
    """The answer was lost, and the bank's payment for the same due came before it was found."""
    order = browser.order_of(due)
    browser.pay(order, CHARGED_BUT_ANSWER_LOST)
    ledger.settle([(due.pk, due.amount)], channel=Channel.BANK, reference="BCO-1", paid_at=timezone.now())
    return reconcile.ask(attempt_of(order).pk)


def denies(page: str) -> bool:
    return any(denial in page for denial in DENIALS)


def test_a_charge_concluded_while_the_page_is_made(
    browser: Browser, in_doubt: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever statement it comes after: the page tells of before or of after, never that nothing was charged."""
    # The same queries one by one: between two of a pipeline this connection can do nothing else, others can.
    monkeypatch.setattr(connection, "pipeline", nullcontext)
    said: list[str] = []
    for place in itertools.count():
        concluded = ConcludedAfter(place, attempt_of(in_doubt).pk)
        with transaction.atomic(), connection.execute_wrapper(concluded):
            said.append(text(browser.client.get(reverse("order", args=[in_doubt.ref]))))
            transaction.set_rollback(True)
        if place >= concluded.seen:
            break
    assert place > 1
    assert all("Su pago fue aprobado" in page or "No vuelva a pagar" in page for page in said)
    assert not any(denies(page) for page in said)


class ConcludedAfter:
    """Concludes an attempt once so many statements were asked."""

    def __init__(self, place: int, attempt_id: int) -> None:
        self.place, self.attempt_id, self.seen = place, attempt_id, 0

    def __call__(self, execute: Any, sql: str, *told: Any) -> Any:
        found = execute(sql, *told)
        self.seen += 1
        if self.seen == self.place:
            self.seen += 1_000  # its own statements are not the page's
            reconcile.ask(self.attempt_id)
            self.seen = self.place
        return found


def test_a_charge_concluded_while_the_history_is_read(in_doubt: Order) -> None:
    read_before = Order.objects.get(pk=in_doubt.pk)
    reconcile.ask(attempt_of(in_doubt).pk)
    assert history.outcome(read_before).label == history.PAID.label


def test_back_to_the_summary_while_a_charge_is_in_doubt(browser: Browser, in_doubt: Order) -> None:
    page = text(browser.client.get(reverse("summary", args=[in_doubt.ref]), follow=True))
    assert "No vuelva a pagar" in page
    assert not denies(page)


def test_the_card_form_of_another_tab_runs_out_while_a_charge_is_in_doubt(browser: Browser, in_doubt: Order) -> None:
    page = text(browser.client.get(reverse("form_timed_out", args=[in_doubt.ref]), follow=True))
    assert "No vuelva a pagar" in page
    assert not denies(page)


def test_a_double_payment_stays_told_after_it_was_given_back(browser: Browser, paid_twice: Attempt) -> None:
    address = reverse("order", args=[paid_twice.order.ref])
    assert "Le devolveremos este cobro" in text(browser.client.get(address))
    reconcile.finish_refunds()
    paid_twice.refresh_from_db()
    assert (paid_twice.state, paid_twice.order.state) == (AttemptState.VOIDED, OrderState.CANCELLED)
    page = text(browser.client.get(address))
    assert "Ya le devolvimos S/ 30.00" in page
    assert not denies(page)


def test_a_double_payment_is_not_an_approval_to_whom_the_session_ended(paid_twice: Attempt) -> None:
    address = views.return_path(paid_twice.order, paid_twice)
    page = text(Client().get(address))
    assert "Recibimos un pago de más" in page
    reconcile.finish_refunds()
    page = text(Client().get(address))
    assert "Le devolvimos este cobro" in page
    assert not denies(page)


def test_another_accounts_return_page_says_nothing_of_a_charge_that_stands(
    browser: Browser, due: Due, carla: User
) -> None:
    order = browser.order_of(due)
    browser.pay(order)
    address = views.return_path(order, attempt_of(order))
    page = text(Browser(carla).client.get(address))
    assert "Este pago es de otra cuenta" in page
    assert not denies(page)


def test_a_form_left_open_dies_with_the_late_approval_of_an_earlier_try(
    browser: Browser, due: Due, simulator: RunningSimulator, settings: Settings
) -> None:
    """Where an order outlives the belief in absence, staff may find the first charge while a second form is open."""
    settings.ORDER_LIFE_MINUTES = 90
    order = browser.order_of(due)
    browser.pay(order, "4000000000001059")  # charged, and the gateway's own query shows it late
    first = attempt_of(order)
    simulator.control.clock(-3600)
    with time_machine.travel(timezone.now() + timedelta(minutes=36)):
        assert reconcile.ask(first.pk).state == AttemptState.ABSENT
        simulator.control.clock(0)
        page = browser.press_pay(order)
        typed = browser.type_card(page, APPROVED)
        assert reconcile.ask(first.pk).state == AttemptState.APPROVED
        answer = browser.finish(page, typed)
    assert "Su pago fue aprobado" in text(answer)
    second = attempt_of(order)
    assert second != first
    assert second.state == AttemptState.ABANDONED
    token = typed["transactionToken"]
    late = charge.authorise(second.pk, transaction_token=token, gateway=from_settings())
    assert late.state == AttemptState.ABANDONED
    charged = [row for row in simulator.control.books()["authorisations"] if row["action_code"] == "000"]
    assert len(charged) == 1
