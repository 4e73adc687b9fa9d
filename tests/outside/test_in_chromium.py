"""The desk's new pages on a phone and on a screen: nothing wider than the page, and axe finds nothing."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from members.models import User
from payments.models import Attempt
from payments.refunds import chargebacks
from payments.states import ChargebackState
from tests.journeys.steps import come_as
from tests.outside.test_chargebacks import a_chargeback
from tests.page_problems import problems

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_each_new_page_fits_and_reads(paid: Attempt, teresa: User, page: Page) -> None:
    case = a_chargeback(paid, author=teresa)
    chargebacks.add_paper(case.pk, note="Carta de la pasarela", author=teresa, content=b"%PDF-", media_type="x/pdf")
    chargebacks.propose_end(case.pk, end=ChargebackState.ACCEPTED, by=teresa, reason="Ana tiene razón")
    come_as(page, teresa)
    for address in (
        "contracargos/",
        f"contracargos/{case.pk}/",
        f"contracargos/{case.pk}/perder/",
        f"contracargos/{case.pk}/confirmar/",
        f"intento/{paid.pk}/devuelto/",
        f"intento/{paid.pk}/contracargo/",
        f"{paid.order_id}/",
        f"{paid.order_id}/confirmacion/",
        "archivos/",
    ):
        page.goto(f"/admin/pagos/{address}")
        assert problems(page) == [], address
        if folder := os.environ.get("LOOK_AT"):
            for width in (390, 1366):
                page.set_viewport_size({"width": width, "height": 900})
                name = f"{address.strip('/').replace('/', '-')}-{width}.png"
                page.screenshot(path=Path(folder) / name, full_page=True)
