"""What a member sends with "Este CMP no es el mío": known by its bytes, seen by the webmaster alone, inert."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from members.models import AssignmentReport, User
from members.numbers import assignments
from tests.builders import client_of

PAGE = "/este-cmp-no-es-el-mio/"
PDF = b"%PDF-1.4\n%carne\n%%EOF"
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"


def address(report: AssignmentReport) -> str:
    return f"/admin/webmaster/avisos/{report.pk}/adjunto/"


@pytest.mark.parametrize(("name", "content", "kind"), [("carne.pdf", PDF, "pdf"), ("foto.exe", JPG, "jpeg")])
def test_ana_sends_her_card_and_walter_downloads_it(
    ana: User, walter: User, name: str, content: bytes, kind: str
) -> None:
    sent = client_of(ana).post(PAGE, {"note": "Mire", "attachment": SimpleUploadedFile(name, content)}, follow=True)
    report = AssignmentReport.objects.get(user=ana)

    answer = client_of(walter).get(address(report))

    assert "solo lo ve el webmaster" in sent.content.decode()
    assert answer.content == content
    assert answer["Content-Type"].endswith(kind)
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "exe" not in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert address(report) in client_of(walter).get(f"/admin/webmaster/cuentas/{ana.pk}/").content.decode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("carne.pdf", b"<!doctype html><script>alert(1)</script>"),
        ("carne.jpg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("carne.pdf", b" " * 5 + PDF),
        ("carne.pdf", PDF + b"0" * 5 * 1024 * 1024),
    ],
)
def test_a_page_named_pdf_and_what_is_too_heavy_are_refused_and_nothing_is_kept(
    ana: User, name: str, content: bytes
) -> None:
    page = client_of(ana).post(PAGE, {"note": "", "attachment": SimpleUploadedFile(name, content, "application/pdf")})

    assert 'id="errors-title"' in page.content.decode()
    assert not AssignmentReport.objects.exists()


def test_nobody_but_the_webmaster_opens_it(ana: User, carla: User, teresa: User) -> None:
    report = assignments.report(ana, attachment=(PDF, "application/pdf"))

    for user in (ana, carla, teresa):
        answer = client_of(user).get(address(report))
        assert answer.status_code in (302, 403)
        assert PDF not in answer.content


def test_a_report_without_a_file_has_none(ana: User, walter: User) -> None:
    assert client_of(walter).get(address(assignments.report(ana))).status_code == 404


def test_the_answer_is_shown_where_the_report_was_made(ana: User, walter: User) -> None:
    assignments.close_report(assignments.report(ana), author=walter, answer="Es el suyo: coincide con su DNI.")

    assert "Es el suyo: coincide con su DNI." in client_of(ana).get(PAGE).content.decode()
