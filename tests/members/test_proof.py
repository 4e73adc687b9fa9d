"""Who is the physician: codes to the roll's address, photos for the webmaster, and a link that freezes a stranger."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from base import masked
from demo.mailbox import Mailbox
from members import tasks
from members.models import Assignment, AssignmentReport, Claim, ClaimState, Member, ProofCode, User
from members.numbers import assignments, ownership, proof, registrations
from tests.builders import a_member, a_user, client_of

pytestmark = pytest.mark.django_db

SENT: list[tuple[str, str]] = []


def keep(number: str, text: str) -> None:
    """An SMS sender that keeps what it is handed."""
    SENT.append((number, text))


@pytest.fixture
def rosa(db: None) -> Member:
    return a_member("Rosa", "Núñez Peña", cmp_number=64_321, document_number="44445555", email="rosa@correo.pe")


def a_claim(email: str = "rosa@example.com", **declared: Any) -> Claim:
    """A registration whose e-mail is confirmed, as Rosa typed it unless told otherwise."""
    typed = {
        "cmp_number": 64_321,
        "document_type": "1",
        "document_number": "44445555",
        "given_names": "ROSA",
        "surnames": "Nunez Pena",
    }
    user = a_user(email=email)
    registrations.declare(user, registrations.Declared(**(typed | declared)))
    registrations.confirmed(user)
    return Claim.objects.get(user=user)


def test_names_are_compared_without_accents_and_capitals(rosa: Member) -> None:
    assert proof.provable(a_claim()) == rosa


@pytest.mark.parametrize(
    "declared",
    [
        {"cmp_number": 1},
        {"document_number": "00000000"},
        {"given_names": "Rosario"},
        {"surnames": "Núñez Soto"},
    ],
)
def test_no_code_goes_out_for_what_the_roll_does_not_confirm(rosa: Member, declared: dict[str, Any]) -> None:
    claim = a_claim(**declared)
    assert proof.ways(claim) == []
    with pytest.raises(proof.NotAsked):
        proof.send_code(claim, "email")


def test_an_address_that_two_physicians_share_proves_nobody(rosa: Member) -> None:
    a_member(email="rosa@correo.pe")
    assert proof.ways(a_claim()) == []


def test_a_wrong_code_is_counted_and_the_sixth_try_is_not_looked_at(rosa: Member) -> None:
    claim = a_claim()
    code = proof.send_code(claim, "email")
    for _ in range(5):
        with pytest.raises(proof.WrongCode):
            proof.check_code(claim, "00000000" if proof.digits_of(code) != "00000000" else "11111111")
    with pytest.raises(proof.CodeExpired):
        proof.check_code(claim, proof.digits_of(code))
    assert assignments.current_member(claim.user) is None


def test_a_code_serves_an_hour_and_only_the_last_one(rosa: Member) -> None:
    claim = a_claim()
    first = proof.send_code(claim, "email")
    second = proof.send_code(claim, "email")
    with pytest.raises(proof.WrongCode):
        proof.check_code(claim, proof.digits_of(first))
    with time_machine.travel(timezone.now() + timedelta(minutes=61)), pytest.raises(proof.CodeExpired):
        proof.check_code(claim, proof.digits_of(second))
    assert proof.check_code(claim, f" {proof.digits_of(second)[:4]} {proof.digits_of(second)[4:]} ") == rosa
    with pytest.raises(proof.CodeExpired):
        proof.check_code(claim, proof.digits_of(second))


def test_strangers_do_not_fill_the_mailbox_of_a_physician(rosa: Member) -> None:
    sent = 0
    for number in range(4):
        claim = a_claim(f"extrano-{number}@example.com")
        for _ in range(4):
            try:
                proof.send_code(claim, "email")
            except proof.TooManyCodes:
                continue
            sent += 1
    assert sent == 5


def test_a_code_of_one_account_opens_no_other(rosa: Member) -> None:
    own, stranger = a_claim(), a_claim("extrano@example.com")
    code = proof.send_code(own, "email")
    with pytest.raises(proof.CodeExpired):
        proof.check_code(stranger, proof.digits_of(code))


def test_the_code_is_in_no_table(rosa: Member) -> None:
    code = proof.send_code(a_claim(), "email")
    digits = proof.digits_of(code)
    kept = [*map(str, ProofCode.objects.values_list()), *map(str, ProcrastinateJob.objects.values_list("args"))]
    assert not any(digits in row for row in kept)


def test_a_mobile_gets_a_text_when_the_college_has_a_sender(rosa: Member, settings: Settings) -> None:
    Member.objects.filter(pk=rosa.pk).update(mobile="987654321")
    claim = a_claim()
    assert [way.channel for way in proof.ways(claim)] == ["email"]
    settings.SMS_SENDER = f"{__name__}.keep"
    assert [way.shown for way in proof.ways(claim)] == ["r***a@c***.pe", "*** *** *21"]
    SENT.clear()
    tasks.send_code(proof.send_code(claim, "mobile").pk)
    [(number, text)] = SENT
    assert number == "987654321"
    digits = re.search(r"\d{8}", text)
    assert digits
    assert proof.check_code(claim, digits[0]) == rosa


def test_the_photo_is_a_jpg_that_only_the_webmaster_sees(
    rosa: Member, walter: User, teresa: User, mailbox: Mailbox
) -> None:
    claim = a_claim(document_number="00000000")
    own = client_of(claim.user)
    pdf = SimpleUploadedFile("yo.pdf", b"%PDF-1.4")
    assert "foto JPG, no un PDF" in own.post(reverse("prove_photo"), {"photo": pdf}).content.decode()
    own.post(reverse("prove_photo"), {"photo": SimpleUploadedFile("yo.jpg", b"\xff\xd8\xff yo")})
    claim.refresh_from_db()
    assert claim.state == ClaimState.WAITING
    page = reverse("webmaster_photo", args=[claim.pk])
    photo = client_of(walter).get(page)
    assert (photo.content, photo["Content-Type"]) == (b"\xff\xd8\xff yo", "image/jpeg")
    assert "attachment" in photo["Content-Disposition"]
    assert client_of(teresa).get(page).status_code == 403
    assert own.get(page).status_code == 302


def test_the_webmaster_links_nobody_without_a_photo(rosa: Member, walter: User) -> None:
    claim = a_claim(document_number="00000000")
    Claim.objects.update(state=ClaimState.WAITING)
    page = reverse("webmaster_assign", args=[claim.pk])
    answer = client_of(walter).post(page, {"member": "64321", "answer": "Sí"}, follow=True)
    assert "no envió su foto" in answer.content.decode()
    with pytest.raises(registrations.NoPhoto):
        registrations.accept(claim, member=rosa, author=walter, answer="Sí")
    assert assignments.current_member(claim.user) is None


def a_claim_with_a_photo(email: str = "rosa@example.com") -> Claim:
    claim = a_claim(email)
    proof.take_photo(claim, b"\xff\xd8\xff")
    return claim


def decision_of(claim: Claim) -> tuple[str, str, User | None]:
    claim = Claim.objects.get(pk=claim.pk)
    return claim.state, claim.answer, claim.decided_by


def test_a_registration_is_accepted_once(rosa: Member, walter: User) -> None:
    claim = a_claim_with_a_photo()
    registrations.accept(claim, member=rosa, author=walter, answer="Comprobado")
    with pytest.raises(registrations.AlreadyDecided):
        registrations.accept(claim, member=rosa, author=walter, answer="Otra vez")
    with pytest.raises(registrations.AlreadyDecided):
        registrations.refuse(claim, author=walter, answer="No es usted")
    assert decision_of(claim) == (ClaimState.LINKED, "Comprobado", walter)
    assert assignments.current_member(claim.user) == rosa


def test_a_refused_registration_stays_refused(rosa: Member, walter: User) -> None:
    claim = a_claim_with_a_photo()
    registrations.refuse(claim, author=walter, answer="La foto no se lee")
    with pytest.raises(registrations.AlreadyDecided):
        registrations.accept(claim, member=rosa, author=walter, answer="Sí")
    assert decision_of(claim) == (ClaimState.REFUSED, "La foto no se lee", walter)
    assert assignments.current_member(claim.user) is None


def test_a_number_that_another_account_holds_is_not_given_twice(rosa: Member, walter: User) -> None:
    claim = a_claim_with_a_photo("segunda@example.com")
    holder = a_user(rosa, email="primera@example.com")
    with pytest.raises(assignments.NumberTaken):
        registrations.accept(claim, member=rosa, author=walter, answer="Sí")
    assert decision_of(claim) == (ClaimState.WAITING, "", None)
    assert assignments.current_member(holder) == rosa
    assert assignments.current_member(claim.user) is None


def test_a_stranger_sees_no_page_of_another_registration(rosa: Member, bruno: User) -> None:
    a_claim()
    for name in ("prove", "prove_photo"):
        assert client_of(bruno).get(reverse(name)).status_code == 404
        assert Client().get(reverse(name)).status_code == 302


# --- Whatever the way, the roll's address is told


def the_letter(mailbox: Mailbox) -> str:
    """Send what was queued for the roll's address; the newest letter's text."""
    for job in ProcrastinateJob.objects.filter(task_name="members.tell_roll"):
        tasks.tell_roll(**job.args)
    return next(iter(mailbox)).text


def link_of(letter: str) -> str:
    link = re.search(r"/cuenta/no-es-mia/\S+/", letter)
    assert link
    return link[0]


@pytest.mark.parametrize("way", ["code", "photo", "first", "correct"])
def test_the_rolls_address_is_told_of_every_account(rosa: Member, walter: User, mailbox: Mailbox, way: str) -> None:
    from payments import number_changes

    claim = a_claim("extrano@example.com")
    if way == "code":
        proof.check_code(claim, proof.digits_of(proof.send_code(claim, "email")))
    elif way == "photo":
        proof.take_photo(claim, b"\xff\xd8\xff")
        registrations.accept(claim, member=rosa, author=walter, answer="Comprobado")
    elif way == "first":
        fields = {"user": claim.user.pk, "member": rosa.pk, "reason": "Solicitud por correo"}
        assert client_of(walter).post("/admin/members/assignment/add/", fields).status_code == 302
    else:
        number_changes.change(claim.user, to=rosa, author=walter, reason="Comprobado por teléfono")
    letter = the_letter(mailbox)
    assert next(iter(mailbox)).recipients == ("rosa@correo.pe",)
    assert "CMP 64321" in letter
    assert "e***o@e***.com" in letter
    assert "extrano@example.com" not in letter


def test_one_click_freezes_the_account_and_opens_a_ticket(rosa: Member, walter: User, mailbox: Mailbox) -> None:
    stranger = a_user(email="extrano@example.com")
    assignments.begin(stranger, rosa, author=walter, reason="Se hizo pasar por ella")
    link = link_of(the_letter(mailbox))
    open_browser = client_of(stranger)
    assert "Rosa" in open_browser.get(reverse("statement")).content.decode()

    assert "Detener esa cuenta" in Client().get(link).content.decode()
    assert not AssignmentReport.objects.exists(), "a mail scanner that follows links changes nothing"
    assert "La cuenta está detenida" in Client().post(link).content.decode()

    report = AssignmentReport.objects.get()
    assert (report.user, report.by_owner, report.closed_at) == (stranger, True, None)
    assert assignments.pays_for(stranger).member is None
    assert open_browser.get(reverse("greeting")).status_code == 302
    again = client_of(stranger)
    for name in ("greeting", "report_cmp", "statement", "attestations"):
        page = again.get(reverse(name), follow=True).content.decode()
        assert "Núñez" not in page, name
        assert "5555" not in page, name
    Client().post(link)
    assert AssignmentReport.objects.count() == 1
    tasks.tell_webmaster(report.pk)
    assert "desde la dirección del padrón" in next(iter(mailbox)).text


@pytest.mark.parametrize("token", ["x", "MQ:1abcde:forged"])
def test_a_made_up_link_freezes_nobody(rosa: Member, token: str) -> None:
    Assignment.objects.create(user=a_user(), member=rosa)
    assert Client().post(reverse("not_my_account", args=[token])).status_code == 404
    assert not AssignmentReport.objects.exists()


def test_the_link_of_an_ended_assignment_freezes_nobody(ana: User) -> None:
    ended = Assignment.objects.get(user=ana)
    link = ownership.link(ended)
    Assignment.objects.filter(pk=ended.pk).update(ended_at=timezone.now(), ended_by=ana, end_reason="Corregida")
    assert Client().post("/" + link.split("/", 3)[3]).status_code == 404


@pytest.mark.parametrize(
    ("address", "shown"),
    [("juana@gmail.com", "j***a@g***.com"), ("jo@cmp.org.pe", "j***@c***.pe"), ("a@b.pe", "a***@b***.pe")],
)
def test_an_address_is_shown_in_part(address: str, shown: str) -> None:
    assert masked.email(address) == shown
