"""One payment on one page: its story, our state beside the gateway's, and the one thing to do next."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.models import User
from payments.gateway import from_settings
from payments.models import Attempt, Event, Order
from payments.states import AttemptState, OrderState
from receipts.issuing.issue import issue
from receipts.models import Delivery, DeliveryState
from simulators.niubiz.server import RunningSimulator
from tests.builders import client_of
from tests.payments.browser import CHARGED_BUT_ANSWER_LOST, NO_FUNDS, Browser, attempt_of, text
from tests.payments.test_refunds import open_dues
from tests.treasury.payments_of import a_payment

pytestmark = pytest.mark.django_db(transaction=True)


def page_of(user: User, order: Order) -> str:
    answer = client_of(user).get(f"/admin/pagos/{order.pk}/")
    assert answer.status_code == 200
    return text(answer)


def ask(user: User, attempt: Attempt) -> None:
    assert client_of(user).post(f"/admin/pagos/intento/{attempt.pk}/consultar/").status_code == 302


def test_a_paid_order_tells_its_whole_story(paid: Attempt, teresa: User) -> None:
    receipt = issue(paid.order_id)
    page = page_of(teresa, paid.order)
    for words in (
        "Pago de Ana Quispe Mamani",
        "Qué hacer ahora: Nada pendiente",
        "Cobrado, cuotas pagadas y comprobante emitido",
        "S/ 90.00",
        receipt.name,
        f"Intento {paid.number}: Aprobado",
        "Pedido: Pagado",
        "Comprobante por enviar a ana@example.com",
        "Lo que se dijo con la pasarela: cobro,",
        "Operación cobro",
        "(simulador: no mueve dinero)",
    ):
        assert words in page


def test_the_page_costs_few_queries_however_long_the_story(paid: Attempt, teresa: User) -> None:
    issue(paid.order_id)
    for _ in range(3):
        ask(teresa, paid)
    desk = client_of(teresa)
    with CaptureQueriesContext(connection) as asked:
        desk.get(f"/admin/pagos/{paid.order_id}/")
    assert len(asked) <= 16, [entry["sql"][:100] for entry in asked]


def test_the_gateways_answer_now_stands_beside_our_state(paid: Attempt, teresa: User) -> None:
    ask(teresa, paid)

    page = page_of(teresa, paid.order)
    assert "Coincide con nuestro estado" in page
    assert "Consultar ahora" in page
    event = Event.objects.filter(order=paid.order).latest("sequence")
    assert (event.actor, event.to_state) == (f"personal:{teresa.pk}", "")
    assert "por Teresa" in page


def test_a_void_made_behind_our_back_shows(paid: Attempt, teresa: User, simulator: RunningSimulator) -> None:
    from_settings().void(signature=paid.signature, reason="en el panel")
    ask(teresa, paid)
    paid.refresh_from_db()
    assert paid.state == AttemptState.APPROVED
    page = page_of(teresa, paid.order)
    assert "Cobrado y luego anulado" in page
    assert "No coincide con nuestro estado" in page


def test_a_doubt_leads_to_the_gateway_and_its_answer_concludes_it(
    ana: User, teresa: User, simulator: RunningSimulator
) -> None:
    browser = Browser(ana, simulator)
    order = browser.order_of(open_dues(ana)[0])
    browser.pay(order, CHARGED_BUT_ANSWER_LOST)
    attempt = attempt_of(order)
    assert attempt.unknown
    assert "Qué hacer ahora: Consultar a la pasarela" in page_of(teresa, order)

    ask(teresa, attempt)

    attempt.refresh_from_db()
    assert (attempt.state, attempt.order.state) == (AttemptState.APPROVED, OrderState.PAID)
    ask(teresa, attempt)  # pressed again: a second answer in the trail, nothing else
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.APPROVED


def test_a_denied_card_leaves_nothing_to_do(ana: User, teresa: User, simulator: RunningSimulator) -> None:
    browser = Browser(ana, simulator)
    order = browser.order_of(open_dues(ana)[0])
    browser.pay(order, NO_FUNDS)
    page = page_of(teresa, order)
    assert "Denegado" in page
    assert "El colegiado todavía puede pagar" in page


def test_a_lapsed_order_is_released_once_and_by_name(ana: User, teresa: User) -> None:
    order = Browser(ana).order_of(open_dues(ana)[0])
    desk, release = client_of(teresa), f"/admin/pagos/{order.pk}/liberar/"
    assert "No se liberó nada" in text(desk.post(release, follow=True))
    Order.objects.filter(pk=order.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    assert "Liberar la reserva vencida" in page_of(teresa, order)
    assert "quedarán libres" in text(desk.get(release))

    assert "Reserva liberada" in text(desk.post(release, follow=True))
    assert "No se liberó nada" in text(desk.post(release, follow=True))

    order.refresh_from_db()
    assert order.state == OrderState.EXPIRED
    assert order.events.get(to_state=OrderState.EXPIRED).actor == f"personal:{teresa.pk}"


def test_a_double_payment_is_to_be_given_back(ana: User, teresa: User) -> None:
    attempt = a_payment(ana, order_state="cancelled", state="approved")
    page = page_of(teresa, attempt.order)
    assert "Pago doble" in page
    assert "Proponer la devolución del pago doble" in page


def test_a_receipt_that_did_not_arrive_is_sent_again(paid: Attempt, teresa: User) -> None:
    receipt = issue(paid.order_id)
    Delivery.objects.update(state=DeliveryState.FAILED, last_error="550 no such user")
    assert "Qué hacer ahora: Reenviar el comprobante" in page_of(teresa, paid.order)
    desk, resend = client_of(teresa), f"/admin/pagos/comprobante/{receipt.pk}/reenviar/"
    assert "ana@example.com" in desk.get(resend).content.decode()

    for _ in range(2):  # a double click
        assert "en camino" in text(desk.post(resend, {"email": "ana@example.com"}, follow=True))

    assert receipt.deliveries.filter(author=teresa).count() == 1
    corrected = desk.post(resend, {"email": "ana.quispe@example.com"}, follow=True)
    assert "en camino a ana.quispe@example.com" in text(corrected)
    assert desk.post(resend, {"email": "ana.quispe@"}).status_code == 400
    assert receipt.deliveries.latest("pk").email == "ana.quispe@example.com"


def test_nobody_else_sees_or_does_anything(paid: Attempt, ana: User, walter: User) -> None:
    places = [
        f"/admin/pagos/{paid.order_id}/",
        f"/admin/pagos/intento/{paid.pk}/consultar/",
        f"/admin/pagos/intento/{paid.pk}/devolver/",
        f"/admin/pagos/{paid.order_id}/liberar/",
    ]
    before = Event.objects.count()
    for place in places:
        assert client_of(walter).post(place).status_code == 403
        assert client_of(ana).post(place).status_code == 302
    assert Event.objects.count() == before


def test_a_payment_that_is_not_there(teresa: User) -> None:
    assert client_of(teresa).get("/admin/pagos/987654/").status_code == 404
