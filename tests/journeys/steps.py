"""What a member does with eyes, mouse and keyboard; the words are the user guide's."""

import re

from django.conf import settings
from playwright.sync_api import FrameLocator, Page, expect

from members.models import User
from tests.builders import PASSWORD, client_of

APPROVED = "4551708161768059"
NO_FUNDS = "4041650444437904"
ANSWER_LOST = "4000000000001034"


def log_in(page: Page, typed: str) -> None:
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Ingresar").click()
    page.get_by_label("Correo electrónico o número CMP").fill(typed)
    page.get_by_label("Contraseña", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Ingresar", exact=True).click()
    expect(page.get_by_role("button", name="Cerrar sesión")).to_be_visible()


def come_as(page: Page, user: User) -> None:
    """Already logged in: for journeys that are about something else."""
    cookie = client_of(user).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": settings.PORTAL_URL}])


def go_to_choose(page: Page) -> None:
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Pago Online").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Elija las cuotas que va a pagar")


def choose_boleta(page: Page, email: str = "ana@example.com") -> None:
    change_email(page, email)
    page.get_by_label("He leído y acepto").check()
    page.get_by_role("button", name="Continuar").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Revise antes de pagar")


def change_email(page: Page, email: str) -> None:
    """The account's own address stands there already; another one is typed behind "Cambiar"."""
    if not page.get_by_label("Correo electrónico").is_visible():
        page.locator("details.email > summary").click()
    page.get_by_label("Correo electrónico").fill(email)


def pick(page: Page, label: str) -> None:
    """Choose a radio button by its label, the whole of which can be pressed."""
    page.get_by_text(label, exact=True).first.click()


def card_form(page: Page) -> FrameLocator:
    frame = page.frame_locator("#visaNetJS")
    expect(frame.get_by_label("Número de tarjeta")).to_be_focused()
    return frame


def close_card_form(page: Page) -> None:
    """The X of the gateway's form; the focus comes back to the button that opens it."""
    card_form(page).get_by_role("button", name=re.compile("cerrar|cancelar", re.IGNORECASE)).first.click()
    expect(page.locator("#visaNetJS")).to_have_count(0)
    expect(page.get_by_role("button", name="Abrir el formulario de la tarjeta")).to_be_focused()


def finish(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("FINALIZAR COMPRA")


def pay(page: Page, card: str = APPROVED) -> None:
    page.get_by_role("button", name=re.compile("PAGA AQUÍ|Intentar otra vez|Usar otra tarjeta")).click()
    type_card(card_form(page), card)


def type_card(frame: FrameLocator, card: str) -> None:
    """The form knows the mail from the portal, and the name unless the document names somebody else."""
    frame.get_by_label("Número de tarjeta").fill(card)
    frame.get_by_label("Vencimiento").fill("0328")
    frame.get_by_label("CVV").fill("111")
    if frame.get_by_label("Nombre").is_visible():
        frame.get_by_label("Nombre").fill("ANA QUISPE")
    frame.get_by_role("button", name="pagar", exact=True).click()
