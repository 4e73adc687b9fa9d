"""Jobs of the staff's desk, run by `manage.py procrastinate worker`."""

from django.utils import timezone
from procrastinate.contrib.django import app

from base import periodic
from staff.reports import kept, subscriptions
from staff.reports.all import REPORTS


@app.task(name="staff.keep_report", queue="imports")
def keep_report(slug: str, choice: str) -> None:
    """Calculates a report that takes too long for a page. One that is gone since is forgotten."""
    if report := REPORTS.get(slug):
        kept.keep(report, kept.choice_of(choice))


# From two in the morning in Lima, each hour until the night's work is done.
@app.periodic(cron="0 7-23 * * *")
@app.task(name="staff.keep_reports", queue="imports", queueing_lock="staff.keep_reports")
def keep_reports(timestamp: int) -> None:  # noqa: ARG001 - the moment procrastinate hands over
    today = timezone.localdate()
    periodic.once_a_day("staff.keep_reports", lambda: kept.keep_all(REPORTS, today))


# From seven in the morning in Lima, after the night's reports; a letter that left is not sent again.
@app.periodic(cron="15 12-23 * * *")
@app.task(name="staff.send_reports", queue="mail", queueing_lock="staff.send_reports")
def send_reports(timestamp: int) -> None:  # noqa: ARG001
    subscriptions.send_due(timezone.localdate())
