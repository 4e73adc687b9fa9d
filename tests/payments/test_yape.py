"""Ana pays with Yape in the gateway's form, or in instalments of her card: every outcome, as she and staff see it."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from dues import ledger
from dues.models import Due
from members.models import User
from members.numbers import assignments
from payments.books import daily_close
from payments.checkout import reconcile
from payments.models import Letter, Order, Refund
from payments.refunds import refunds
from payments.states import AttemptState, OrderState, RefundState, Way
from receipts.issuing import issue
from receipts.models import Receipt
from simulators.niubiz.server import RunningSimulator
from simulators.niubiz.yape import NEVER_UNDONE, TEST_YAPES
from tests.builders import client_of
from tests.payments.browser import APPROVED, NO_FUNDS, Browser, attempt_of, text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser(ana: User, simulator: RunningSimulator, settings: Settings) -> Browser:
    settings.YAPE = True
    return Browser(ana, simulator)


@pytest.fixture
def dues(ana: User) -> list[Due]:
    member = assignments.current_member(ana)
    assert member
    return list(ledger.open_dues(member, kind="colegiado"))


def test_ana_pays_with_yape_and_every_page_says_so(browser: Browser, dues: list[Due], teresa: User) -> None:
    order = browser.order_of(*dues[:2])
    page = text(browser.yapear(order))
    attempt = attempt_of(order)
    assert (attempt.way, attempt.yape_id, attempt.yape_phone_end) == (Way.YAPE, "******157", "157")
    assert (attempt.state, attempt.paid_with, attempt.card) == (AttemptState.APPROVED, "Yape •••• 157", "")
    assert "Su pago fue aprobado" in page
    assert "Forma de pago Yape •••• 157" in page
    assert "Número de tarjeta" not in page
    issue.issue(order.pk)
    receipt = Receipt.objects.get(receipt_of=order)
    assert (receipt.stated.payment.title, receipt.stated.payment.means) == ("Pago con Yape", "Yape •••• 157")
    history = text(browser.client.get(reverse("history")))
    assert "Se cobró de su Yape y sus cuotas están pagadas." in history
    assert "Forma de pago Yape •••• 157" in history
    desk = client_of(teresa)
    assert "Yape •••• 157" in text(desk.get(reverse("staff_payments")))
    assert "Yape •••• 157" in text(desk.get(reverse("staff_payments"), {"marca": "yape"}))
    assert "Yape •••• 157" not in text(desk.get(reverse("staff_payments"), {"marca": "visa"}))
    assert "Yape •••• 157" in text(desk.get(reverse("staff_payment", args=[order.pk])))


def test_a_day_with_a_yape_counts_it_under_its_way(browser: Browser, dues: list[Due], teresa: User) -> None:
    browser.yapear(browser.order_of(dues[0]))
    browser.pay(browser.order_of(dues[1]))
    today = timezone.localdate()
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        closed = daily_close.close(today, author=teresa, note="Comprobantes en camino")
    brands = {part.name: part.charged for part in daily_close.breakdown(closed, "brand")}
    assert brands == {"visa": dues[1].amount, "yape": dues[0].amount}


def test_a_browser_that_says_yape_is_not_believed(browser: Browser, dues: list[Due]) -> None:
    order = browser.order_of(dues[0])
    page = browser.press_pay(order)
    browser.client.post(page.action, {"channel": "yape", "customerEmail": "ana@example.com"})
    assert attempt_of(order).state == AttemptState.FORM_OPEN
    browser.finish(page, {"transactionToken": "F" * 32, "channel": "yape"})
    order.refresh_from_db()
    attempt = attempt_of(order)
    assert (order.state, attempt.state, attempt.way) == ("awaiting_payment", AttemptState.DECLINED, Way.CARD)
    again = browser.press_pay(order)
    browser.finish(again, browser.type_card(again) | {"channel": "yape"})
    assert (attempt_of(order).way, attempt_of(order).paid_with) == (Way.CARD, "Visa •••• 8059")


@pytest.mark.parametrize("yape", [one for one in TEST_YAPES if one.action_code != "000"], ids=lambda one: one.otp)
def test_a_refused_yape_says_first_that_nothing_was_charged(browser: Browser, dues: list[Due], yape: object) -> None:
    order = browser.order_of(dues[0])
    page = text(browser.yapear(order, yape.phone, yape.otp))  # type: ignore[attr-defined]
    assert "No se cobró nada de su Yape." in page
    assert f"Forma de pago Yape •••• {yape.phone[-3:]}" in page  # type: ignore[attr-defined]
    assert "banco está al reverso" not in page
    assert attempt_of(order).way == Way.YAPE
    assert "FINALIZAR COMPRA" in text(browser.pay(order))


def test_with_the_setting_off_a_yape_is_money_all_the_same(
    browser: Browser, dues: list[Due], settings: Settings
) -> None:
    settings.YAPE = False
    order = browser.order_of(dues[0])
    assert "Yape" not in text(browser.client.post(reverse("open_card_form", args=[order.ref]), follow=True))
    assert "Forma de pago Yape •••• 157" in text(browser.yapear(order))
    order.refresh_from_db()
    assert (order.state, attempt_of(order).way) == (OrderState.PAID, Way.YAPE)


def test_the_page_names_yape_and_its_limit_only_where_they_matter(browser: Browser, ana: User, dues: list[Due]) -> None:
    page = text(browser.client.post(reverse("open_card_form", args=[browser.order_of(dues[0]).ref]), follow=True))
    assert "Para pagar con Yape" in page
    assert "500.00" not in page
    browser.client.post(reverse("cancel_order", args=[Order.objects.get().ref]))
    Due.objects.filter(pk=dues[0].pk).update(amount="600.00")
    page = text(browser.client.post(reverse("open_card_form", args=[browser.order_of(dues[0]).ref]), follow=True))
    assert "Este pago pasa de S/ 500.00" in page


def test_a_lost_answer_of_a_yape_is_asked_about_and_told(
    browser: Browser, dues: list[Due], simulator: RunningSimulator
) -> None:
    order = browser.order_of(dues[0])
    simulator.control.fault("authorise", "cut_after_charge")
    assert "Todavía no sabemos si se cobró" in text(browser.yapear(order))
    assert attempt_of(order).way == Way.CARD
    reconcile.ask(attempt_of(order).pk)
    attempt = attempt_of(order)
    assert (attempt.state, attempt.way) == (AttemptState.APPROVED, Way.YAPE)
    assert "se cobró S/ 30.00 con Yape •••• 157" in Letter.objects.get(attempt=attempt).body


@pytest.mark.usefixtures("not_at_midnight")
def test_a_yape_given_back_goes_back_to_the_yape(browser: Browser, dues: list[Due]) -> None:
    order = browser.order_of(dues[0])
    browser.yapear(order)
    refund = refunds.send(refunds.request(attempt_of(order).pk, author="personal:1", reason="Pidió devolución").pk)
    assert (refund.method, refund.state) == (Refund.Method.VOID, RefundState.DONE)
    assert "a su Yape •••• 157" in Letter.objects.get(key=f"refund:{refund.pk}").body
    assert "Este pago fue devuelto a su Yape." in text(browser.client.get(reverse("order", args=[order.ref])))


@pytest.mark.usefixtures("not_at_midnight")
def test_a_yape_that_the_gateway_does_not_undo_stays_owed_and_treasury_is_told(
    browser: Browser, dues: list[Due]
) -> None:
    order = browser.order_of(dues[0])
    browser.yapear(order, NEVER_UNDONE, "476476")
    refund = refunds.send(refunds.request(attempt_of(order).pk, author="personal:1", reason="Pidió devolución").pk)
    attempt = attempt_of(order)
    assert (refund.state, attempt.state, attempt.given_back) == (RefundState.REFUSED, AttemptState.APPROVED, 0)
    assert attempt.staff_reason.startswith("Anulación rechazada por la pasarela")
    assert "a su Yape •••• 476 no se pudo hacer" in Letter.objects.get(key=f"refused:{refund.pk}").body


def test_instalments_are_shown_to_ana_on_her_receipt_and_at_the_desk(
    browser: Browser, dues: list[Due], teresa: User, simulator: RunningSimulator
) -> None:
    order = browser.order_of(*dues[:3])
    page = browser.press_pay(order)
    token = simulator.control.token(APPROVED, page.session_key, instalments=3)
    shown = text(browser.finish(page, {"transactionToken": token}))
    assert "Cuotas de su banco 3 cuotas de S/ 30.00" in shown
    assert "Monto pagado S/ 90.00" in shown
    issue.issue(order.pk)
    assert Receipt.objects.get(receipt_of=order).stated.payment.instalments == "3 cuotas de S/ 30.00"
    assert "3 cuotas de S/ 30.00" in text(client_of(teresa).get(reverse("staff_payment", args=[order.pk])))


def test_a_card_is_shown_as_before(browser: Browser, dues: list[Due]) -> None:
    order = browser.order_of(dues[0])
    browser.pay(order, NO_FUNDS)
    assert "No se cobró nada a su tarjeta." in text(browser.client.get(reverse("order", args=[order.ref])))
    page = text(browser.pay(order))
    assert "Número de tarjeta 455170******8059" in page
    assert "Cuotas de su banco" not in page
    assert Order.objects.get().total == attempt_of(order).amount
