"""The journeys of the user guide in a real browser, from the login to the receipt in the mailbox."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from cmp_portal.local.mailbox import Mailbox
from dues.models import Settlement
from members.models import User
from payments import reconcile
from payments.models import Attempt, Order
from payments.simulator.server import RunningSimulator
from tests.journeys.steps import (
    ANSWER_LOST,
    NO_FUNDS,
    card_form,
    choose_boleta,
    come_as,
    go_to_choose,
    log_in,
    pay,
    pick,
    problems,
    type_card,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def test_ana_pays_three_months_with_boleta_and_finds_the_receipt_in_her_mail(
    page: Page, ana: User, mailbox: Mailbox, work_off_the_jobs: Callable[[], None]
) -> None:
    log_in(page, "ana@example.com")
    go_to_choose(page)
    boxes = page.locator("[data-kind=colegiado] input[type=checkbox]")
    boxes.nth(2).check()
    expect(boxes.nth(0)).to_be_checked()
    expect(boxes.nth(1)).to_be_checked()
    expect(page.locator("[data-kind=colegiado] [data-total]")).to_contain_text("S/ 90.00")
    boxes.nth(1).uncheck()
    expect(boxes.nth(2)).not_to_be_checked()
    boxes.nth(2).check()
    choose_boleta(page)
    expect(page.get_by_role("row", name="Total a pagar")).to_contain_text("S/ 90.00")

    pay(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("FINALIZAR COMPRA")
    for words in ("Número de pedido", "455170******8059", "Aprobado y completado con éxito", "Imprima y conserve"):
        expect(page.get_by_role("main")).to_contain_text(words)
    work_off_the_jobs()
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("Su boleta B001-1 salió a ana@example.com")
    page.get_by_role("link", name="Regresar").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bienvenido a CMP Digital")

    [mail] = mailbox
    assert "B001-1" in mail.subject
    assert mail.attachments[0].content.startswith(b"%PDF")
    page.get_by_role("main").get_by_role("link", name="Historial de pagos").click()
    kept = page.get_by_role("link", name="Descargar PDF").get_attribute("href")
    assert page.request.get(str(kept)).body() == mail.attachments[0].content


def test_ana_takes_a_factura_after_correcting_her_ruc(page: Page, ana: User) -> None:
    log_in(page, "CMP 045678")
    go_to_choose(page)
    expect(page.get_by_label("RUC")).to_be_hidden()
    pick(page, "Factura")
    page.get_by_label("RUC").fill("20131312956")
    page.get_by_label("Razón social").fill("Clínica Ñusta & Hijos S.A.C.")
    page.get_by_label("Dirección fiscal").fill("Jr. Uno 123, Lima")
    page.get_by_label("Correo electrónico").fill("ana@example.con")
    page.get_by_label("He leído y acepto").check()
    page.get_by_role("button", name="Continuar").click()
    expect(page.locator(".errors")).to_be_focused()
    expect(page.locator(".errors")).to_contain_text("El RUC no es válido")
    assert problems(page) == []
    page.get_by_label("RUC").fill("20131312955")
    page.get_by_role("button", name="Usar ana@example.com").click()
    expect(page.get_by_role("main")).to_contain_text("Clínica Ñusta & Hijos S.A.C.")
    pay(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("FINALIZAR COMPRA")


def test_a_declined_card_then_another_with_the_dues_still_chosen(page: Page, ana: User) -> None:
    come_as(page, ana)
    go_to_choose(page)
    choose_boleta(page)
    pay(page, NO_FUNDS)
    expect(page.get_by_role("main")).to_contain_text("No se cobró nada a su tarjeta.")
    expect(page.get_by_role("main")).to_contain_text("La tarjeta no tiene fondos suficientes.")
    assert problems(page) == []
    pay(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("FINALIZAR COMPRA")
    assert Order.objects.count() == 1


def test_on_a_phone(open_page: Callable[..., Page], ana: User) -> None:
    page = open_page(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    come_as(page, ana)
    go_to_choose(page)
    page.locator("[data-kind=colegiado] label").nth(1).tap()
    choose_boleta(page)
    page.get_by_role("button", name="PAGA AQUÍ").tap()
    type_card(card_form(page), "4551708161768059")
    expect(page.get_by_role("heading", level=1)).to_have_text("FINALIZAR COMPRA")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_without_javascript_up_to_the_card_form(open_page: Callable[..., Page], ana: User) -> None:
    page = open_page(java_script_enabled=False)
    come_as(page, ana)
    go_to_choose(page)
    pick(page, "Cuota SEMEFA")
    expect(page.locator("[data-kind=semefa]")).to_be_visible()
    expect(page.locator("[data-kind=colegiado]")).to_be_hidden()
    page.locator("[data-kind=semefa] input[type=checkbox]").nth(1).check()
    page.get_by_label("Correo electrónico").fill("ana@example.com")
    page.get_by_label("He leído y acepto").check()
    page.get_by_role("button", name="Continuar").click()
    expect(page.locator(".errors")).to_contain_text("primero se pagan las cuotas más antiguas")
    page.locator("[data-kind=semefa] input[type=checkbox]").nth(0).check()
    page.get_by_role("button", name="Continuar").click()
    expect(page.get_by_role("row", name="Total a pagar")).to_contain_text("S/ 171.00")
    page.get_by_role("button", name="PAGA AQUÍ").click()
    expect(page.get_by_role("main")).to_contain_text("necesita JavaScript")


def test_the_page_of_a_lost_answer_refreshes_itself_until_it_can_tell(
    page: Page, ana: User, simulator: RunningSimulator
) -> None:
    come_as(page, ana)
    go_to_choose(page)
    choose_boleta(page)
    pay(page, ANSWER_LOST)
    expect(page.get_by_role("main")).to_contain_text("No vuelva a pagar.")
    assert problems(page) == []
    Attempt.objects.update(next_question_at=timezone.now() - timedelta(seconds=1))
    reconcile.ask_all_due()
    expect(page.get_by_role("heading", level=1)).to_have_text("FINALIZAR COMPRA")  # by itself: nobody reloads
    assert len(simulator.control.books()["authorisations"]) == 1


def test_with_the_keyboard_alone(page: Page, ana: User) -> None:
    come_as(page, ana)
    page.goto("/pago/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Ir al contenido")).to_be_focused()
    page.keyboard.press("Enter")
    reach(page, "Pago")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Elija las cuotas que va a pagar")
    reach(page, "Correo electrónico")
    page.keyboard.type("ana@example.com")
    reach(page, "He leído y acepto los términos y condiciones del pago")
    page.keyboard.press("Space")
    reach(page, "Continuar")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Revise antes de pagar")
    reach(page, "PAGA AQUÍ")
    page.keyboard.press("Enter")
    card_form(page)
    for typed in ("4551708161768059", "0328", "111", "ANA QUISPE", "ana@example.com"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("FINALIZAR COMPRA")


def reach(page: Page, name: str) -> None:
    """Press Tab until the thing of that name has the focus, seeing on the way that the focus can be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        said = focused.evaluate("e => (e.labels && e.labels[0] || e).textContent.trim().replace(/\\s+/g, ' ')")
        assert focused.evaluate("e => getComputedStyle(e).outlineStyle !== 'none' || e.matches('label *')")
        if said == name:
            return
    pytest.fail(f"no Tab leads to {name}")


def test_the_card_form_can_be_closed_and_opened_again_and_back_charges_nothing(
    page: Page, ana: User, simulator: RunningSimulator
) -> None:
    come_as(page, ana)
    go_to_choose(page)
    choose_boleta(page)
    page.get_by_role("button", name="PAGA AQUÍ").click()
    frame = card_form(page)
    frame.get_by_role("button", name=re.compile("cerrar|cancelar", re.IGNORECASE)).first.click()
    expect(page.locator("#visaNetJS")).to_have_count(0)
    page.get_by_role("button", name="Abrir el formulario de la tarjeta").click()
    type_card(card_form(page), "4551708161768059")
    expect(page.get_by_role("heading", level=1)).to_have_text("FINALIZAR COMPRA")
    for _ in range(3):
        page.go_back()
    page.goto("/pago/historial/")
    expect(page.get_by_role("main")).to_contain_text("Pagado")
    assert len(simulator.control.books()["authorisations"]) == 1
    assert Settlement.objects.filter(channel="card").count() == 1
