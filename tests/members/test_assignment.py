"""Which member an account pays for, and "Este CMP no es el mío"."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from pytest_django import DjangoAssertNumQueries

from members import tasks
from members.models import AssignmentReport, User
from members.numbers import assignments, successions
from tests.builders import a_member, a_user, client_of, month, the_succession


def test_an_account_pays_for_the_cmp_it_declared(ana: User, teresa: User) -> None:
    member = assignments.current_member(ana)

    assert member is not None
    assert member.cmp_number == 45_678
    assert assignments.current_member(teresa) is None
    assert assignments.pays_for(ana).member
    assert not assignments.pays_for(teresa).member


def test_a_report_freezes_that_account_only(ana: User, bruno: User) -> None:
    report = assignments.report(ana, "Mi CMP es 45687")

    assert assignments.open_report(ana) == report
    assert not assignments.pays_for(ana).member
    assert assignments.pays_for(bruno).member


def test_whom_an_account_pays_for_is_asked_at_once(
    ana: User, bruno: User, teresa: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assignments.report(ana, "Mi CMP es 45687", attachment=(b"%PDF-1.7", "application/pdf"))
    died = a_member(status="deceased", left_date=month(2) + timedelta(days=9))
    heir = the_succession(died, a_user(died)).user
    for user in (ana, bruno, teresa, heir):
        with django_assert_num_queries(1):
            whom = assignments.pays_for(user)
            told = str(whom.claimed and whom.claimed.regional_council), str(whom.report and whom.report.member)
            told += (str(whom.succession and whom.succession.member),)
        member, report, inherited = (
            ask(user) for ask in (assignments.current_member, assignments.open_report, successions.current)
        )
        assert whom == assignments.PaysFor(member, report, inherited)
        assert told == (
            str(member and member.regional_council),
            str(report and report.member),
            str(inherited and inherited.member),
        )


def test_reporting_twice_is_one_report(ana: User) -> None:
    first = assignments.report(ana, "Mi CMP es 45687")
    second = assignments.report(ana, "otra vez")

    assert second == first
    assert AssignmentReport.objects.get().note == "Mi CMP es 45687"


def test_an_account_without_a_cmp_has_nothing_to_report(teresa: User) -> None:
    with pytest.raises(assignments.NothingToReport):
        assignments.report(teresa)


def test_the_webmaster_is_mailed_who_and_what(ana: User) -> None:
    report = assignments.report(ana, "Mi CMP es 45687")
    tasks.tell_webmaster(report.pk)

    (sent,) = mail.outbox
    assert sent.to == [settings.WEBMASTER_EMAIL]
    assert sent.reply_to == ["ana@example.com"]
    for fact in ("45678", "Ana Quispe Mamani", "Mi CMP es 45687", f"/admin/members/assignmentreport/{report.pk}/"):
        assert fact in sent.body


def test_the_answer_unfreezes_the_account_and_reaches_its_person(ana: User, walter: User) -> None:
    report = assignments.report(ana)
    assignments.close_report(report, author=walter, answer="Su CMP es el 45678; lo verificamos con su DNI.")
    tasks.tell_reporter(report.pk)

    report.refresh_from_db()
    assert (report.closed_by, report.answer) == (walter, "Su CMP es el 45678; lo verificamos con su DNI.")
    assert assignments.pays_for(ana).member
    assert mail.outbox[0].to == ["ana@example.com"]
    assert "lo verificamos con su DNI" in mail.outbox[0].body


def test_a_report_is_answered_once(ana: User, walter: User) -> None:
    report = assignments.report(ana)
    assignments.close_report(report, author=walter, answer="Corregido.")

    with pytest.raises(assignments.AlreadyClosed):
        assignments.close_report(report, author=walter, answer="Corregido otra vez.")


def test_a_new_report_can_follow_a_closed_one(ana: User, walter: User) -> None:
    assignments.close_report(assignments.report(ana), author=walter, answer="Es el suyo.")

    assert assignments.report(ana).pk != AssignmentReport.objects.get(closed_by=walter).pk


# --- The page


def test_the_page_says_what_will_happen_before_anything_does(ana: User) -> None:
    page = client_of(ana).get("/este-cmp-no-es-el-mio/").content.decode()

    assert "45678" in page
    assert "no podrá pagar" in page
    assert settings.WEBMASTER_EMAIL in page
    assert not AssignmentReport.objects.exists()


def test_sending_the_page_reports_and_then_shows_the_progress(ana: User) -> None:
    response = client_of(ana).post("/este-cmp-no-es-el-mio/", {"note": "Mi CMP es <45687>"}, follow=True)
    page = response.content.decode()

    assert response.redirect_chain == [("/este-cmp-no-es-el-mio/", 302)]
    assert "En revisión" in page
    assert "Mi CMP es &lt;45687&gt;" in page
    assert settings.WEBMASTER_EMAIL in page


def test_a_note_that_is_too_long_is_refused_with_its_sentence(ana: User) -> None:
    page = client_of(ana).post("/este-cmp-no-es-el-mio/", {"note": "x" * 1001}).content.decode()

    assert 'id="errors-title"' in page
    assert not AssignmentReport.objects.exists()


def test_an_account_without_a_cmp_is_told_whom_to_write_to(teresa: User) -> None:
    page = client_of(teresa).post("/este-cmp-no-es-el-mio/").content.decode()

    assert "no tiene un CMP asignado" in page
    assert settings.WEBMASTER_EMAIL in page
