"""Two tabs, two devices, Back, reload, double click, replays: each has its answer and none charges twice."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from dues import ledger
from dues.models import Due, Settlement
from members.models import User
from members.numbers import assignments
from payments import number_changes
from payments.checkout import give_up, reconcile
from payments.exceptions import NotYourNumber
from payments.gateway import FormSession, Niubiz
from payments.models import Attempt, Order
from payments.states import AttemptState, OrderState
from simulators.niubiz.server import RunningSimulator
from tests.builders import a_member, a_settlement, client_of, hold
from tests.payments.browser import Browser, attempt_of, text

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("not_at_midnight")]


@pytest.fixture
def browser(ana: User, simulator: RunningSimulator) -> Browser:
    return Browser(ana, simulator)


@pytest.fixture
def dues(ana: User) -> list[Due]:
    member = assignments.current_member(ana)
    assert member
    return list(ledger.open_dues(member, kind="colegiado"))


def charged(simulator: RunningSimulator) -> int:
    return len(simulator.control.books()["authorisations"])


def test_a_replayed_return_reads_and_never_charges_again(
    browser: Browser, dues: list[Due], simulator: RunningSimulator
) -> None:
    order = browser.order_of(dues[0])
    page = browser.press_pay(order)
    posted = browser.type_card(page)
    for _ in range(3):
        assert "Su pago fue aprobado" in text(browser.finish(page, posted))
    assert charged(simulator) == 1
    assert Settlement.objects.filter(due=dues[0]).count() == 1


def test_reloading_the_return_address_shows_the_outcome(browser: Browser, dues: list[Due]) -> None:
    order = browser.order_of(dues[0])
    page = browser.press_pay(order)
    browser.finish(page, browser.type_card(page))
    assert "Su pago fue aprobado" in text(browser.client.get(page.action, follow=True))


def test_two_tabs_of_one_order_share_one_attempt_and_the_second_card_is_not_charged(
    browser: Browser, dues: list[Due], simulator: RunningSimulator
) -> None:
    order = browser.order_of(dues[0])
    one, two = browser.press_pay(order), browser.press_pay(order)
    assert one.purchase_number == two.purchase_number
    first, second = browser.type_card(one), browser.type_card(two)
    browser.finish(one, first)
    assert "Su pago fue aprobado" in text(browser.finish(two, second))
    assert charged(simulator) == 1


def test_an_order_cancelled_while_its_form_was_being_opened_gets_none(
    browser: Browser, dues: list[Due], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = browser.order_of(dues[0])
    opening = Niubiz.open_session

    def cancelled_meanwhile(*asked: Any, **told: Any) -> FormSession:
        give_up.cancel(order.pk, actor="cuenta:0")
        return opening(*asked, **told)

    monkeypatch.setattr(Niubiz, "open_session", cancelled_meanwhile)
    answer = browser.client.post(reverse("open_card_form", args=[order.ref]), follow=True)
    assert "No se cobró nada" in text(answer)
    assert not Attempt.objects.exists()


def test_double_click_at_the_same_instant_charges_once(
    browser: Browser, ana: User, dues: list[Due], simulator: RunningSimulator
) -> None:
    order = browser.order_of(dues[0])
    page = browser.press_pay(order)
    posted = browser.type_card(page)
    clients = [client_of(ana) for _ in range(4)]

    def post(client: Client) -> HttpResponse:
        try:
            return client.post(page.action, posted)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(post, clients))
    assert {answer.status_code for answer in answers} == {302}
    assert charged(simulator) == 1
    order.refresh_from_db()
    assert order.state == OrderState.PAID


def test_an_old_tab_of_a_replaced_order_charges_nothing(
    browser: Browser, dues: list[Due], simulator: RunningSimulator
) -> None:
    old = browser.order_of(dues[0])
    page = browser.press_pay(old)
    posted = browser.type_card(page)
    browser.order_of(*dues[:2])
    assert "No se cobró nada: este pedido se canceló." in text(browser.finish(page, posted))
    assert attempt_of(old).state == AttemptState.ABANDONED
    assert charged(simulator) == 0


def test_back_to_the_summary_of_a_paid_order_shows_the_confirmation(browser: Browser, dues: list[Due]) -> None:
    order = browser.order_of(dues[0])
    browser.pay(order)
    assert "FINALIZAR COMPRA" in text(browser.client.get(reverse("summary", args=[order.ref]), follow=True))
    assert "FINALIZAR COMPRA" in text(browser.client.post(reverse("open_card_form", args=[order.ref]), follow=True))
    assert Attempt.objects.count() == 1


def test_a_session_that_ended_meanwhile_loses_no_payment_and_tells_no_stranger(
    browser: Browser, dues: list[Due], ana: User
) -> None:
    order = browser.order_of(dues[0])
    page = browser.press_pay(order)
    answer = Client().post(page.action, browser.type_card(page), follow=True)
    assert "Su pago fue aprobado." in text(answer)
    assert "Quispe" not in text(answer)
    order.refresh_from_db()
    assert order.state == OrderState.PAID


def test_another_account_on_the_same_computer_charges_nothing(
    browser: Browser, dues: list[Due], carla: User, simulator: RunningSimulator
) -> None:
    order = browser.order_of(dues[0])
    page = browser.press_pay(order)
    answer = client_of(carla).post(page.action, browser.type_card(page))
    assert answer.status_code == 403
    assert "Con este envío no se hizo ningún cobro" in text(answer)
    assert charged(simulator) == 0
    assert attempt_of(order).state == AttemptState.FORM_OPEN


def test_an_expired_form_of_the_portal_says_so(ana: User, dues: list[Due]) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ana)
    answer = strict.post(reverse("choose"), {"kind": "colegiado"})
    assert answer.status_code == 403
    assert not Order.objects.exists()


def test_a_bank_payment_during_the_charge_is_a_double_payment_never_dropped(
    browser: Browser, dues: list[Due], simulator: RunningSimulator
) -> None:
    order = browser.order_of(dues[0])
    page = browser.press_pay(order)
    posted = browser.type_card(page)
    simulator.control.fault("authorise", "cut_after_charge")
    browser.finish(page, posted)
    a_settlement(dues[0])

    reconcile.ask(attempt_of(order).pk)
    attempt = attempt_of(order)
    assert attempt.double_payment
    assert "Le devolveremos este cobro" in text(browser.client.get(reverse("order", args=[order.ref])))
    reconcile.finish_refunds()
    assert attempt_of(order).state == AttemptState.VOIDED


def test_two_orders_at_once_from_two_devices_hold_the_dues_once(ana: User, dues: list[Due]) -> None:
    # So many that some find an order to replace while others make theirs: that is where they could wait for each other.
    browsers = [Browser(ana) for _ in range(12)]

    def choose(browser: Browser) -> int:
        try:
            return browser.choose(dues[0]).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(choose, browsers)) == {302}
    assert Order.objects.filter(state=OrderState.DRAFT).count() == 1


def test_a_cmp_reported_as_wrong_while_the_card_is_typed_is_not_charged(
    browser: Browser, ana: User, dues: list[Due], simulator: RunningSimulator
) -> None:
    order = browser.order_of(dues[0])
    page = browser.press_pay(order)
    posted = browser.type_card(page)
    assignments.report(ana, "No es mi número")
    assert "No se cobró nada" in text(browser.finish(page, posted))
    assert charged(simulator) == 0
    assert attempt_of(order).state == AttemptState.ABANDONED


def test_a_due_that_another_account_is_paying_is_not_offered(
    browser: Browser, dues: list[Due], simulator: RunningSimulator
) -> None:
    hold(dues[0])
    assert f'name="dues" value="{dues[0].pk}"' not in browser.client.get(reverse("choose")).content.decode()


def test_reloading_the_card_page_opens_no_second_session_and_a_finished_one_leads_on(
    browser: Browser, dues: list[Due], simulator: RunningSimulator
) -> None:
    order = browser.order_of(dues[0])
    page = browser.press_pay(order)
    again = browser.client.get(reverse("card", args=[order.ref]))
    assert page.session_key in again.content.decode()
    assert simulator.control.faults()["calls"]["session"] == 1
    browser.finish(page, browser.type_card(page))
    assert "FINALIZAR COMPRA" in text(browser.client.get(reverse("card", args=[order.ref]), follow=True))


def test_a_number_corrected_while_she_chooses_is_waited_for_and_nothing_is_chosen_for_the_wrong_physician(
    browser: Browser, ana: User, walter: User, dues: list[Due]
) -> None:
    def choose() -> HttpResponse:
        try:
            return browser.choose(dues[0])
        finally:
            connection.close()

    with ThreadPoolExecutor() as she:
        with transaction.atomic():
            number_changes.change(ana, to=a_member(), author=walter, reason="Era de otra persona")
            # Her post was let in by the number she had, and waits.
            answer = she.submit(choose)
            wait_until_somebody_waits()
        told = text(answer.result(timeout=10))

    assert NotYourNumber.sentence in told
    assert not Order.objects.exists()


def wait_until_somebody_waits() -> None:
    deadline = monotonic() + 10
    while monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # else the first look is kept until the transaction ends
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        sleep(0.02)
    raise AssertionError("nobody waited for the correction")
