"""The Libro de Reclamaciones as a virtual book: record a sheet, answer it, and the letters of both.

Ley 29571 (arts. 24 and 150) and DS 011-2011-PCM: numbered sheets, a copy to the consumer at once, and an answer within
the term of settings.COMPLAINT_WORKING_DAYS working days (fifteen by Ley 31435).
"""

from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Max, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from base import counted
from base.mail import PortalMail
from base.peru import working_days
from base.postgres import advisory
from complaints.models import Complaint
from members.models import User

# Sheets from one address within so many seconds; nobody has ten complaints an hour.
SHEETS, SPAN_SECONDS = 10, 3600


class AlreadyAnswered(Exception):
    """A sheet is answered once: the consumer has the answer in hand."""

    sentence = "Esta hoja ya fue respondida; la respuesta no se cambia."


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What the consumer wrote on the sheet; `amount` in soles."""

    kind: str
    name: str
    document_type: str
    document_number: str
    address: str
    telephone: str
    email: str
    guardian: str
    item: str
    item_description: str
    amount: Decimal | None
    detail: str
    request: str


def may_write(address: str) -> bool:
    """Whether this internet address may hand in another sheet now; counts it."""
    return counted.may_ask("complaint", address, most=SHEETS, span_seconds=SPAN_SECONDS)


def record(statement: Statement, *, user: User | None = None) -> Complaint:
    """Records a sheet under the next number of its year, and enqueues the consumer's copy and the college's letter."""
    with transaction.atomic():
        advisory.wait_for(advisory.Turn.NUMBER_COMPLAINT)
        today = timezone.localdate()
        last = Complaint.objects.filter(year=today.year).aggregate(last=Max("number"))["last"] or 0
        complaint = Complaint.objects.create(
            year=today.year,
            number=last + 1,
            answer_by=working_days.after(today, settings.COMPLAINT_WORKING_DAYS),
            user=user,
            **vars(statement),
        )
        jobs.configure_task("complaints.send_copy").defer(complaint_id=complaint.pk)
        jobs.configure_task("complaints.tell_college").defer(complaint_id=complaint.pk)
    return complaint


def answer(complaint: Complaint, *, author: User, words: str) -> None:
    """Records the college's answer and enqueues its letter. Raises AlreadyAnswered."""
    with transaction.atomic():
        unanswered = Complaint.objects.filter(pk=complaint.pk, answered_at=None)
        if not unanswered.update(answer=words.strip(), answered_at=timezone.now(), answered_by=author):
            raise AlreadyAnswered
        jobs.configure_task("complaints.send_answer").defer(complaint_id=complaint.pk)


def unanswered() -> "QuerySet[Complaint]":
    """Sheets without an answer, the most urgent first."""
    return Complaint.objects.filter(answered_at=None).order_by("answer_by", "pk")


def copy_for_consumer(complaint: Complaint) -> EmailMessage:
    """The whole sheet, for whoever wrote it."""
    subject = f"Recibimos su {complaint.get_kind_display().lower()}: hoja {complaint.sheet}"
    return _mail(complaint, "copy", subject, to=complaint.email)


def letter_to_college(complaint: Complaint) -> EmailMessage:
    """That a sheet came in and by when to answer it; what it says stays behind the login."""
    subject = f"{complaint.get_kind_display()} {complaint.sheet}: responder hasta el {complaint.answer_by:%d/%m/%Y}"
    return _mail(complaint, "received", subject, to=settings.COMPLAINTS_EMAIL)


def letter_of_answer(complaint: Complaint) -> EmailMessage:
    """The college's answer, for whoever wrote the sheet."""
    return _mail(complaint, "answer", f"Respuesta a su hoja de reclamación {complaint.sheet}", to=complaint.email)


def _mail(complaint: Complaint, template: str, subject: str, *, to: str) -> EmailMessage:
    desk = reverse("admin:complaints_complaint_change", args=[complaint.pk])
    context = {
        "complaint": complaint,
        "college": settings.COLLEGE,
        "days": settings.COMPLAINT_WORKING_DAYS,
        "sheet_url": urljoin(settings.PORTAL_URL, reverse("complaint", args=[complaint.code])),
        "desk_url": urljoin(settings.PORTAL_URL, desk),
    }
    body = render_to_string(f"complaints/mail/{template}.txt", context)
    return PortalMail(subject=subject, body=body, to=[to], reply_to=[settings.COMPLAINTS_EMAIL])
