"""A report that takes long is the worker's: it is kept with its moment, and every night anew."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from members.models import User
from staff import tasks
from staff.models import KeptReport, ReportSubscription
from staff.reports import ageing, kept
from staff.reports import all as reports
from staff.reports.report import Answer, Choice, Report
from tests.builders import client_of, month
from tests.receipts.test_refusals import refused

pytestmark = pytest.mark.django_db(transaction=True)
HERE = Choice(month(1), month(0), "semefa", 3)


def slowly(answer: Callable[[Choice], Answer]) -> Callable[[Choice], Answer]:
    """The same answer, from a database that thinks for two seconds."""

    def thinking(choice: Choice) -> Answer:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(2)")
        return answer(choice)

    return thinking


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Report:
    report = replace(reports.REPORTS["antiguedad"], answer=slowly(ageing.answer))
    monkeypatch.setitem(reports.REPORTS, "antiguedad", report)
    return report


def test_a_choice_is_read_back_from_its_address() -> None:
    for choice in (HERE, replace(HERE, kind="", council=None)):
        assert kept.choice_of(choice.address) == choice


@pytest.mark.parametrize("slug", reports.REPORTS)
def test_an_answer_is_read_back_as_it_was_kept(slug: str, college: None) -> None:
    report = reports.REPORTS[slug]
    answer = report.answer(kept.first_choice(report, timezone.localdate()))
    row = KeptReport.objects.create(slug=slug, choice="x", answer=answer.as_json(), seconds=1)
    row.refresh_from_db()
    assert Answer.from_json(row.answer) == answer


def test_a_quick_report_is_calculated_for_the_page_and_not_kept(college: None, teresa: User) -> None:
    page = client_of(teresa).get("/admin/informes/antiguedad/").content.decode()
    assert "Calculado ahora" in page
    assert KeptReport.objects.count() == 0


def test_a_slow_report_waits_for_the_worker_and_is_shown_with_its_moment(
    college: None, teresa: User, slow: Report
) -> None:
    browser = client_of(teresa)
    assert "Se está calculando ahora" in browser.get("/admin/informes/antiguedad/").content.decode()
    job = ProcrastinateJob.objects.get(task_name="staff.keep_report")
    assert "Se está calculando ahora" in browser.get("/admin/informes/antiguedad/").content.decode()
    assert ProcrastinateJob.objects.filter(task_name="staff.keep_report").count() == 1, "asked once"

    tasks.keep_report(**job.args)
    stored = KeptReport.objects.get()
    assert stored.seconds > 1.5
    page = browser.get("/admin/informes/antiguedad/")
    assert page.context["shown"].answer == ageing.answer(page.context["choice"])
    assert "Calculado al" in page.content.decode()
    assert "Calcular ahora" in page.content.decode()
    answer = browser.post(f"/admin/informes/antiguedad/calcular/?{page.context['choice'].address}")
    assert answer.status_code == 302


def test_each_night_keeps_what_is_slow_or_was_read_lately_and_forgets_the_rest(college: None, slow: Report) -> None:
    today = timezone.localdate()
    kept.keep(reports.REPORTS["recaudacion"], HERE)
    forgotten = kept.keep(reports.REPORTS["recaudacion"], Choice(month(9), month(8)))
    KeptReport.objects.filter(pk=forgotten.pk).update(read_on=today - timedelta(days=31))
    KeptReport.objects.update(made_at=timezone.now() - timedelta(days=1), answer={"old": True})
    tasks.keep_reports(0)
    first = kept.first_choice(slow, today).address
    assert set(KeptReport.objects.values_list("slug", "choice")) == {
        ("antiguedad", first),
        ("recaudacion", HERE.address),
    }
    assert all("old" not in each.answer for each in KeptReport.objects.all())
    assert KeptReport.objects.filter(made_at__gt=timezone.now() - timedelta(hours=1)).count() == 2


def test_a_wrong_choice_is_said_and_calculates_nothing(teresa: User) -> None:
    browser = client_of(teresa)
    for query in ("desde=2026-13&hasta=2026-12", "desde=2026-05&hasta=2026-04", "desde=1990-01&hasta=2026-01"):
        assert browser.get(f"/admin/informes/recaudacion/?{query}").status_code == 400
        assert browser.get(f"/admin/informes/recaudacion/tabla.csv?{query}").status_code == 404
    for key in ("x", "1:2", "2026-99", "0", "9" * 30, "card:1:2:3"):
        for slug in reports.REPORTS:
            assert browser.get(f"/admin/informes/{slug}/filas/{key}/").status_code in (200, 404), (slug, key)
    assert browser.get("/admin/informes/nada/").status_code == 404
    assert Decimal(KeptReport.objects.count()) == 0


def test_the_tables_keep_one_answer_of_a_choice_and_one_subscription_of_a_person(teresa: User) -> None:
    KeptReport.objects.create(slug="x", choice="y", answer={}, seconds=1)
    refused("a_report_is_kept_once_for_a_choice", KeptReport(slug="x", choice="y", answer={}, seconds=1).save)
    ReportSubscription.objects.create(user=teresa, slug="x", every="week")
    again = ReportSubscription(user=teresa, slug="x", every="month")
    refused("a_person_gets_a_report_once", again.save)
