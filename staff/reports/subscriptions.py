"""Reports by mail: the verdict and a link, for as long as the person may read the report.

The numbers themselves stay behind the login. Whether the person may read the report is asked when the letter is written
and sent, in one step, so that nobody gets a report of a role that was taken away.
"""

from datetime import date
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import get_connection
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from base import periodic
from base.mail import PortalMail
from members.models import User
from staff.models import KeptReport, ReportSubscription
from staff.reports import kept
from staff.reports.all import REPORTS
from staff.reports.report import Answer, Report

Every = ReportSubscription.Every


def every(user: User, report: Report) -> str:
    """How often this person gets the report; "" for never."""
    found = ReportSubscription.objects.filter(user=user, slug=report.slug).values_list("every", flat=True).first()
    return found or ""


def choose(user: User, report: Report, often: str) -> None:
    """Subscribes the person, changes how often, or ends it with ""."""
    if often:
        ReportSubscription.objects.update_or_create(user=user, slug=report.slug, defaults={"every": often})
    else:
        ReportSubscription.objects.filter(user=user, slug=report.slug).delete()


def due(today: date) -> "QuerySet[ReportSubscription]":
    """Of whom a letter is due on this day in Lima: Mondays, and the first of a month."""
    often = [Every.WEEK] * (today.weekday() == 0) + [Every.MONTH] * (today.day == 1)
    return ReportSubscription.objects.filter(every__in=often).select_related("user").order_by("pk")


def may_read(user: User, report: Report) -> bool:
    """Asked anew: an account that was closed, left the staff or lost the role reads nothing."""
    current = User.objects.get(pk=user.pk)
    return current.is_active and current.is_staff and current.has_perm(report.permission)


def send_due(today: date) -> int:
    """Sends what is due today, each letter once; returns how many left.

    A mail server that is down raises, and the next run sends the rest.
    """
    sent = 0
    for subscription in due(today):
        report = REPORTS.get(subscription.slug)
        done = f"report:{subscription.pk}"
        if report is None or periodic.is_done(done, today) or not may_read(subscription.user, report):
            continue
        letter(subscription.user, report).send()
        periodic.mark_done(done, today)
        sent += 1
    return sent


def letter(user: User, report: Report) -> PortalMail:
    """The letter: the answer to the report's question, as of when, and where to read on."""
    answer, made_at = _latest(report)
    context = {
        "report": report,
        "answer": answer,
        "made_at": made_at,
        "url": urljoin(settings.PORTAL_URL, reverse("informe", args=[report.slug])),
    }
    body = render_to_string("treasury/mail/report.txt", context)
    return PortalMail(report.title, body, to=[user.email], connection=get_connection())


def _latest(report: Report) -> "tuple[Answer, object]":
    """What was kept last night, else calculated now; the worker has time."""
    choice = kept.first_choice(report, timezone.localdate())
    stored = KeptReport.objects.filter(slug=report.slug, choice=choice.address).first()
    if stored:
        return Answer.from_json(stored.answer), stored.made_at
    return report.answer(choice), timezone.now()
