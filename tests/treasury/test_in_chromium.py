"""Teresa and Úrsula at the desk in a real browser: axe at two widths, no sideways scrolling, no scripts needed."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from cmp_portal.treasury import alerts
from members.models import User
from payments import closing, proposals
from payments.models import Attempt
from receipts.issue import issue
from tests.journeys.steps import come_as
from tests.page_problems import problems
from tests.treasury.payments_of import a_payment
from tests.treasury.test_closing import a_charge
from tests.treasury.test_settlements import a_line
from tests.treasury.test_settlements import load as load_report

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("desk"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer, settings: Settings) -> Iterator[Page]:
    settings.PORTAL_URL = live_server.url
    context = chromium.new_context(base_url=live_server.url, reduced_motion="reduce", color_scheme="light")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def test_axe_finds_nothing_on_any_page_of_the_desk(page: Page, paid: Attempt, ana: User, teresa: User) -> None:
    issue(paid.order_id)
    double = a_payment(ana, order_state="cancelled", state="approved", card="455170******8059", brand="visa")
    doubt = a_payment(state="in_doubt", order_state="awaiting_payment", staff_reason="La pasarela aprobó otro monto")
    proposal = proposals.propose(double.pk, author=teresa, reason="Pago doble")
    member = ana.assignments.get().member
    yesterday = a_charge(receipt=False)
    report = load_report(teresa, [a_line(yesterday, amount="31.00"), a_line(yesterday, number="987654321")])
    closed = closing.close(closing.next_day() or date.min, author=teresa, note="Falta emitir")
    come_as(page, teresa)
    alerts.look()
    places = [
        reverse("admin:index"),
        reverse("staff_payments"),
        reverse("staff_payments") + "?desde=2026-02-02&hasta=2026-01-01",
        reverse("staff_payment", args=[paid.order_id]),
        reverse("staff_payment", args=[doubt.order_id]),
        reverse("staff_ask", args=[paid.pk]),
        reverse("staff_propose", args=[paid.pk]),
        reverse("staff_decide", args=[proposal.pk]),
        reverse("staff_proposals"),
        reverse("staff_record_elsewhere"),
        reverse("staff_record_elsewhere") + f"?cmp_number={member.cmp_number}",
        reverse("staff_elsewhere"),
        reverse("staff_settlements"),
        report.redirect_chain[-1][0],  # type: ignore[attr-defined]
        reverse("staff_closes"),
        reverse("staff_duplicates"),
        reverse("staff_reminders"),
        reverse("staff_close", args=[closed.pk]),
    ]
    found = {}
    for place in places:
        page.goto(place)
        expect(page.locator("h1")).to_be_visible()
        found[place] = problems(page)
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


def test_teresa_proposes_and_ursula_approves_by_hand(page: Page, paid: Attempt, teresa: User, ursula: User) -> None:
    come_as(page, teresa)
    page.goto(reverse("staff_payments"))
    page.get_by_label("Buscar").fill("45678")
    page.get_by_role("button", name="Filtrar").click()
    page.get_by_role("link", name=paid.number, exact=True).click()
    page.get_by_role("link", name="Proponer una devolución").click()
    page.locator("[name=lines]").first.check()
    page.get_by_label("Motivo").fill("Pagó un mes exonerado")
    page.get_by_role("button", name="Proponer una devolución").click()
    expect(page.get_by_text("hasta que otra persona la apruebe")).to_be_visible()

    page.context.clear_cookies()
    come_as(page, ursula)
    page.goto(reverse("staff_proposals"))
    page.get_by_role("link", name="Decidir").click()
    page.get_by_label("Aprobar: el dinero se devuelve").check()
    page.get_by_role("button", name="Guardar la decisión").click()
    expect(page.get_by_text("aprobada: se envía a la pasarela")).to_be_visible()
    expect(page.get_by_role("heading", name="Qué hacer ahora: Esperar")).to_be_visible()
