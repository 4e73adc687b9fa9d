"""Paying coming months: after all older ones, at today's tariff, for good."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from base.peru import months
from dues import ledger
from dues.charging import ahead, monthly
from dues.models import Due, Kind
from members.models import User
from members.numbers import assignments
from payments.models import Order
from simulators.niubiz.server import RunningSimulator
from tests.builders import client_of, month
from tests.dues.priced import colegiado_tariff, covers, semefa_tariff
from tests.payments.browser import Browser, text

AHEAD = "/pago/adelantar/colegiado/"
FIELDS = {"kind": "colegiado", "document": "03", "email": "ana@example.com", "terms": "on"}


@pytest.fixture(autouse=True)
def tariffs(db: None) -> None:
    colegiado_tariff()


def of_kind(user: User, kind: str = Kind.COLEGIADO) -> list[Due]:
    return list(Due.objects.filter(member=assignments.current_member(user), kind=kind).order_by("period"))


def test_bruno_who_is_up_to_date_is_offered_the_coming_months(bruno: User) -> None:
    browser = client_of(bruno)
    assert "Cuota Colegiado: ver los meses que vienen" in text(browser.get(reverse("choose")))

    shown = browser.post(AHEAD, follow=True)

    assert shown.redirect_chain == [("/pago/cuotas/?adelantar=colegiado#id_dues", 302)]
    assert shown.context["form"].payable
    assert [due.period for due in of_kind(bruno)[-12:]] == [month(-n) for n in range(1, 13)]
    assert text(shown).count("Por adelantado") == 12
    assert "Cuota Colegiado: ver los meses que vienen" not in text(shown)


def test_nobody_is_shown_months_that_were_not_asked_for(bruno: User) -> None:
    browser = client_of(bruno)
    browser.post(AHEAD)

    assert not browser.get(reverse("choose")).context["form"].payable
    assert "Pendiente</span>" not in browser.get(reverse("statement")).content.decode()


def test_ana_pays_the_older_ones_first(ana: User) -> None:
    browser = client_of(ana)
    browser.post(AHEAD)
    dues = of_kind(ana)
    page = reverse("choose") + "?adelantar=colegiado"

    refused = browser.post(page, FIELDS | {"dues": [due.pk for due in dues if due != dues[2]][:6]})
    assert "primero se pagan las cuotas más antiguas" in text(refused)
    accepted = browser.post(page, FIELDS | {"dues": [due.pk for due in dues[:7]]})
    assert accepted.status_code == 302
    assert [line.period for line in Order.objects.get().lines.order_by("period")] == [due.period for due in dues[:7]]


def test_a_change_from_the_summary_still_shows_the_coming_months(ana: User) -> None:
    browser = client_of(ana)
    browser.post(AHEAD)
    browser.post(reverse("choose") + "?adelantar=colegiado", FIELDS | {"dues": [due.pk for due in of_kind(ana)[:6]]})

    assert text(browser.get(reverse("choose"))).count("Por adelantado") == 12


def test_the_months_ahead_that_were_not_asked_for_cannot_be_posted(ana: User) -> None:
    browser = client_of(ana)
    browser.post(AHEAD)

    refused = browser.post(reverse("choose"), FIELDS | {"dues": [due.pk for due in of_kind(ana)[:6]]})

    assert "ya no está pendiente" in text(refused)


def test_a_later_rise_does_not_touch_a_month_paid_ahead(bruno: User, simulator: RunningSimulator) -> None:
    browser = Browser(bruno, simulator)
    browser.client.post(AHEAD)
    next_month, after_next = of_kind(bruno)[-12:-10]
    browser.client.post(f"{reverse('choose')}?adelantar=colegiado", FIELDS | {"dues": [next_month.pk]})
    browser.pay(Order.objects.get())

    colegiado_tariff(next_month.period, amount="35.00")
    for period in (next_month.period, after_next.period):
        monthly.charge(period, today=timezone.localdate())

    next_month.refresh_from_db()
    after_next.refresh_from_db()
    assert str(next_month.amount) == "30.00"
    assert str(after_next.amount) == "35.00"
    assert ledger.settled_among([next_month.pk])
    assert "por adelantado" in client_of(bruno).get(reverse("statement")).content.decode()


def test_semefa_is_offered_to_whom_it_covers(bruno: User) -> None:
    semefa_tariff()
    member = assignments.current_member(bruno)
    assert member
    today = timezone.localdate()
    assert ahead.kinds_ahead(member, today) == {Kind.COLEGIADO}
    covers(member, since=months.shift(months.month_of(today), -3))
    assert ahead.kinds_ahead(member, today) == {Kind.COLEGIADO, Kind.SEMEFA}


def test_without_a_tariff_or_with_the_setting_at_0_nothing_is_offered(bruno: User, settings: object) -> None:
    member = assignments.current_member(bruno)
    assert member
    assert ahead.kinds_ahead(member, timezone.localdate() - timedelta(days=366 * 20)) == set()
    settings.PAY_AHEAD_MONTHS = 0  # type: ignore[attr-defined]
    assert ahead.kinds_ahead(member, timezone.localdate()) == set()


def test_a_made_up_kind_is_not_there(bruno: User) -> None:
    assert client_of(bruno).post("/pago/adelantar/otra/").status_code == 404
    assert client_of(bruno).get(AHEAD).status_code == 405
