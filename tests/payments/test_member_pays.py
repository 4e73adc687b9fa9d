"""The user guide's journey over HTTP, with the gateway's stand-in behind a socket."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from dues import ledger
from dues.models import Due, Kind, Settlement
from members.models import User
from members.numbers import assignments
from payments.checkout import start
from payments.models import Attempt, Order
from payments.states import AttemptState, OrderState
from simulators.niubiz.server import RunningSimulator
from tests.builders import a_due, a_settlement, a_user, client_of, month
from tests.payments.browser import APPROVED, NO_FUNDS, Browser, attempt_of, text

pytestmark = pytest.mark.django_db(transaction=True)


def owed(user: User, kind: str = Kind.COLEGIADO) -> list[Due]:
    member = assignments.current_member(user)
    assert member
    return list(ledger.open_dues(member, kind=kind))


def test_ana_pays_two_dues_and_reads_every_field_of_the_guide(ana: User, simulator: RunningSimulator) -> None:
    browser, dues = Browser(ana, simulator), owed(ana)
    order = browser.order_of(*dues[:2])
    page = text(browser.pay(order))

    attempt = attempt_of(order)
    for words in (
        "Home Finalizar Compra",
        "FINALIZAR COMPRA",
        f"Número de pedido {attempt.number}",
        "Número de tarjeta 455170******8059",
        "Fecha y hora del pedido",
        "Descuento S/ 0.00",
        "Monto pagado S/ 60.00",
        "Moneda Soles (PEN)",
        "Descripción del producto Cuota Colegiado: ",
        "Nombre del tarjetahabiente Ana Quispe Mamani",
        "Descripción del código de acción Aprobado y completado con éxito",
        "Política de devolución",
        "Términos y Condiciones",
        "Imprima o conserve",
        "Regresar",
        "Teléfono",
    ):
        assert words in page
    assert re.search(r"Fecha y hora del pedido \d\d/\d\d/\d{4} \d\d:\d\d:\d\d", page)
    assert owed(ana) == dues[2:]
    assert {s.reference for s in Settlement.objects.filter(due__in=dues[:2])} == {attempt.number}
    books = simulator.control.books()["authorisations"]
    assert [(b["purchase_number"], str(b["amount"])) for b in books] == [(attempt.number, "60.00")]


def test_the_terms_accepted_are_kept_with_the_order(ana: User, settings: Settings) -> None:
    order = Browser(ana).order_of(owed(ana)[0])
    assert order.terms_version == settings.TERMS_VERSION
    assert timezone.now() - order.terms_accepted_at < timedelta(minutes=1)


def test_a_factura_takes_ruc_name_and_address(ana: User) -> None:
    order = Browser(ana).order_of(
        owed(ana)[0], document="01", ruc="20131312955", legal_name="Clínica Ñusta S.A.C.", address="Jr. Uno 1, Lima"
    )
    assert (order.buyer_document_type, order.buyer_document_number) == ("6", "20131312955")
    assert order.buyer_name == "Clínica Ñusta S.A.C."


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"dues": []}, "Marque al menos una cuota."),
        ({"email": "no es un correo"}, "Escriba una dirección de correo electrónico válida"),
        ({"email": "ana@gmail.con"}, "¿Quiso escribir ana@gmail.com?"),
        ({"terms": ""}, "acepte los términos y condiciones"),
        ({"document": "01", "ruc": "20131312956"}, "El RUC no es válido"),
        ({"document": "01"}, "Escriba la razón social"),
        ({"kind": "otra"}, "no es una de las opciones disponibles"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_held(ana: User, fields: dict[str, str], sentence: str) -> None:
    answer = Browser(ana).choose(owed(ana)[0], **fields)
    assert answer.status_code == 200
    assert sentence in text(answer)
    assert not Order.objects.exists()


def test_the_corrected_address_is_taken_with_one_press(ana: User) -> None:
    order = Browser(ana).order_of(owed(ana)[0], email="ana@gmail.con", use_email="ana@gmail.com")
    assert order.email == "ana@gmail.com"


def test_an_unusual_address_can_be_kept(ana: User) -> None:
    order = Browser(ana).order_of(owed(ana)[0], email="ana@gmail.con", keep_email="ana@gmail.con")
    assert order.email == "ana@gmail.con"


def test_a_skipped_due_is_named_and_explained(ana: User) -> None:
    oldest, second, *_ = owed(ana)
    answer = Browser(ana).choose(second)
    assert answer.status_code == 200
    for tie in ("id", "aria-describedby"):
        assert f'{tie}="due-{oldest.pk}-error"' in answer.content.decode()
    assert not Order.objects.exists()


def test_a_tampered_form_cannot_choose_another_members_due(ana: User, carla: User) -> None:
    answer = Browser(ana).choose(owed(carla)[0])
    assert "ya no está pendiente" in text(answer)
    assert not Order.objects.exists()


def test_bruno_owes_nothing_and_is_told_so(bruno: User) -> None:
    assert "No tiene nada que pagar" in text(client_of(bruno).get(reverse("choose")))


def test_dues_beyond_three_years_are_shown_apart_and_cannot_be_chosen(ana: User) -> None:
    member = assignments.current_member(ana)
    assert member
    old, edge = a_due(member, period=month(37)), a_due(member, period=month(36))
    page = client_of(ana).get(reverse("choose"))
    assert f'value="{old.pk}"' not in page.content.decode()
    assert f'value="{edge.pk}"' in page.content.decode()
    assert "1 cuota por S/ 30.00" in text(page)
    assert "ya no está pendiente" in text(Browser(ana).choose(old))


def test_a_declined_card_moves_no_money_and_keeps_the_dues(ana: User, simulator: RunningSimulator) -> None:
    browser, due = Browser(ana, simulator), owed(ana)[0]
    order = browser.order_of(due)
    page = text(browser.pay(order, NO_FUNDS))
    assert "No se cobró nada a su tarjeta." in page
    assert "La tarjeta no tiene fondos suficientes." in page
    assert attempt_of(order).action_code == "116"

    page = text(browser.pay(order, APPROVED))
    assert "Su pago fue aprobado" in page
    first, second = order.attempts.order_by("pk")
    assert (first.state, second.state) == (AttemptState.DECLINED, AttemptState.APPROVED)
    assert first.purchase_number != second.purchase_number


def test_the_summary_creates_nothing_when_reloaded(ana: User) -> None:
    browser = Browser(ana)
    order = browser.order_of(owed(ana)[0])
    for _ in range(2):
        assert "PAGA AQUÍ" in text(browser.client.get(reverse("summary", args=[order.ref])))
    assert Order.objects.count() == 1
    assert not Attempt.objects.exists()


def test_changing_the_choice_replaces_the_order_and_frees_its_dues(ana: User) -> None:
    browser, dues = Browser(ana), owed(ana)
    first = browser.order_of(*dues[:3])
    page = browser.client.get(reverse("choose")).content.decode()
    assert all(re.search(rf'value="{due.pk}"[^>]* checked', page) for due in dues[:3])
    second = browser.order_of(dues[0])
    first.refresh_from_db()
    assert (first.state, second.state) == (OrderState.CANCELLED, OrderState.DRAFT)
    assert [due.held_by for due in owed(ana)] == [second.ref] + [None] * 4


def test_an_order_lapses_after_half_an_hour_and_frees_its_dues(ana: User) -> None:
    browser = Browser(ana)
    order = browser.order_of(owed(ana)[0])
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        page = text(browser.client.get(reverse("order", args=[order.ref])))
    assert "No se cobró nada" in page
    assert all(due.held_by is None for due in owed(ana))


def test_carla_finds_nothing_of_anas(ana: User, carla: User, simulator: RunningSimulator) -> None:
    order = Browser(ana, simulator).order_of(owed(ana)[0])
    stranger = client_of(carla)
    for name in ("order", "summary", "card", "form_timed_out"):
        assert stranger.get(reverse(name, args=[order.ref])).status_code == 404
    for name in ("open_card_form", "cancel_order"):
        assert stranger.post(reverse(name, args=[order.ref])).status_code == 404
    assert not Attempt.objects.exists()


def test_an_account_that_reported_its_cmp_cannot_pay(ana: User, simulator: RunningSimulator) -> None:
    browser = Browser(ana, simulator)
    order = browser.order_of(owed(ana)[0])
    assignments.report(ana)
    assert browser.client.post(reverse("open_card_form", args=[order.ref])).url == reverse("greeting")
    assert browser.client.get(reverse("choose")).url == reverse("greeting")
    assert not Attempt.objects.exists()


def test_an_account_without_a_cmp_is_told_whom_to_ask(db: None) -> None:
    page = text(client_of(a_user()).get(reverse("greeting")))
    assert "todavía no tiene un número CMP" in page
    assert "webmaster@cmp.org.pe" in page


def test_nobody_pays_without_logging_in() -> None:
    answer = Client().get(reverse("choose"))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


def test_a_forged_return_address_is_no_page(ana: User, simulator: RunningSimulator) -> None:
    order = Browser(ana, simulator).order_of(owed(ana)[0])
    Browser(ana, simulator).press_pay(order)
    forged = signing.Signer(salt="another").sign(str(attempt_of(order).pk))
    assert Client().post(reverse("payment_return", args=[forged]), {"transactionToken": "A" * 32}).status_code == 404
    assert attempt_of(order).state == AttemptState.FORM_OPEN


def test_the_gateway_being_down_before_the_form_moves_no_money(ana: User, settings: Settings) -> None:
    settings.NIUBIZ_SIMULATOR_URL = "http://127.0.0.1:9"
    browser = Browser(ana)
    order = browser.order_of(owed(ana)[0])
    answer = browser.client.post(reverse("open_card_form", args=[order.ref]))
    assert answer.status_code == 503
    assert "No se cobró nada" in text(answer)


def test_a_bank_payment_before_charging_stops_the_charge(ana: User, simulator: RunningSimulator) -> None:
    browser, due = Browser(ana, simulator), owed(ana)[0]
    order = browser.order_of(due)
    page = browser.press_pay(order)
    posted = browser.type_card(page)
    a_settlement(due)
    assert "No se cobró nada" in text(browser.finish(page, posted))
    assert simulator.control.books()["authorisations"] == []


def test_the_card_page_lets_only_the_gateway_in(ana: User, simulator: RunningSimulator) -> None:
    browser = Browser(ana, simulator)
    order = browser.order_of(owed(ana)[0])
    policy = browser.client.post(reverse("open_card_form", args=[order.ref]), follow=True).headers[
        "Content-Security-Policy"
    ]
    assert "'unsafe" not in policy
    elsewhere = browser.client.get(reverse("summary", args=[order.ref])).headers["Content-Security-Policy"]
    assert "http" not in elsewhere


def test_the_unfinished_order_is_offered_on_the_greeting(ana: User) -> None:
    browser = Browser(ana)
    order = browser.order_of(owed(ana)[0])
    assert f"/pago/{order.ref}/" in browser.client.get(reverse("greeting")).content.decode()
    assert start.unfinished_order(ana) == order


@pytest.mark.parametrize("kind", [Kind.COLEGIADO, Kind.SEMEFA])
def test_the_error_about_the_dues_leads_to_the_list_that_is_shown(ana: User, kind: str) -> None:
    page = Browser(ana).choose(owed(ana, kind)[1]).content.decode()
    assert 'href="#id_dues"' in page
    assert re.search(rf'data-kind="{kind}" id="id_dues"', page)
    assert page.count('id="id_dues"') == 1
