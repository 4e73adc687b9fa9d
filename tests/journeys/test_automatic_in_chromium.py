"""Pago automático in a real browser: Ana registers a card in the gateway's form, a letter comes, one click skips it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from demo.mailbox import Mailbox
from members.models import User
from payments.checkout import reconcile
from payments.models import Attempt, AutomaticCharge, AutomaticPlan, Letter
from payments.ways.automatic import outcomes, run
from simulators.niubiz.server import RunningSimulator
from tests.automatic.due_charges import announced
from tests.journeys.steps import ANSWER_LOST, NO_FUNDS, card_form, close_card_form, come_as, finish, log_in
from tests.page_problems import problems

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

INVALID = "4111111111111111"


@pytest.fixture(autouse=True)
def automatic(settings: Settings, mailbox: Mailbox) -> None:
    settings.AUTOMATIC_PAYMENT = True


def agree(page: Page, ceiling: str = "60") -> None:
    page.get_by_role("link", name="Activar el pago automático").click()
    page.get_by_label("Lo máximo que se cobra cada vez").fill(ceiling)
    page.get_by_label("Día del cobro").select_option("10")
    page.get_by_label("Autorizo estos cobros").check()
    page.get_by_role("button", name="Registrar mi tarjeta").click()


def register(page: Page, card: str = "4551708161768059") -> None:
    frame = card_form(page)
    frame.get_by_label("Número de tarjeta").fill(card)
    frame.get_by_label("Vencimiento").fill("0328")
    frame.get_by_label("CVV").fill("111")
    if frame.get_by_label("Nombre").is_visible():
        frame.get_by_label("Nombre").fill("ANA QUISPE")
    frame.get_by_role("button", name="Registrar", exact=True).click()


def link_in(letter: Letter) -> str:
    found = re.search(r"https?://\S+/carta/\S+", letter.body)
    assert found
    return found.group()


def test_ana_registers_a_card_and_skips_a_charge_by_the_letter(
    page: Page, open_page: Callable[..., Page], ana: User, simulator: RunningSimulator
) -> None:
    log_in(page, "ana@example.com")
    page.get_by_role("link", name="Mi cuenta").click()
    page.get_by_role("link", name="Pago automático").click()
    assert problems(page) == []
    agree(page)
    register(page)
    expect(page.get_by_text("Guardamos su tarjeta (Visa terminada en 8059)")).to_be_visible()
    assert problems(page) == []
    assert simulator.control.books()["authorisations"] == []

    made = announced(AutomaticPlan.objects.get())
    page.reload()
    expect(page.get_by_role("heading", name="Próximo cobro: S/ 60.00")).to_be_visible()
    assert problems(page) == []

    stranger = open_page()
    stranger.goto(link_in(made.letter))
    expect(stranger.get_by_role("heading", level=1)).to_contain_text("Cobro de S/ 60.00")
    assert problems(stranger) == []
    stranger.get_by_role("button", name="Omitir este cobro").click()
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Este cobro no se hará")
    assert problems(stranger) == []
    made.refresh_from_db()
    assert made.state == "skipped"


def test_ana_reads_of_a_declined_charge_changes_the_terms_and_stops(page: Page, ana: User) -> None:
    come_as(page, ana)
    page.goto("/pago/automatico/")
    agree(page)
    register(page, NO_FUNDS)
    expect(page.get_by_role("heading", name="Detener el pago automático")).to_be_visible()
    charge = announced(AutomaticPlan.objects.get())
    assert run.make(charge.pk)
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("Se reintentará")
    expect(page.get_by_role("main")).to_contain_text("fondos suficientes")
    assert problems(page) == []

    page.get_by_role("link", name="Cambiar tope, día o cuotas").click()
    page.get_by_label("Lo máximo que se cobra cada vez").fill("0")
    page.get_by_role("button", name="Guardar").click()
    assert problems(page) == []
    page.get_by_label("Lo máximo que se cobra cada vez").fill("90")
    page.get_by_label("Autorizo estos cobros").check()
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_text("Cambiamos su pago automático. No se cobró nada.")).to_be_visible()
    page.get_by_role("button", name="Detener el pago automático").click()
    expect(page.get_by_text("Su pago automático está detenido: no se cobra nada.")).to_be_visible()
    assert problems(page) == []
    assert AutomaticPlan.objects.get().card_token == ""


def test_a_card_that_the_gateway_refuses_is_explained(page: Page, ana: User) -> None:
    come_as(page, ana)
    page.goto("/pago/automatico/")
    agree(page)
    register(page, INVALID)
    expect(page.get_by_text("La tarjeta no es válida. No se cobró nada")).to_be_visible()
    assert AutomaticCharge.objects.count() == 0


def test_ana_follows_a_charge_from_the_bank_to_its_confirmation(
    page: Page, ana: User, simulator: RunningSimulator
) -> None:
    come_as(page, ana)
    page.goto("/pago/automatico/")
    agree(page)
    register(page, ANSWER_LOST)
    expect(page.get_by_text("Guardamos su tarjeta")).to_be_visible()
    charge = announced(AutomaticPlan.objects.get())
    run.make(charge.pk)
    page.reload()
    expect(page.get_by_text("Un cobro está en curso: estamos esperando a su banco.")).to_be_visible()
    assert problems(page) == []

    reconcile.ask(Attempt.objects.get().pk)
    assert outcomes.follow_all() == 1
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("Cobrado")
    page.get_by_role("link", name="Ver el pago").click()
    finish(page)
    expect(page.get_by_role("main")).to_contain_text("S/ 60.00")
    assert problems(page) == []


def test_the_form_that_is_closed_keeps_no_card(open_page: Callable[..., Page], ana: User) -> None:
    page = open_page(bypass_csp=True)  # axe itself writes inline styles where the gateway's frame was
    come_as(page, ana)
    page.goto("/pago/automatico/")
    agree(page)
    close_card_form(page)
    assert problems(page) == []
    page.get_by_role("link", name="Volver sin registrar la tarjeta").click()
    expect(page.get_by_role("link", name="Activar el pago automático")).to_be_visible()
    assert AutomaticPlan.objects.get().card_token == ""
