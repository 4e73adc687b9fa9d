"""The Libro de Reclamaciones: Carla hands in a sheet, Walter answers it in time, and nothing of it changes."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from base.peru import working_days
from complaints import book
from complaints.models import Complaint
from members.models import User
from staff import watch
from tests.builders import client_of
from tests.payments.browser import text
from tests.receipts.test_refusals import refused

pytestmark = pytest.mark.django_db

SHEET = {
    "name": "Carla Ríos Vásquez",
    "document_type": "1",
    "document_number": "43456789",
    "address": "Jr. Dos 45, Lima",
    "telephone": "999 888 777",
    "email": "carla@example.com",
    "guardian": "",
    "item": "servicio",
    "item_description": "Pago en línea, pedido 12",
    "amount": "30.00",
    "kind": "reclamo",
    "detail": "Me cobraron y mi cuota sigue pendiente.",
    "request": "Que la registren.",
    "true": "on",
}


def hand_in(client: Client, **changed: str) -> Complaint:
    answer = client.post(reverse("complaints"), SHEET | changed)
    assert answer.status_code == 302, text(answer)
    return Complaint.objects.latest("pk")


def test_anybody_hands_in_a_sheet_and_gets_its_number_and_a_copy(client: Client, run_jobs: Callable[..., int]) -> None:
    first, second = hand_in(client), hand_in(client, kind="queja")
    year = timezone.localdate().year
    assert (first.sheet, second.sheet) == (f"000001-{year}", f"000002-{year}")

    page = text(client.get(reverse("complaint", args=[first.code])))
    assert f"Hoja de reclamación 000001-{year}" in page
    assert "Le respondemos a carla@example.com hasta el" in page

    run_jobs("complaints.send_copy")
    run_jobs("complaints.tell_college")
    copy, _, college, _ = mail.outbox
    assert copy.to == ["carla@example.com"]
    assert copy.subject == f"Recibimos su reclamo: hoja 000001-{year}"
    for words in (SHEET["detail"], SHEET["request"], "Jr. Dos 45, Lima", "S/ 30.00", settings.COLLEGE["ruc"]):
        assert words in copy.body
    assert college.to == [settings.COMPLAINTS_EMAIL]
    assert SHEET["detail"] not in college.body


def test_the_term_is_a_setting_in_working_days(client: Client, settings: Settings) -> None:
    settings.COMPLAINT_WORKING_DAYS = 5
    assert hand_in(client).answer_by == timezone.localdate() + timedelta(days=7)


@pytest.mark.parametrize(
    ("day", "days", "last"),
    [
        (date(2026, 11, 30), 15, date(2026, 12, 21)),  # Monday
        (date(2026, 12, 4), 1, date(2026, 12, 7)),  # over a weekend
        (date(2026, 12, 5), 1, date(2026, 12, 7)),  # handed in on a Saturday
    ],
)
def test_weekends_do_not_count(day: date, days: int, last: date) -> None:
    assert working_days.after(day, days) == last


def test_walter_answers_once_and_carla_reads_it(client: Client, walter: User, run_jobs: Callable[..., int]) -> None:
    complaint = hand_in(client)
    desk = client_of(walter)
    assert "POR RESPONDER" in text(desk.get(reverse("admin:complaints_complaint_changelist")))
    page = reverse("admin:complaints_complaint_change", args=[complaint.pk])
    desk.post(page, {"answer": "La registramos hoy."})

    run_jobs("complaints.send_answer")
    [letter] = [letter for letter in mail.outbox if letter.to == ["carla@example.com"]]
    assert "La registramos hoy." in letter.body
    assert "La registramos hoy." in text(client.get(reverse("complaint", args=[complaint.code])))
    with pytest.raises(book.AlreadyAnswered):
        book.answer(complaint, author=walter, words="Otra cosa")


def test_a_sheet_past_its_term_says_so_on_the_desk(client: Client, walter: User, settings: Settings) -> None:
    settings.COMPLAINT_WORKING_DAYS = 0
    complaint = hand_in(client)
    assert not complaint.overdue
    complaint.answer_by = timezone.localdate() - timedelta(days=1)
    assert complaint.overdue
    assert list(book.unanswered()) == [complaint]
    words = f"La hoja de reclamación {complaint.sheet} se responde hasta el"
    assert [trouble.words for trouble in watch.troubles() if trouble.words.startswith(words)]


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "Escriba su nombre completo."),
        ("document_number", "123", "8"),
        ("kind", "", "Elija si es un reclamo o una queja."),
        ("detail", " ", "Cuéntenos qué pasó."),
        ("request", "", "Díganos qué pide."),
        ("true", "", "declare que lo escrito es verdad"),
    ],
)
def test_what_is_missing_is_named(client: Client, field: str, typed: str, sentence: str) -> None:
    answer = client.post(reverse("complaints"), SHEET | {field: typed})
    assert sentence in text(answer)
    assert not Complaint.objects.exists()


def test_a_code_that_nobody_has_shows_nothing(client: Client) -> None:
    assert client.get(reverse("complaint", args=["x" * 22])).status_code == 404


def test_one_address_hands_in_only_so_many(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "SHEETS", 1)
    hand_in(client)
    assert client.post(reverse("complaints"), SHEET).status_code == 429


def test_the_table_keeps_the_rules(client: Client, walter: User) -> None:
    complaint, sheets = hand_in(client), Complaint.objects.all()
    now = timezone.now()
    refused("a_complaint_keeps_its_words", lambda: sheets.update(detail="Nada"))
    refused("a_complaint_is_never_deleted", lambda: sheets.delete())
    refused("an_answered_complaint_says_by_whom_and_what", lambda: sheets.update(answer="Sí"))
    fields = {name: value for name, value in SHEET.items() if name != "true"} | {"year": complaint.year}
    refused(
        "a_complaint_has_its_own_number",
        lambda: Complaint.objects.create(**fields, number=complaint.number, answer_by=complaint.answer_by),
    )
    refused(
        "a_complaint_is_answered_after_it_is_made",
        lambda: Complaint.objects.create(**fields, number=7, answer_by=now.date() - timedelta(days=9)),
    )
    book.answer(complaint, author=walter, words="La registramos hoy.")
    refused("an_answer_to_a_complaint_stays", lambda: sheets.update(answer="Otra"))
