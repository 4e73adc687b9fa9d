"""The journeys of the user guide in a real browser, from the login to the receipt in the mailbox."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from demo.mailbox import Mailbox
from dues.models import Settlement
from members.models import User
from members.numbers import assignments
from payments import views
from payments.checkout import reconcile
from payments.models import Attempt, Order
from simulators.niubiz.server import RunningSimulator
from tests.builders import a_due, month
from tests.journeys.steps import (
    ANSWER_LOST,
    APPROVED,
    NO_FUNDS,
    card_form,
    change_email,
    choose_boleta,
    close_card_form,
    come_as,
    finish,
    go_to_choose,
    log_in,
    pay,
    pick,
    type_card,
)
from tests.journeys.test_weight import owe_three_years
from tests.page_problems import problems

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# User guide, step 7, with the two "Monto" told apart; then what the gateway's certification asks for.
CONFIRMED = (
    "Número de pedido",
    "Número de tarjeta",
    "Fecha y hora del pedido",
    "Descuento",
    "Monto pagado",
    "Descripción del producto",
    "Nombre del tarjetahabiente",
    "Descripción del código de acción",
    "Aprobado y completado con éxito",
    "Política de devolución",
    "Términos y Condiciones",
    "Soles (PEN)",
    "Imprima o conserve",
    "455170******8059",
)


def test_ana_pays_three_months_with_boleta_and_finds_the_receipt_in_her_mail(
    page: Page, ana: User, mailbox: Mailbox, work_off_the_jobs: Callable[[], None]
) -> None:
    log_in(page, "ana@example.com")
    go_to_choose(page)
    boxes = page.locator("[data-kind=colegiado] input[type=checkbox]")
    boxes.nth(2).check()
    expect(boxes.nth(0)).to_be_checked()
    expect(boxes.nth(1)).to_be_checked()
    expect(page.locator("[data-total]")).to_contain_text("S/ 90.00")
    boxes.nth(1).uncheck()
    expect(boxes.nth(2)).not_to_be_checked()
    boxes.nth(2).check()
    choose_boleta(page)
    expect(page.get_by_role("row", name="Total a pagar")).to_contain_text("S/ 90.00")

    pay(page)
    finish(page)
    for words in CONFIRMED:
        expect(page.get_by_role("main")).to_contain_text(words)
    work_off_the_jobs()
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("Su boleta B001-1 salió a ana@example.com")
    page.get_by_role("link", name="Regresar").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ana Quispe Mamani")

    # The worker may have told the treasury of something too.
    [mail] = [mail for mail in mailbox if mail.recipients == ("ana@example.com",)]
    assert "B001-1" in mail.subject
    assert mail.attachments[0].content.startswith(b"%PDF")
    page.get_by_role("main").get_by_role("link", name="Historial de pagos").click()
    kept = page.get_by_role("link", name="Descargar PDF").get_attribute("href")
    assert page.request.get(str(kept)).body() == mail.attachments[0].content
    assert problems(page) == []


def test_ana_takes_a_factura_after_correcting_her_ruc(page: Page, ana: User) -> None:
    log_in(page, "CMP 045678")
    go_to_choose(page)
    expect(page.get_by_label("RUC")).to_be_hidden()
    pick(page, "Factura")
    page.get_by_label("RUC").fill("20131312956")
    page.get_by_label("Razón social").fill("Clínica Ñusta & Hijos S.A.C.")
    page.get_by_label("Dirección fiscal").fill("Jr. Uno 123, Lima")
    change_email(page, "ana@example.con")
    page.get_by_label("He leído y acepto").check()
    page.get_by_role("button", name="Continuar").click()
    expect(page.locator(".errors")).to_be_focused()
    page.locator(".errors").get_by_role("link", name="El RUC no es válido").click()
    expect(page.get_by_label("RUC")).to_be_focused()
    assert problems(page) == []
    page.get_by_label("RUC").fill("20131312955")
    page.get_by_role("button", name="Usar ana@example.com").click()
    for words in ("20131312955", "Clínica Ñusta & Hijos S.A.C.", "Jr. Uno 123, Lima", "ana@example.com"):
        expect(page.get_by_role("main")).to_contain_text(words)
    assert problems(page) == []
    pay(page)
    finish(page)


def test_a_declined_card_then_another_with_the_dues_still_chosen(page: Page, ana: User) -> None:
    come_as(page, ana)
    go_to_choose(page)
    choose_boleta(page)
    pay(page, NO_FUNDS)
    expect(page.get_by_role("main")).to_contain_text("No se cobró nada a su tarjeta.")
    expect(page.get_by_role("main")).to_contain_text("La tarjeta no tiene fondos suficientes.")
    assert problems(page) == []
    pay(page)
    finish(page)
    assert Order.objects.count() == 1


def test_on_a_phone(open_page: Callable[..., Page], ana: User) -> None:
    page = open_page(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)

    def fits() -> bool:
        # A phone zooms out to show what is too wide, so innerWidth would grow along.
        return bool(page.evaluate("document.documentElement.scrollWidth") == 390)

    page.goto("/")
    assert fits()
    come_as(page, ana)
    page.goto("/")
    assert fits()
    page.get_by_role("main").get_by_role("link", name="Pago Online").tap()
    page.locator("[data-kind=colegiado] label").nth(1).tap()
    expect(page.locator("[data-total]")).to_contain_text("S/ 60.00")
    assert fits()
    choose_boleta(page)
    assert fits()
    page.get_by_role("button", name="PAGA AQUÍ").tap()
    form = card_form(page)
    assert fits()
    assert form.locator("html").evaluate("html => html.scrollWidth") == 390
    type_card(form, APPROVED)
    finish(page)
    assert fits()


def test_without_javascript_up_to_the_card_form(open_page: Callable[..., Page], ana: User) -> None:
    page = open_page(java_script_enabled=False)
    log_in(page, "ana@example.com")
    go_to_choose(page)
    pick(page, "Cuota SEMEFA")
    expect(page.locator("[data-kind=semefa]")).to_be_visible()
    expect(page.locator("[data-kind=colegiado]")).to_be_hidden()
    pick(page, "Factura")
    expect(page.get_by_label("RUC")).to_be_visible()
    pick(page, "Boleta")
    expect(page.get_by_label("RUC")).to_be_hidden()
    boxes = page.locator("[data-kind=semefa] input[type=checkbox]")
    boxes.nth(0).uncheck()
    boxes.nth(1).check()
    page.get_by_label("He leído y acepto").check()
    page.get_by_role("button", name="Continuar").click()
    page.locator(".errors").get_by_role("link", name="primero se pagan las cuotas más antiguas").click()
    expect(page.locator("[data-kind=semefa]")).to_be_focused()
    expect(page.locator("[data-kind=semefa] .error")).to_be_in_viewport()
    boxes.nth(0).check()
    page.get_by_role("button", name="Continuar").click()
    expect(page.get_by_role("row", name="Total a pagar")).to_contain_text("S/ 171.00")
    page.get_by_role("button", name="PAGA AQUÍ").click()
    expect(page.get_by_role("main")).to_contain_text("necesita JavaScript")


def test_the_page_of_a_lost_answer_refreshes_itself_until_it_can_tell(
    open_page: Callable[..., Page], ana: User, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "REFRESH_SECONDS", 1)
    page, without_javascript = open_page(), open_page(java_script_enabled=False)
    come_as(page, ana)
    come_as(without_javascript, ana)
    go_to_choose(page)
    choose_boleta(page)
    pay(page, ANSWER_LOST)
    expect(page.get_by_role("main")).to_contain_text("No vuelva a pagar.")
    without_javascript.goto(page.url)
    expect(without_javascript.get_by_role("main")).to_contain_text("No vuelva a pagar.")
    Attempt.objects.update(next_question_at=timezone.now() - timedelta(seconds=1))
    reconcile.ask_all_due()
    finish(page)  # by itself: nobody reloads
    finish(without_javascript)
    assert len(simulator.control.books()["authorisations"]) == 1


def test_with_the_keyboard_alone(page: Page, ana: User) -> None:
    come_as(page, ana)
    page.goto("/")
    press(page, "Pago Online")
    expect(page).to_have_title("Pago Online — CMP Digital")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Ir al contenido")).to_be_focused()
    page.keyboard.press("Enter")
    press(page, "Pago")
    expect(page.get_by_role("heading", level=1)).to_have_text("Elija las cuotas que va a pagar")
    second = page.locator("[data-kind=colegiado] label").nth(1).inner_text().replace("\n", "")
    press(page, second, key="Space")
    expect(page.locator("[data-total]")).to_contain_text("S/ 60.00")
    press(page, "He leído y acepto los términos y condiciones del pago", key="Space")
    press(page, "Continuar")
    expect(page.get_by_role("heading", level=1)).to_have_text("Revise antes de pagar")
    press(page, "PAGA AQUÍ")
    card_form(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Abrir el formulario de la tarjeta")).to_be_focused()
    page.keyboard.press("Enter")
    card_form(page)
    for typed in (APPROVED, "0328", "111"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past the instalments that this card offers
    page.keyboard.press("Enter")
    finish(page)
    press(page, "Regresar")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ana Quispe Mamani")


def press(page: Page, name: str, key: str = "Enter") -> None:
    reach(page, name)
    page.keyboard.press(key)


def reach(page: Page, name: str) -> None:
    """Press Tab until the thing of that name has the focus, seeing on the way that the focus can be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        assert focused.evaluate(OUTLINED), focused.evaluate("e => e.outerHTML")
        if focused.evaluate(NAME) == name:
            return
    pytest.fail(f"no Tab leads to {name}")


NAME = "e => (e.labels && e.labels[0] || e).textContent.trim().replace(/\\s+/g, ' ')"
# A choice is outlined as a whole, around its label.
OUTLINED = "e => [e, e.closest('.check')].some(part => part && parseFloat(getComputedStyle(part).outlineWidth) >= 2)"


def test_while_the_bank_is_asked_the_whole_page_says_so(page: Page, ana: User) -> None:
    come_as(page, ana)
    go_to_choose(page)
    choose_boleta(page)
    page.get_by_role("button", name="PAGA AQUÍ").click()
    form = card_form(page)
    # 204 leaves the page where it is, as a bank that takes its time does.
    page.route("**/pago/retorno/**", lambda route: route.fulfill(status=204))
    type_card(form, APPROVED)
    asking = page.get_by_role("dialog", name="Estamos consultando a su banco.")
    expect(asking).to_be_visible()
    expect(asking).to_contain_text("No cierre esta página")
    page.keyboard.press("Escape")
    expect(asking).to_be_visible()
    box = asking.bounding_box()
    assert box
    assert (box["width"], box["height"]) == (1280, 720)


def test_ticks_made_before_the_script_ran_are_repaired(page: Page, ana: User) -> None:
    """A slow telephone: Ana ticks the third month while choose.js is still on its way."""
    held: list[Route] = []
    page.route("**/choose*.js", lambda route: held.append(route))
    come_as(page, ana)
    page.goto(reverse("choose"), wait_until="commit")
    boxes = page.locator("[data-kind=colegiado] input[type=checkbox]")
    boxes.nth(2).check()
    expect(boxes.nth(1)).not_to_be_checked()
    [route] = held
    route.continue_()
    expect(boxes.nth(1)).to_be_checked()
    expect(page.locator("[data-total]")).to_contain_text("S/ 90.00")


def test_three_years_are_paid_in_five_presses_from_home(page: Page, ana: User) -> None:
    owe_three_years(ana)
    come_as(page, ana)
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Pago Online").click()
    page.get_by_role("link", name="Todo (37)").click()
    expect(page.locator("[data-total]")).to_contain_text("S/ 1,110.00")
    page.get_by_label("He leído y acepto").check()
    page.get_by_role("button", name="Continuar").click()
    expect(page.get_by_role("row", name="Total a pagar")).to_contain_text("S/ 1,110.00")
    page.get_by_role("button", name="PAGA AQUÍ").click()
    card_form(page)


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1366, 768)])
def test_the_first_due_is_seen_without_scrolling(
    open_page: Callable[..., Page], ana: User, width: int, height: int
) -> None:
    owe_three_years(ana)
    member = assignments.current_member(ana)
    assert member
    a_due(member, period=month(40))  # with the notice of what is too old above the list
    page = open_page(viewport={"width": width, "height": height})
    come_as(page, ana)
    page.goto(reverse("choose"))
    first, bar = page.locator(".dues .check").first.bounding_box(), page.locator(".total-bar").bounding_box()
    assert first
    assert bar
    assert first["y"] + first["height"] <= bar["y"]
    assert bar["y"] + bar["height"] <= height


def test_the_card_form_can_be_closed_and_opened_again_and_back_charges_nothing(
    page: Page, ana: User, simulator: RunningSimulator
) -> None:
    come_as(page, ana)
    go_to_choose(page)
    choose_boleta(page)
    page.get_by_role("button", name="PAGA AQUÍ").click()
    close_card_form(page)
    page.get_by_role("button", name="Abrir el formulario de la tarjeta").click()
    type_card(card_form(page), APPROVED)
    finish(page)
    for left in ("/tarjeta/", "/resumen/"):
        page.go_back()
        finish(page)
        assert not page.url.endswith(left)
    page.goto("/pago/historial/")
    expect(page.get_by_role("main")).to_contain_text("Pagado")
    assert len(simulator.control.books()["authorisations"]) == 1
    assert Settlement.objects.filter(channel="card").count() == 1


def test_a_card_form_that_never_came_is_explained(page: Page, ana: User) -> None:
    page.route(f"{settings.NIUBIZ_SIMULATOR_URL}/**", lambda route: route.abort())
    come_as(page, ana)
    go_to_choose(page)
    choose_boleta(page)
    page.get_by_role("button", name="PAGA AQUÍ").click()
    expect(page.get_by_role("main")).to_contain_text("Todavía no se ha cobrado nada. ¿No se abre el formulario")
    assert problems(page) == []
