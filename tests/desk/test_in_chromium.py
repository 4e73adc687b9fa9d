"""The shell, the homes, the page of a colegiado and the search in a real browser: two widths, light and dark."""

import os
import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from members.models import User
from payments.models import Attempt
from receipts.issuing.issue import issue
from staff import roles
from tests.builders import a_standing_rule, a_user
from tests.desk.test_person import a_full_life
from tests.journeys.steps import come_as
from tests.page_problems import problems
from tests.treasury.payments_of import a_payment

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("desk"), pytest.mark.django_db(transaction=True)]
#: Pictures of every page are kept in this folder when it is named.
PICTURES = os.environ.get("PICTURES", "")
PLACES = {
    "home": "/admin/",
    "person": "/admin/colegiados/45678/",
    "as-member": "/admin/colegiados/45678/como-colegiado/",
    "search": "/admin/buscar/?q=8059",
    "search-nothing": "/admin/buscar/?q=zzzz",
    "configuration": "/admin/configuracion/",
    "payments": "/admin/pagos/",
    "roll": "/admin/members/member/",
    "dues": "/admin/dues/due/",
    "receipts": "/admin/receipts/receipt/",
    "due": "/admin/dues/due/{due}/change/",
    "proposals": "/admin/pagos/devoluciones/",
    "closes": "/admin/pagos/cierres/",
    "sunat": "/admin/pagos/sunat/",
}


def kept(page: Page, name: str) -> None:
    if PICTURES:
        for width in (390, 1366):
            page.set_viewport_size({"width": width, "height": 850})
            page.screenshot(path=Path(PICTURES, f"{name}-{width}.png"), full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_shell(
    scheme: Literal["light", "dark"], page: Page, paid: Attempt, ana: User, teresa: User
) -> None:
    a_standing_rule()
    a_full_life(ana)
    issue(paid.order_id)
    due = ana.assignments.get().member.dues.earliest("period")
    page.emulate_media(color_scheme=scheme)
    come_as(page, teresa)
    found = {}
    for name, place in PLACES.items():
        page.goto(place.format(due=due.pk))
        expect(page.locator("h1")).to_be_visible()
        # Django's own table of inlines has a heading without words.
        found[name] = problems(page, beside=[".inline-group"])
        kept(page, f"{name}-{scheme}")
    assert "\n".join(f"{name} {line}" for name, wrong in found.items() for line in wrong) == ""


@pytest.mark.parametrize("role", roles.PERMISSIONS)
def test_axe_finds_nothing_on_any_home(role: str, page: Page, ana: User) -> None:
    a_full_life(ana)
    a_payment(order_state="paid", state="approved", settles_order=True)
    come_as(page, a_user(staff_role=role))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto("/admin/")
        assert problems(page) == []
        kept(page, f"home-{role}-{scheme}")


def test_the_telephone_rings_and_two_presses_answer(page: Page, ana: User) -> None:
    a_standing_rule()
    come_as(page, a_user(staff_role=roles.CASHIER))
    page.goto("/admin/")
    page.get_by_label("¿A quién atiende?").fill("mamani ana")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/admin/colegiados/45678/$"))
    expect(page.get_by_role("heading", name="Inhábil · debe S/ 406.50 por 8 cuotas")).to_be_visible()
    page.get_by_role("link", name="Ver como el colegiado").click()
    expect(page.get_by_text("Para quedar hábil pague al menos hasta")).to_be_visible()


def test_an_amount_shows_on_a_phone_without_moving_the_table(page: Page, ana: User, teresa: User) -> None:
    a_full_life(ana)
    come_as(page, teresa)
    page.set_viewport_size({"width": 390, "height": 850})
    page.goto("/admin/colegiados/45678/")
    for region in ("Cuotas abiertas por antigüedad", "Pagos en línea"):
        amount = page.get_by_role("region", name=region).locator("td.money").first
        box = amount.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 390, region


def test_an_amount_of_a_table_of_djangos_shows_on_a_phone(page: Page, ana: User, teresa: User) -> None:
    come_as(page, teresa)
    page.set_viewport_size({"width": 390, "height": 850})
    for place, cell in (("/admin/dues/due/", "td.field-amount"), ("/admin/pagos/", "td.money")):
        a_payment(ana, order_state="paid", state="approved", settles_order=True)
        page.goto(place)
        box = page.locator(cell).first.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 390, place
