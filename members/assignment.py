"""Which member an account pays for, and what happens when it is the wrong one.

The webmaster, not the member, corrects an assignment (user guide step 2). From the moment a person says "este CMP no
es el mío" until the webmaster answers, that account cannot pay.
"""

from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from members.models import Assignment, AssignmentReport, Member, User


class AlreadyClosed(Exception):
    """A report is answered once."""

    sentence = "Este reporte ya fue cerrado."


class NothingToReport(Exception):
    """Only an account that pays for some CMP can say that it is the wrong one."""

    sentence = "Su cuenta no tiene un CMP asignado."


def current_member(user: User) -> Member | None:
    """The physician this account pays for, with the regional council; None while it has none."""
    claim = Assignment.objects.select_related("member__regional_council").filter(user=user, ended_at=None).first()
    return claim.member if claim else None


def open_report(user: User) -> AssignmentReport | None:
    """The report that freezes this account, if there is one."""
    return AssignmentReport.objects.select_related("member").filter(user=user, closed_at=None).first()


def paying_member(user: User) -> Member | None:
    """The physician this account may pay for now; None while it has no CMP or has reported it as wrong."""
    return None if open_report(user) else current_member(user)


def report(user: User, note: str = "") -> AssignmentReport:
    """Record "Este CMP no es el mío", freeze the account and tell the webmaster (user guide step 2).

    While a report is open, another gives the same one back and mails nobody. Raises NothingToReport.
    """
    member = current_member(user)
    if member is None:
        raise NothingToReport
    if (existing := open_report(user)) is not None:
        return existing
    try:
        with transaction.atomic():
            opened = AssignmentReport.objects.create(user=user, member=member, note=note.strip())
            # In the same transaction: a report that nobody is told about would freeze the account for ever.
            jobs.configure_task("members.tell_webmaster").defer(report_id=opened.pk)
            return opened
    except IntegrityError:  # an_account_has_one_open_report: the button was pressed twice at once
        return AssignmentReport.objects.get(user=user, closed_at=None)


def close_report(report: AssignmentReport, *, author: User, answer: str) -> None:
    """Answer a report; the account can pay again, for the CMP it is now assigned to. Raises AlreadyClosed."""
    with transaction.atomic():
        changed = AssignmentReport.objects.filter(pk=report.pk, closed_at=None).update(
            closed_at=timezone.now(), closed_by=author, answer=answer.strip()
        )
        if not changed:
            raise AlreadyClosed
        jobs.configure_task("members.tell_reporter").defer(report_id=report.pk)


def mail_to_webmaster(report: AssignmentReport) -> EmailMessage:
    """What the webmaster reads: who, which CMP, the note, and where to answer."""
    page = reverse("admin:members_assignmentreport_change", args=[report.pk])
    context = {"report": report, "url": urljoin(settings.PORTAL_URL, page)}
    return EmailMessage(
        subject=f"CMP equivocado: {report.user.email} ve el CMP {report.member.cmp_number}",
        body=render_to_string("members/mail/report_opened.txt", context),
        to=[settings.WEBMASTER_EMAIL],
        reply_to=[report.user.email],
    )


def mail_to_reporter(report: AssignmentReport) -> EmailMessage:
    """The webmaster's answer, to the person who reported."""
    context = {"report": report, "url": urljoin(settings.PORTAL_URL, reverse("home"))}
    return EmailMessage(
        subject="Respuesta a su reporte de CMP",
        body=render_to_string("members/mail/report_closed.txt", context),
        to=[report.user.email],
        reply_to=[settings.WEBMASTER_EMAIL],
    )
