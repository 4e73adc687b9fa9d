"""Yape and the link for another person in a real browser, from the summary to each outcome."""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import FrameLocator, Page, expect
from pytest_django import Settings

from dues.models import Settlement
from members.models import User
from payments.models import Attempt, Order
from simulators.niubiz.server import RunningSimulator
from tests.journeys.steps import (
    APPROVED,
    NO_FUNDS,
    card_form,
    choose_boleta,
    come_as,
    finish,
    go_to_choose,
    type_card,
)
from tests.page_problems import problems

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def offered(settings: Settings) -> None:
    settings.YAPE = settings.PAYMENT_LINKS = True


@pytest.fixture
def ana_page(page: Page, ana: User) -> Page:
    """Ana chose her oldest month and reads the summary."""
    come_as(page, ana)
    go_to_choose(page)
    choose_boleta(page)
    return page


def yape_form(page: Page) -> FrameLocator:
    frame = card_form(page)
    frame.get_by_label("Yape", exact=True).check()
    return frame


def yapear(frame: FrameLocator, phone: str, otp: str) -> None:
    frame.get_by_label("Celular de Yape").fill(phone)
    frame.get_by_label("Código de aprobación").fill(otp)
    frame.get_by_role("button", name="Yapear").click()


def press_pay(page: Page) -> None:
    page.get_by_role("button", name=re.compile("PAGA AQUÍ|Pagar con tarjeta o con otro Yape|Intentar otra vez")).click()


def test_ana_mistypes_her_code_and_then_pays_with_yape(ana_page: Page) -> None:
    press_pay(ana_page)
    frame = yape_form(ana_page)
    yapear(frame, "96992", "528475")
    expect(frame.get_by_text("El celular tiene 9 dígitos y empieza con 9.")).to_be_visible()
    yapear(frame, "969929158", "528475")
    expect(frame.get_by_text("El código de aprobación no es correcto.")).to_be_visible()
    yapear(frame, "969929157", "557454")
    finish(ana_page)
    expect(ana_page.get_by_role("main")).to_contain_text("Yape •••• 157")
    expect(ana_page.get_by_role("main")).not_to_contain_text("Número de tarjeta")
    assert Settlement.objects.count() == 1
    assert problems(ana_page) == []


def test_a_refused_yape_is_explained_and_a_card_pays(ana_page: Page) -> None:
    press_pay(ana_page)
    yapear(yape_form(ana_page), "969929157", "285743")
    main = ana_page.get_by_role("main")
    expect(main).to_contain_text("No se cobró nada de su Yape.")
    expect(main).to_contain_text("El monto supera lo que Yape le permite pagar hoy por internet.")
    assert problems(ana_page) == []
    press_pay(ana_page)
    type_card(card_form(ana_page), APPROVED)
    finish(ana_page)
    assert [attempt.way for attempt in Attempt.objects.order_by("pk")] == ["yape", "card"]


def test_a_yape_whose_answer_is_lost_is_verified(
    ana_page: Page, simulator: RunningSimulator, settings: Settings
) -> None:
    settings.NIUBIZ_READ_TIMEOUT = 1
    simulator.control.fault("authorise", "cut_after_charge")
    press_pay(ana_page)
    yapear(yape_form(ana_page), "969929157", "557454")
    expect(ana_page.get_by_role("main")).to_contain_text("Todavía no sabemos si se cobró. No vuelva a pagar.")


def test_ana_pays_in_instalments_of_her_card(ana_page: Page) -> None:
    press_pay(ana_page)
    frame = card_form(ana_page)
    frame.get_by_label("Número de tarjeta").fill(APPROVED)
    frame.get_by_label("Cuotas").select_option("3")
    type_card(frame, APPROVED)
    finish(ana_page)
    expect(ana_page.get_by_role("main")).to_contain_text("3 cuotas de S/ 10.00")


def make_link(page: Page) -> str:
    page.get_by_role("button", name="Crear un enlace para que pague otra persona").click()
    field = page.get_by_label("Enlace", exact=True)
    expect(field).to_be_visible()
    assert problems(page) == []
    return field.input_value()


def type_payer(page: Page, email: str = "jorge@example.net") -> None:
    page.get_by_label("Su documento", exact=True).select_option("1")
    page.get_by_label("Número de su documento").fill("09876543")
    page.get_by_label("Su nombre completo").fill("Jorge Quispe Rojas")
    page.get_by_label("Correo electrónico").fill(email)
    page.get_by_label("He leído y acepto").check()
    page.get_by_role("button", name="PAGAR S/ 30.00").click()


def test_her_brother_is_declined_and_then_pays_by_the_link(ana_page: Page, open_page: Callable[..., Page]) -> None:
    address = make_link(ana_page)
    brother = open_page()
    brother.goto(address)
    main = brother.get_by_role("main")
    expect(main).to_contain_text("A. Q. M.")
    expect(main).not_to_contain_text("45678")
    assert problems(brother) == []
    type_payer(brother, email="jorge@gmial.com")
    assert problems(brother) == []
    brother.get_by_role("button", name="Usar jorge@gmail.com").click()
    type_as_a_stranger(card_form(brother), NO_FUNDS)
    expect(main).to_contain_text("No se cobró nada a su tarjeta.")
    assert problems(brother) == []
    brother.get_by_role("link", name="Intentar otra vez").click()
    type_payer(brother)
    type_as_a_stranger(card_form(brother), APPROVED)
    finish(brother)
    expect(main).to_contain_text("Su pago fue aprobado. Las cuotas quedaron pagadas.")
    assert problems(brother) == []
    ana_page.goto(reverse("order", args=[Order.objects.exclude(paid_at=None).get().ref]))
    expect(ana_page.get_by_role("main")).to_contain_text("J. Q. R., j•••@example.net")
    expect(ana_page.get_by_role("main")).not_to_contain_text("Jorge")
    assert problems(ana_page) == []
    brother.goto(address)
    expect(main).to_contain_text("Este enlace ya no sirve")
    assert problems(brother) == []


def type_as_a_stranger(frame: FrameLocator, card: str) -> None:
    """The portal does not know whose card it is, so the form asks for the name."""
    frame.get_by_label("Nombre", exact=False).first.fill("JORGE QUISPE")
    type_card(frame, card)


def test_ana_revokes_the_link_while_her_brother_types(ana_page: Page, open_page: Callable[..., Page]) -> None:
    address = make_link(ana_page)
    brother = open_page()
    brother.goto(address)
    type_payer(brother)
    frame = card_form(brother)
    ana_page.goto("/pago/")
    ana_page.get_by_role("link", name="Ver cómo va").click()
    expect(ana_page.get_by_role("main")).to_contain_text("Otra persona abrió el pago con su enlace.")
    assert problems(ana_page) == []
    ana_page.get_by_role("button", name="Anular el enlace").click()
    expect(ana_page.get_by_role("main")).to_contain_text("Nadie pagó este pedido")
    type_as_a_stranger(frame, APPROVED)
    expect(brother.get_by_role("main")).to_contain_text("El enlace dejó de servir antes de que se cobrara")
    assert Settlement.objects.count() == 0
