"""Teresa and Úrsula at the desk in a real browser: axe at two widths, no sideways scrolling, no scripts needed."""

from datetime import date

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from dues import revocations
from members.models import User
from payments.books import daily_close
from payments.models import Attempt
from payments.refunds import proposals
from receipts.issuing.issue import issue
from staff import alerts
from tests.builders import a_due, an_exemption, month
from tests.journeys.steps import come_as
from tests.page_problems import problems
from tests.treasury.payments_of import a_payment
from tests.treasury.test_closing import a_charge
from tests.treasury.test_duplicates import charged
from tests.treasury.test_payouts import a_line
from tests.treasury.test_payouts import load as load_report

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("desk"), pytest.mark.django_db(transaction=True)]


def test_axe_finds_nothing_on_any_page_of_the_desk(
    page: Page, paid: Attempt, ana: User, bruno: User, teresa: User
) -> None:
    issue(paid.order_id)
    double = a_payment(ana, order_state="cancelled", state="approved", card="455170******8059", brand="visa")
    doubt = a_payment(state="in_doubt", order_state="awaiting_payment", staff_reason="La pasarela aprobó otro monto")
    proposal = proposals.propose(double.pk, author=teresa, reason="Pago doble")
    member = ana.assignments.get().member
    first, second = charged(bruno, 20), charged(bruno, 5)
    yesterday = a_charge(receipt=False)
    report = load_report(teresa, [a_line(yesterday, amount="31.00"), a_line(yesterday, number="987654321")])
    closed = daily_close.close(daily_close.next_day() or date.min, author=teresa, note="Falta emitir")
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
        reverse("staff_clear_pair", args=[first.pk, second.pk]),
        reverse("staff_reminders"),
        reverse("staff_close", args=[closed.pk]),
    ]
    found = {}
    for place in places:
        page.goto(place)
        expect(page.locator("h1")).to_be_visible()
        found[place] = problems(page)
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


def test_a_second_person_reads_what_is_revoked(page: Page, ana: User, teresa: User, ursula: User) -> None:
    due = a_due(ana.assignments.get().member, kind="colegiado", period=month(8))
    proposal = revocations.propose(
        an_exemption(due.member, due, author=teresa), author=teresa, reason="Era de otro CMP"
    )
    come_as(page, ursula)
    for place in (reverse("staff_proposals"), reverse("staff_decide_revocation", args=[proposal.pk])):
        page.goto(place)
        expect(page.get_by_text("Actos por revocar").or_(page.get_by_text("Era de otro CMP"))).to_be_visible()
        assert problems(page) == [], place
