"""Periodic work that asks what is due instead of trusting the clock: a run that was missed is made up by the next.

A worker that starts late, or was off for days, finds the work of its day not done and does it. Each job runs more often
than its work is due; staff/watch.py tells what was not done in time.
"""

from collections.abc import Callable
from datetime import date

from django.db.models import Max
from django.utils import timezone

from base.models import PeriodicRun


def last_done(name: str) -> date | None:
    """Returns the last day in Lima for which this work was done, None before the first."""
    last: date | None = PeriodicRun.objects.filter(name=name).aggregate(last=Max("day"))["last"]
    return last


def is_done(name: str, day: date) -> bool:
    return PeriodicRun.objects.filter(name=name, day=day).exists()


def mark_done(name: str, day: date) -> None:
    """Record that the work was done for this day. Safe to repeat."""
    PeriodicRun.objects.get_or_create(name=name, day=day)


def once_a_day(name: str, work: Callable[[], object]) -> bool:
    """Do the work unless it was done today in Lima. The work bears being done twice by two machines at once."""
    today = timezone.localdate()
    if is_done(name, today):
        return False
    work()
    mark_done(name, today)
    return True
