"""The pictures of README: a member walks through a running demo, and each page is kept in docs/img."""

import argparse
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from demo.browser import launch

FOLDER = Path("docs/img")
EMAIL = "diego@example.com"
CARD = {"number": "4551708161768059", "expiry": "0328", "cvv": "111", "name": "Diego Huamán", "email": EMAIL}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="script/screenshots",
        description="Makes docs/img/*.png from a running demo, where Diego pays a due.",
    )
    parser.add_argument("--portal", default="http://127.0.0.1:8000", help="where the demo listens")
    chosen = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_context(
            base_url=chosen.portal, locale="es-PE", viewport={"width": 1000, "height": 760}
        ).new_page()
        _walk(page)
        page.set_viewport_size({"width": 390, "height": 760})
        page.goto("/pago/")
        _keep(page, "greeting-phone")
        browser.close()


def _walk(page: Page) -> None:
    page.goto("/cuenta/login/")
    page.locator("[name=login]").fill(EMAIL)
    page.locator("[name=password]").fill("demo-cmp-digital")
    page.locator("[name=password]").press("Enter")
    page.get_by_role("button", name="Cerrar sesión").wait_for()
    page.goto("/pago/cuotas/")
    _keep(page, "choose")
    page.locator("[name=terms]").check()
    page.get_by_role("button", name="Continuar").click()
    page.get_by_role("button", name="PAGA AQUÍ").wait_for()
    _keep(page, "summary")
    page.get_by_role("button", name="PAGA AQUÍ").click()
    form = page.frame_locator("#visaNetJS")
    for name, value in CARD.items():
        if form.locator(f"[name={name}]").is_visible():
            form.locator(f"[name={name}]").fill(value)
    _keep(page, "card")
    form.get_by_role("button", name="pagar", exact=True).click()
    page.get_by_role("heading", name="FINALIZAR COMPRA").wait_for()
    _keep(page, "confirmation")


def _keep(page: Page, name: str) -> None:
    page.screenshot(path=FOLDER / f"{name}.png")
    print(FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
