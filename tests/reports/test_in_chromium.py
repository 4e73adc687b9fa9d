"""Teresa reads every report on a phone and at the desk, by light and by dark."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from members.models import User
from staff.reports.all import REPORTS
from tests.journeys.steps import come_as
from tests.page_problems import problems
from tests.treasury.conftest import page as page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("desk"), pytest.mark.django_db(transaction=True)]

SIZES = {390: 844, 1366: 768}


def look(page: Page, name: str) -> None:
    """Nothing wrong on this page in any size and colour; with LOOK_AT set to a folder, its pictures go there."""
    for width, height in SIZES.items():
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": height})
            if folder := os.environ.get("LOOK_AT"):
                page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)
            assert problems(page) == [], (name, width, scheme)


def test_every_report_reads_on_any_screen(page: Page, college: None, teresa: User) -> None:
    come_as(page, teresa)
    page.goto("/admin/informes/")
    look(page, "informes")
    for slug, report in REPORTS.items():
        page.goto(f"/admin/informes/{slug}/")
        assert page.get_by_role("heading", name=report.title, exact=True).is_visible()
        look(page, slug)
    page.goto("/admin/informes/antiguedad/")
    page.locator("table.report tbody td a").first.click()
    page.get_by_role("heading", name="Filas de «Antigüedad de la deuda»").wait_for()
    look(page, "filas")
    for name in ("participaciones", "participaciones/proponer"):
        page.goto(f"/admin/informes/{name}/")
        look(page, name.replace("/", "-"))
