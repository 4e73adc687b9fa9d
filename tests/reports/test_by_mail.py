"""Reports by mail, to whoever may read them on the day they are sent; and who may read which."""

from datetime import date

import pytest
from django.core import mail

from members.models import User
from staff import roles
from staff.models import ReportSubscription
from staff.reports import subscriptions
from staff.reports.all import REPORTS
from tests.builders import a_user, client_of

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY, FIRST = date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 1)

READS = {
    roles.CASHIER: {"rechazos"},
    roles.REVIEWER: {"rechazos"},
    roles.APPROVER: {"rechazos", "consejos"},
    roles.ACCOUNTANT: set(REPORTS),
    roles.TREASURY: set(REPORTS),
    roles.AUDITOR: set(REPORTS),
    roles.BOARD: set(REPORTS),
    roles.WEBMASTER: set(),
}


@pytest.mark.parametrize("role", READS)
def test_each_role_reads_its_reports_and_no_others(role: str) -> None:
    browser = client_of(a_user(staff_role=role))
    read = {slug for slug in REPORTS if browser.get(f"/admin/informes/{slug}/").status_code == 200}
    assert read == READS[role]
    for slug in REPORTS:
        for part in ("tabla.csv", "filas/3/", "filas/3/filas.csv", "formato/ple-14-1/", "estado.pdf"):
            status = browser.get(f"/admin/informes/{slug}/{part}").status_code
            assert (status == 403) == (slug not in READS[role]), (slug, part)
    assert browser.get("/admin/informes/").status_code == (200 if READS[role] else 403)


def test_a_board_reader_sees_reports_and_no_payment() -> None:
    browser = client_of(a_user(staff_role=roles.BOARD))
    for path in ("/admin/pagos/", "/admin/pagos/cierre/", "/admin/pagos/deudas/"):
        assert browser.get(path).status_code in (403, 404)
    assert browser.get("/admin/informes/participaciones/proponer/").status_code == 403


def subscribed(user: User, slug: str, every: str) -> None:
    assert client_of(user).post(f"/admin/informes/{slug}/suscripcion/", {"every": every}).status_code == 302


def test_teresa_gets_what_she_asked_for_on_mondays_and_only_once_a_day(teresa: User) -> None:
    subscribed(teresa, "antiguedad", "week")
    assert subscriptions.send_due(TUESDAY) == 0
    assert subscriptions.send_due(MONDAY) == 1
    assert subscriptions.send_due(MONDAY) == 0
    [letter] = mail.outbox
    assert letter.to == [teresa.email]
    assert letter.subject == "Antigüedad de la deuda"
    assert "/admin/informes/antiguedad/" in letter.body
    assert "Vencido: S/ 0.00" in letter.body


def test_a_monthly_one_comes_on_the_first_and_ends_when_she_says_so(teresa: User) -> None:
    subscribed(teresa, "recaudacion", "month")
    assert subscriptions.send_due(MONDAY) == 0
    assert subscriptions.send_due(FIRST) == 1
    subscribed(teresa, "recaudacion", "")
    assert ReportSubscription.objects.count() == 0


@pytest.mark.parametrize("loss", ["role", "staff", "active"])
def test_who_lost_the_right_meanwhile_gets_nothing(loss: str, teresa: User) -> None:
    subscribed(teresa, "recaudacion", "month")
    if loss == "role":
        teresa.groups.clear()
    else:
        User.objects.filter(pk=teresa.pk).update(**{f"is_{loss}": False})
    assert subscriptions.send_due(FIRST) == 0
    assert mail.outbox == []


def test_nobody_subscribes_to_what_they_may_not_read() -> None:
    caja = client_of(a_user(staff_role=roles.CASHIER))
    assert caja.post("/admin/informes/recaudacion/suscripcion/", {"every": "week"}).status_code == 403
    assert ReportSubscription.objects.count() == 0
