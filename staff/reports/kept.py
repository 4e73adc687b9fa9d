"""Show a report at once: calculated now when that is quick, else as the worker kept it, with its moment.

A page gives its queries TIME. What takes longer is the worker's: it keeps the answer, and each night calculates anew
what somebody read lately, and every report's first choice.
"""

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import parse_qs

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app as jobs
from procrastinate.exceptions import AlreadyEnqueued
from psycopg.errors import QueryCanceled

from base.peru import months
from staff.models import KeptReport
from staff.reports.report import Answer, Choice, Report

#: Milliseconds that a page waits for each query of a report.
TIME = 1_500
#: A report nobody read for so long is calculated at night no more.
READ_WITHIN = timedelta(days=30)


@dataclass(frozen=True)
class Shown:
    """`answer` is None while the worker calculates it for the first time; `kept` tells it from one made just now."""

    answer: Answer | None
    made_at: datetime | None
    kept: bool


def first_choice(report: Report, today: date) -> Choice:
    """The months that are shown when nobody chose."""
    last = months.month_of(today)
    return Choice(months.shift(last, -report.months_back), last)


def choice_of(address: str) -> Choice:
    """The inverse of `Choice.address`."""
    parts = {name: values[0] for name, values in parse_qs(address).items()}
    council = parts.get("consejo")
    first, last = (date.fromisoformat(f"{parts[name]}-01") for name in ("desde", "hasta"))
    return Choice(first, last, parts.get("tipo", ""), int(council) if council else None)


def show(report: Report, choice: Choice) -> Shown:
    """Returns the report's answer. What takes long is handed to the worker, and the last one kept is shown."""
    kept = KeptReport.objects.filter(slug=report.slug, choice=choice.address).first()
    if kept is None:
        try:
            return Shown(_in_time(report, choice), timezone.now(), kept=False)
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
        ask(report, choice)
        return Shown(None, None, kept=True)
    KeptReport.objects.filter(pk=kept.pk).update(read_on=timezone.localdate())
    return Shown(Answer.from_json(kept.answer), kept.made_at, kept=True)


def ask(report: Report, choice: Choice) -> bool:
    """Has the worker calculate it; False when it is in the queue already."""
    job = jobs.configure_task(
        "staff.keep_report", queue="imports", queueing_lock=f"report:{report.slug}:{choice.address}"
    )
    try:
        with transaction.atomic():
            job.defer(slug=report.slug, choice=choice.address)
    except AlreadyEnqueued:
        return False
    return True


def keep(report: Report, choice: Choice) -> KeptReport:
    """Calculates the answer, however long it takes, and keeps it in the place of the former one."""
    began = time.monotonic()
    made_at = timezone.now()
    with transaction.atomic():
        _one_moment()
        answer = report.answer(choice)
    made = {"answer": answer.as_json(), "made_at": made_at, "seconds": round(time.monotonic() - began, 3)}
    return KeptReport.objects.update_or_create(slug=report.slug, choice=choice.address, defaults=made)[0]


def keep_slow(report: Report, choice: Choice) -> None:
    """At night: keeps the first choice of a report that is too slow for a page, and of no other."""
    try:
        _in_time(report, choice)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        keep(report, choice)


def keep_all(reports: dict[str, Report], today: date) -> None:
    """The night's work: first choices, and what was kept and read lately. Forgets the rest."""
    KeptReport.objects.filter(read_on__lt=today - READ_WITHIN).delete()
    first = {(report.slug, first_choice(report, today).address) for report in reports.values()}
    kept = set(KeptReport.objects.filter(slug__in=reports).values_list("slug", "choice"))
    for slug, address in sorted(kept):
        keep(reports[slug], choice_of(address))
    for slug, address in sorted(first - kept):
        keep_slow(reports[slug], choice_of(address))


def _in_time(report: Report, choice: Choice) -> Answer:
    with transaction.atomic():
        _one_moment()
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {TIME:d}")
        return report.answer(choice)


def _one_moment() -> None:
    """All queries of a report see the same rows, so its numbers agree. A test is one transaction anyway."""
    if len(connection.savepoint_ids) == 0:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
