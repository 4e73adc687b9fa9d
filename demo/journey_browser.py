"""The journey in a real Chromium."""

import re
from pathlib import Path

from playwright.sync_api import Error, Page, Playwright, expect

from demo.browser import NoBrowserError, driver, launch
from demo.journey import JourneyError, Walk

LAST_PAGE = Path("var/check/last-page.png")
ANSWER_MS = 20_000


def walk(walk: Walk) -> str:
    """Walk it; returns the browser's name and version. Raises NoBrowserError before the first step, JourneyError."""
    try:
        with driver() as playwright:
            return _in_browser(playwright, walk)
    except Error as trouble:
        if walk.current:
            raise JourneyError(f"{_first_line(trouble)} (the page: {LAST_PAGE})") from trouble
        raise NoBrowserError(f"no browser to be had: {_first_line(trouble)}") from trouble


def _first_line(trouble: Exception) -> str:
    return " ".join(str(trouble).split())[:300]


def _in_browser(playwright: Playwright, walk: Walk) -> str:
    browser = launch(playwright)
    page = browser.new_context(locale="es-PE", viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(ANSWER_MS)
    expect.set_options(timeout=ANSWER_MS)
    mistakes: list[str] = []
    page.on("pageerror", lambda mistake: mistakes.append(str(mistake)))
    try:
        _steps(page, walk)
    except (Error, AssertionError, JourneyError) as trouble:
        page.screenshot(path=LAST_PAGE)
        raise JourneyError(f"{_first_line(trouble)} (the page: {LAST_PAGE})") from trouble
    if mistakes:
        raise JourneyError(f"scripts failed on the way: {mistakes}")
    return f"Chromium {browser.version}"


def _steps(page: Page, walk: Walk) -> None:
    with walk.step("Log in"):
        page.goto(f"{walk.portal}cuenta/login/")
        page.locator("[name=login]").fill(walk.email)
        page.locator("[name=password]").fill(walk.password)
        page.locator("[name=password]").press("Enter")
    with walk.step("Pago Online: the greeting shows the declared CMP"):
        page.get_by_role("link", name="Pago Online").first.click()
        expect(page.get_by_role("main")).to_contain_text(re.compile(rf"\b0*{int(walk.cmp_number)}\b"))
    with walk.step("Pago: kind, document, oldest due, terms"):
        page.get_by_role("main").get_by_role("link", name="Pago", exact=True).click()
        _choose(page, walk)
    with walk.step("Continuar: the summary"):
        page.get_by_role("button", name="Continuar").click()
        expect(page.get_by_text("Total a pagar")).to_be_visible()
    with walk.step("PAGA AQUÍ: the gateway's card form"):
        page.get_by_role("button", name="PAGA AQUÍ").click()
        _fill_card(page, walk)
    with walk.step("Finalizar compra: approved, with every field of the guide"):
        _finish(page)
    with walk.step("The receipt's mail, its PDF of one page"):
        _receipt(page, walk)


def _choose(page: Page, walk: Walk) -> None:
    # Who has no SEMEFA is not asked for the kind.
    if page.get_by_role("radio", name="Cuota Colegiado").count():
        page.get_by_role("radio", name="Cuota Colegiado").check()
    page.get_by_role("radio", name="Boleta").check()
    page.locator("[name=dues]").first.check()
    page.locator("details.email > summary").click()
    page.locator("[name=email]").fill(walk.email)
    page.locator("[name=terms]").check()


def _fill_card(page: Page, walk: Walk) -> None:
    form = page.frame_locator("#visaNetJS")
    expect(form.locator("#order")).not_to_be_empty()
    typed = {"number": walk.card.number, "expiry": walk.card.expiry, "cvv": walk.card.cvv, "name": "Ana Quispe"}
    for name, value in {**typed, "email": walk.email}.items():
        # What the portal has already told the gateway is not asked again.
        if form.locator(f"[name={name}]").is_visible():
            form.locator(f"[name={name}]").fill(value)
    form.get_by_role("button", name="pagar", exact=True).click()


def _finish(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("FINALIZAR COMPRA")
    for field in (
        *(
            "Número de pedido",
            "Número de tarjeta",
            "Fecha y hora del pedido",
            "Monto pagado",
            "Descripción del producto",
        ),
        *("Nombre del tarjetahabiente", "Descripción del código de acción"),
    ):
        expect(page.get_by_text(field, exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Regresar")).to_be_visible()


def _receipt(page: Page, walk: Walk) -> None:
    mail = walk.receipt_mail()
    page.goto(walk.inbox)
    page.get_by_role("link", name=mail["subject"]).first.click()
    expect(page.get_by_text("Adjuntos")).to_be_visible()
    if "S/" not in walk.read_receipt(mail):
        raise JourneyError("expected the receipt to name an amount in soles")
