"""Caja, Revisión, Aprobación and Contabilidad do their day's work in a browser, each what is theirs and no more."""

from csv import DictReader
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from payments.checkout import reconcile
from payments.models import Attempt, DailyClose, PayoutReport, Refund
from payments.states import RefundState
from receipts.issuing.issue import issue
from simulators.niubiz.server import RunningSimulator
from staff import roles
from tests.builders import a_user
from tests.journeys.steps import come_as
from tests.treasury.test_closing import a_charge, day
from tests.treasury.test_payouts import HEADER, a_line

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("desk"), pytest.mark.django_db(transaction=True)]


def sit_down(page: Page, role: str) -> None:
    """Whoever sat here before is logged out, and somebody of this role begins on the admin's first page."""
    page.context.clear_cookies()
    come_as(page, a_user(staff_role=role))
    page.goto("/admin/")
    expect(page.get_by_role("heading", name="Hoy")).to_be_visible()


def go_to(page: Page, section: str, place: str = "") -> None:
    """By the bar: a section, and the place within it unless the section opens there."""
    page.get_by_role("navigation", name="Secciones").get_by_role("link", name=section, exact=True).click()
    if place:
        page.get_by_role("navigation", name="En esta sección").get_by_role("link", name=place, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def find_payment(page: Page, typed: str, number: str) -> None:
    go_to(page, "Pagos")
    page.get_by_label("Buscar", exact=True).fill(typed)
    page.get_by_role("button", name="Filtrar").click()
    page.get_by_role("link", name=number, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pago de Ana Quispe")


def test_two_people_give_ana_a_month_back_while_caja_looks_on(
    page: Page, paid: Attempt, simulator: RunningSimulator
) -> None:
    issue(paid.order_id)

    sit_down(page, roles.CASHIER)
    find_payment(page, "quispe mamani", paid.number)
    expect(page.get_by_text("Nada pendiente")).to_be_visible()
    for action in ("Consultar ahora", "Proponer una devolución", "Reenviar el comprobante"):
        expect(page.get_by_role("link", name=action)).to_have_count(0)

    sit_down(page, roles.REVIEWER)
    find_payment(page, "8059", paid.number)
    page.get_by_role("link", name="Consultar ahora").click()
    page.locator("#content").get_by_role("button", name="Consultar a la pasarela").click()
    expect(page.get_by_text("Coincide con nuestro estado")).to_be_visible()
    page.get_by_role("link", name="Proponer una devolución").click()
    page.locator("[name=lines]").first.check()
    page.get_by_label("Motivo").fill("Pagó un mes exonerado")
    page.get_by_role("button", name="Proponer una devolución").click()
    expect(page.get_by_text("hasta que otra persona la apruebe")).to_be_visible()
    expect(page.get_by_role("link", name="decidir")).to_have_count(0)
    assert not Refund.objects.exists()

    sit_down(page, roles.APPROVER)
    number = page.locator("dt", has_text="Devoluciones por aprobar").locator("xpath=following-sibling::dd[1]")
    number.get_by_role("link", name="1").click()
    page.get_by_role("link", name="Decidir").click()
    page.get_by_role("button", name="Devolver S/").click()
    expect(page.get_by_text("aprobada: se envía a la pasarela")).to_be_visible()
    expect(page.get_by_role("heading", name="Qué hacer ahora: Esperar")).to_be_visible()

    simulator.control.clock(24 * 3600)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        reconcile.finish_refunds()
    page.reload()
    expect(page.get_by_role("cell", name="Devuelta", exact=True)).to_have_count(1)
    assert Refund.objects.get().state == RefundState.DONE


def test_contabilidad_settles_closes_and_takes_the_files(page: Page, tmp_path: Path) -> None:
    charge = a_charge(authorization_code="170834")
    sit_down(page, roles.ACCOUNTANT)

    go_to(page, "Archivos", "Liquidaciones")
    report = "\n".join([HEADER, a_line(charge)]).encode()
    page.get_by_label("Archivo de la liquidación").set_input_files(
        {"name": "noviembre.csv", "mimeType": "text/csv", "buffer": report}
    )
    page.get_by_role("button", name="Cargar y comparar").click()
    expect(page.get_by_text("1 de 1")).to_be_visible()
    page.get_by_role("button", name="Registrar la liquidación").click()
    page.get_by_role("button", name="Dar la conformidad").click()
    expect(page.get_by_text("Conformidad registrada")).to_be_visible()
    assert PayoutReport.objects.get().signed_by

    go_to(page, "Informes", "Cierre diario")
    page.get_by_role("link", name=f"Cerrar el {day(1):%d/%m/%Y}").click()
    expect(page.get_by_text("coinciden al céntimo")).to_be_visible()
    page.get_by_role("button", name="Cerrar el día").click()
    expect(page.get_by_text("quedó congelado")).to_be_visible()
    closed = DailyClose.objects.get()
    assert page.request.get(f"/admin/pagos/cierres/{closed.pk}/cierre.pdf").body().startswith(b"%PDF-")
    book: Any = load_workbook(download(page, "Excel", tmp_path)).active
    assert [row[3] for row in book.iter_rows(min_row=2, values_only=True)] == [closed.charged]

    go_to(page, "Pagos")
    exported = download(page, "CSV", tmp_path).read_text("utf-8-sig").splitlines()
    assert [row["Número de pedido"] for row in DictReader(exported, delimiter=";")] == [charge.number]
    assert load_workbook(download(page, "Excel", tmp_path)).active.max_row == 2  # type: ignore[union-attr]


def download(page: Page, link: str, folder: Path) -> Path:
    with page.expect_download() as found:
        page.get_by_role("link", name=link, exact=True).click()
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    return path
