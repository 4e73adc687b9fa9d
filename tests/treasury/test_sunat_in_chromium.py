"""A boleta whose answer was lost: one person states what SUNAT's page shows, another confirms it, on any screen."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from payments.models import Attempt
from receipts.issuing.issue import issue
from receipts.models import Filing, FilingStop
from receipts.tax_office import filing, findings
from receipts.tax_office.states import FilingState
from simulators.sunat.server import RunningSunat, serve_in_thread
from staff import roles
from tests.page_problems import problems
from tests.treasury.test_four_people_in_chromium import sit_down

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("desk"), pytest.mark.django_db(transaction=True)]

SIZES = {"390": {"width": 390, "height": 844}, "1366": {"width": 1366, "height": 768}}


@pytest.fixture
def office(settings: Settings) -> Iterator[RunningSunat]:
    running = serve_in_thread()
    settings.SUNAT_ENVIRONMENT, settings.SUNAT_SIMULATOR_URL = "simulator", running.url
    settings.SUNAT_TIMEOUTS = (2, 5)
    yield running
    running.stop()


def look(page: Page, name: str) -> None:
    """Nothing wrong on this page on a phone or a desk; with LOOK_AT set to a folder, its pictures go there."""
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        assert problems(page) == [], (name, size)
        if folder := os.environ.get("LOOK_AT"):
            page.set_viewport_size(viewport)  # type: ignore[arg-type]
            page.screenshot(path=Path(folder) / f"{name}-{size}.png", full_page=True)


def test_two_persons_end_a_doubt_at_the_desk(page: Page, paid: Attempt, office: RunningSunat) -> None:
    receipt = issue(paid.order_id)
    office.control.fault("sendBill", "cut_after")
    filing.file(filing.prepare(receipt).pk)
    Filing.objects.update(next_try_at=timezone.now())
    findings.ask_again(receipt.pk)
    Filing.objects.update(lost_at=timezone.now() - timedelta(hours=5))
    FilingStop.objects.create(code="0112", message="El usuario no tiene el perfil")

    sit_down(page, roles.ACCOUNTANT)
    page.get_by_role("link", name="Comprobantes y SUNAT", exact=True).click()
    expect(page.get_by_role("heading", name=receipt.name)).to_be_visible()
    look(page, "sunat")
    page.get_by_role("link", name="Reanudar los envíos").first.click()
    look(page, "sunat-resume")
    page.get_by_role("button", name="Reanudar los envíos").click()
    expect(page.get_by_text("Los envíos a SUNAT están activos")).to_be_visible()

    page.get_by_role("link", name="Consultar a SUNAT ahora").first.click()
    look(page, "sunat-ask")
    page.get_by_role("link", name="Volver sin hacer nada").click()
    page.get_by_role("link", name="Declarar lo que muestra SUNAT").first.click()
    look(page, "sunat-state")
    page.get_by_label("Figura aceptado").check()
    page.get_by_label("Dónde lo vio").fill("Consulta de validez del CPE, hoy a las 10:00")
    page.get_by_role("button", name="Declarar").click()
    expect(page.get_by_text("hasta que otra persona la confirme")).to_be_visible()
    look(page, "sunat-stated")

    sit_down(page, roles.APPROVER)
    page.get_by_role("link", name="Comprobantes y SUNAT", exact=True).click()
    page.get_by_role("link", name="decidir").click()
    look(page, "sunat-decide")
    page.get_by_role("button", name="Sí, yo también lo vi").click()
    expect(page.get_by_text("figura aceptado, confirmado")).to_be_visible()
    look(page, "sunat-empty")
    assert Filing.objects.get().state == FilingState.ACCEPTED


def test_a_returned_document_is_the_payments_next_step(page: Page, paid: Attempt, office: RunningSunat) -> None:
    receipt = issue(paid.order_id)
    office.control.fault("sendBill", "fault", code="2335")
    filing.file(filing.prepare(receipt).pk)

    sit_down(page, roles.ACCOUNTANT)
    page.goto(page.url.split("/admin")[0] + f"/admin/pagos/{paid.order_id}/")
    look(page, "sunat-payment")
    page.get_by_role("link", name="Firmar de nuevo y enviar").first.click()
    look(page, "sunat-sign")
    page.get_by_role("button", name="Firmar de nuevo y enviar").click()
    expect(page.get_by_text("Aceptado por SUNAT").first).to_be_visible()
