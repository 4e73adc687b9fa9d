"""The constancia de habilidad: Ana pays, takes it, shows it; a payment given back ends it."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader
from pytest_django import Settings

from dues import ledger
from dues.models import Settlement
from members.models import Member, MemberStatus, User
from members.numbers import assignments
from receipts import authenticity, standing_certificates
from receipts.exceptions import AlreadyRevoked, NotHabil
from receipts.models import StandingCertificate
from receipts.standing_certificates import Validity
from tests.builders import a_due, a_settlement, a_standing_rule, client_of, month
from tests.payments.browser import text
from tests.receipts.test_refusals import refused

pytestmark = pytest.mark.django_db
PAGE = "/comprobantes/habilidad/"


@pytest.fixture
def member(ana: User) -> Member:
    """Ana owes months of colegiado of which at most two are overdue; up to two are tolerated."""
    a_standing_rule(tolerated=20)
    member = assignments.current_member(ana)
    assert member
    return member


def test_ana_takes_her_constancia_and_whoever_holds_it_checks_it(
    ana: User, member: Member, run_jobs: Callable[..., int]
) -> None:
    client = client_of(ana)
    page = client.post(PAGE, follow=True)
    assert "estará lista en unos segundos" in text(page)
    assert 'http-equiv="refresh"' in page.content.decode()
    run_jobs("receipts.print_standing_certificate")
    certificate = StandingCertificate.objects.get()
    paper = client.get(reverse("standing_certificate_pdf", args=[certificate.code])).content
    assert len(paper) <= 60_000
    reader = PdfReader(BytesIO(paper))
    assert len(reader.pages) == 1
    words = reader.pages[0].extract_text()
    for part in ("Ana Quispe Mamani", "CMP 45678", "HÁBIL", certificate.code, "Resolución 7-1999"):
        assert part in words
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]

    checked = text(client.get(reverse("check_code", args=[certificate.code])))
    assert "Sí: este comprobante fue emitido aquí." in checked
    assert "CMP 45678, A. Q. M." in checked
    assert "Vale hoy" in checked


def test_a_payment_given_back_ends_it(ana: User, member: Member) -> None:
    a_standing_rule(tolerated=0)
    paid = [a_settlement(due) for due in member.dues.filter(kind="colegiado", due_date__lt=timezone.localdate())]
    certificate = standing_certificates.issue(member, author=ana)
    assert standing_certificates.validity(certificate) == Validity.HOLDS

    ledger.reverse(Settlement.objects.get(pk=paid[0].pk), author="teresa@example.com", reason="Contracargo")
    assert standing_certificates.validity(certificate) == Validity.NOT_HABIL
    found = authenticity.look_up(certificate.code)
    assert found
    assert found.ended
    page = text(client_of(ana).get(reverse("check_code", args=[certificate.code])))
    assert "Esta constancia fue emitida aquí, pero hoy ya no vale." in page


def test_who_is_inhabil_gets_none_and_is_told_how(ana: User, member: Member) -> None:
    a_standing_rule(tolerated=1)
    with pytest.raises(NotHabil):
        standing_certificates.issue(member, author=ana)
    client = client_of(ana)
    assert "Hoy no figura hábil" in text(client.get(PAGE))
    assert NotHabil.sentence in text(client.post(PAGE, follow=True))
    assert not StandingCertificate.objects.exists()


@pytest.mark.parametrize("status", [MemberStatus.WITHDRAWN, MemberStatus.DECEASED])
def test_who_left_the_college_gets_none(ana: User, member: Member, status: str) -> None:
    member.status, member.left_date = status, timezone.localdate()
    member.save()
    assert standing_certificates.may_have(member) is None


def test_asked_twice_on_a_day_it_is_one_paper(ana: User, member: Member) -> None:
    assert standing_certificates.issue(member, author=ana) == standing_certificates.issue(member, author=ana)


def test_its_days_are_a_setting(ana: User, member: Member, settings: Settings) -> None:
    settings.STANDING_CERTIFICATE_DAYS = 7
    certificate = standing_certificates.issue(member, author=ana)
    assert certificate.valid_until == timezone.localdate() + timedelta(days=7)
    certificate.valid_until = timezone.localdate() - timedelta(days=1)
    assert standing_certificates.validity(certificate) == Validity.EXPIRED


def test_teresa_revokes_it_once_with_a_reason(ana: User, teresa: User, member: Member) -> None:
    certificate = standing_certificates.issue(member, author=ana)
    standing_certificates.print_out(certificate.pk)
    desk = client_of(teresa)
    page = reverse("admin:receipts_standingcertificate_change", args=[certificate.pk])
    assert "Este campo es obligatorio" in text(desk.post(page, {"revocation_reason": ""}))
    desk.post(page, {"revocation_reason": "Suspensión por resolución 8-2026"})
    certificate.refresh_from_db()
    assert certificate.revoked_by == teresa
    assert standing_certificates.validity(certificate) == Validity.REVOKED
    assert "Suspensión por resolución 8-2026" in text(client_of(ana).get(PAGE))
    assert client_of(ana).get(reverse("standing_certificate_pdf", args=[certificate.code])).status_code == 404
    with pytest.raises(AlreadyRevoked):
        standing_certificates.revoke(certificate, author=teresa, reason="Otra vez")


def test_nobody_elses_is_there(ana: User, carla: User, member: Member) -> None:
    certificate = standing_certificates.issue(member, author=ana)
    standing_certificates.print_out(certificate.pk)
    address = reverse("standing_certificate_pdf", args=[certificate.code])
    assert client_of(carla).get(address).status_code == 404


def test_a_lost_job_is_made_up_for(ana: User, member: Member) -> None:
    certificate = standing_certificates.issue(member, author=ana)
    assert standing_certificates.unprinted() == [certificate.pk]


def test_the_table_keeps_the_rules(ana: User, teresa: User, member: Member) -> None:
    certificate = standing_certificates.issue(member, author=ana)
    every = StandingCertificate.objects.all()
    refused("a_standing_certificate_keeps_its_words", lambda: every.update(valid_until=month(-12)))
    refused("a_standing_certificate_is_never_deleted", lambda: every.delete())
    refused("a_revoked_certificate_says_by_whom_and_why", lambda: every.update(revoked_at=timezone.now()))
    refused(
        "a_standing_certificate_is_valid_for_days",
        lambda: StandingCertificate.objects.create(
            member=member, author=ana, sample=True, statement={}, valid_until=month(2)
        ),
    )
    standing_certificates.revoke(certificate, author=teresa, reason="Suspensión")
    refused("a_revoked_certificate_stays_revoked", lambda: every.update(revocation_reason="Otra"))


def test_a_due_of_this_month_does_not_end_it(ana: User, member: Member) -> None:
    certificate = standing_certificates.issue(member, author=ana)
    a_due(member, period=month(-1))
    assert standing_certificates.validity(certificate) == Validity.HOLDS
