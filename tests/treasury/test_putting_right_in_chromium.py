"""What was paid or written wrongly is put right at the desk: a payment moved, a boleta replaced, a document voided."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from members.models import Member, User
from payments.models import Attempt
from receipts.issuing.issue import issue
from staff import roles
from tests.journeys.steps import come_as
from tests.page_problems import problems
from tests.treasury.test_four_people_in_chromium import find_payment, sit_down
from tests.treasury.test_transfer import accepted, diana  # noqa: F401 - fixture

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("desk"), pytest.mark.django_db(transaction=True)]


def look(page: Page, name: str) -> None:
    """Nothing wrong on this page; with LOOK_AT set to a folder, its picture goes there (docs/treasury.md)."""
    assert problems(page) == [], name
    if folder := os.environ.get("LOOK_AT"):
        page.set_viewport_size({"width": 1000, "height": 760})
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_payment_goes_to_diana_and_both_see_it(
    page: Page,
    paid: Attempt,
    ana: User,
    diana: Member,  # noqa: F811
) -> None:
    issue(paid.order_id)

    sit_down(page, roles.REVIEWER)
    find_payment(page, "quispe mamani", paid.number)
    page.get_by_role("link", name="Traslado a otro colegiado").click()
    page.get_by_label("CMP").fill(str(diana.cmp_number))
    page.get_by_label("Motivo").fill("Pagó con el CMP de otra")
    page.get_by_role("button", name="Ver qué cambiaría").click()
    expect(page.get_by_role("region", name="Cuotas que cambian")).to_contain_text(str(diana.cmp_number))
    look(page, "move")
    page.get_by_role("button", name="Proponer el traslado").click()
    expect(page.get_by_text("Nada cambia hasta que otra persona lo apruebe")).to_be_visible()
    expect(page.get_by_role("link", name="decidir")).to_have_count(0)

    sit_down(page, roles.APPROVER)
    waiting = page.locator("dt", has_text="Traslados a otro colegiado por aprobar").locator(
        "xpath=following-sibling::dd[1]"
    )
    waiting.get_by_role("link", name="1").click()
    page.get_by_role("link", name="Decidir").click()
    look(page, "decide-move")
    page.get_by_role("button", name="Trasladar el pago").click()
    expect(page.get_by_text("No se cobró ni se devolvió nada")).to_be_visible()

    page.context.clear_cookies()
    come_as(page, ana)
    page.goto("/estado-de-cuenta/")
    expect(page.get_by_text("5 cuotas por S/ 150.00")).to_be_visible()
    page.goto("/pago/historial/")
    expect(page.get_by_text(f"El pago se pasó al CMP {diana.cmp_number}")).to_be_visible()
    page.get_by_role("link", name="Ver el detalle").click()
    expect(page.get_by_text(f"Ahora figura pagado en las cuotas del CMP {diana.cmp_number}")).to_be_visible()

    page.context.clear_cookies()
    come_as(page, User.objects.get(email="diana@example.com"))
    page.goto("/estado-de-cuenta/")
    expect(page.get_by_text("1 cuota por S/ 30.00")).to_be_visible()
    expect(page.locator("tr", has_text=f"Pago en el portal, {paid.number}")).to_have_count(3)


def test_a_boleta_is_replaced_or_voided(page: Page, paid: Attempt) -> None:
    receipt = issue(paid.order_id)
    accepted(paid)
    sit_down(page, roles.ACCOUNTANT)
    find_payment(page, "quispe mamani", paid.number)
    page.get_by_role("link", name="Emitir de nuevo o cambiar por factura").click()
    page.get_by_label("RUC").fill("20100070970")
    page.get_by_label("Razón social").fill("Clínica de muestra S.A.C.")
    page.get_by_label("Dirección fiscal").fill("Av. de Muestra 456, Lima")
    page.get_by_label("Motivo del cambio").fill("Pidió factura para su clínica")
    look(page, "replace")

    page.go_back()
    page.get_by_role("link", name=f"Dar de baja {receipt.name}").click()
    page.get_by_label("Motivo").fill("Se emitió a nombre de otra persona")
    look(page, "void")
    page.get_by_role("button", name="Dar de baja").click()
    expect(page.get_by_text(f"La baja de {receipt.name} se envía a SUNAT")).to_be_visible()
