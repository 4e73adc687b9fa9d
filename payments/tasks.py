"""Jobs of the payments app, run by `manage.py procrastinate worker`."""

import contextlib
from datetime import date

from django.conf import settings
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from base import periodic
from payments import letters, reminders, trail_heads
from payments.checkout import reconcile
from payments.refunds import refunds
from payments.ways.automatic import plan, run


@app.task(name="payments.ask", queue="payments")
def ask(attempt_id: int) -> None:
    reconcile.ask_again_if_due(attempt_id)


@app.task(name="payments.undo_double_payment", queue="payments")
def undo_double_payment(attempt_id: int) -> None:
    refunds.undo_double_payment(attempt_id)


@app.task(name="payments.give_back", queue="payments")
def give_back(refund_id: int) -> None:
    refunds.send(refund_id)


@app.task(name="payments.post", queue="payments", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def post(letter_id: int) -> None:
    with contextlib.suppress(letters.MailServerDown):  # recorded, and tried again by a job of its own
        letters.post(letter_id)


@app.periodic(cron="* * * * *")
@app.task(name="payments.sweep", queue="payments", queueing_lock="payments.sweep")
def sweep(timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the time
    """Finishes what a lost job or a crash left behind, once a minute."""
    reconcile.sweep()


# From nine in the morning in Lima, which has no summer time, each hour until the day's letters are written.
@app.periodic(cron="0 0-4,14-23 * * *")
@app.task(name="payments.remind", queue="payments", queueing_lock="payments.remind")
def remind(timestamp: int) -> None:  # noqa: ARG001
    reminders.write_due(timezone.localdate())


@app.task(name="payments.charge_automatically", queue="payments")
def charge_automatically(charge_id: int) -> None:
    """A job that waited into the night charges nothing: the charge is handed out again in the morning."""
    if run.in_hours(timezone.now()):
        run.make(charge_id)


@app.periodic(cron="* * * * *")
@app.task(name="payments.automatic", queue="payments", queueing_lock="payments.automatic")
def automatic(timestamp: int) -> None:  # noqa: ARG001
    """Hands out this minute's automatic charges."""
    run.dispatch(timezone.now())


# From eight in the morning in Lima, which has no summer time: letters are written each hour of the day.
@app.periodic(cron="5 0-4,13-23 * * *")
@app.task(name="payments.announce", queue="payments", queueing_lock="payments.announce")
def announce(timestamp: int) -> None:  # noqa: ARG001
    """Letters of automatic charges, which leave at least three days before."""
    today = timezone.localdate()
    if settings.AUTOMATIC_PAYMENT:
        plan.prepare(today)
    periodic.mark_done(plan.ANNOUNCE, today)


# Ten past four in the morning in Lima: no transaction of the day before is open any more.
@app.periodic(cron="10 9 * * *")
@app.task(name="payments.write_trail_heads", queue="payments", queueing_lock="payments.write_trail_heads")
def write_trail_heads(timestamp: int) -> None:  # noqa: ARG001
    trail_heads.write(timezone.localdate())


@app.task(name="payments.mail_trail_head", queue="payments", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def mail_trail_head(day: str) -> None:
    trail_heads.mail(date.fromisoformat(day))
