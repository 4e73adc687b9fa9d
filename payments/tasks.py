"""Jobs of the payments app, run by `manage.py procrastinate worker`."""

import contextlib
from datetime import date

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from payments import letters, reminders, trail_heads
from payments.checkout import reconcile
from payments.refunds import refunds


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


# Ten past four in the morning in Lima: no transaction of the day before is open any more.
@app.periodic(cron="10 9 * * *")
@app.task(name="payments.write_trail_heads", queue="payments", queueing_lock="payments.write_trail_heads")
def write_trail_heads(timestamp: int) -> None:  # noqa: ARG001
    trail_heads.write(timezone.localdate())


@app.task(name="payments.mail_trail_head", queue="payments", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def mail_trail_head(day: str) -> None:
    trail_heads.mail(date.fromisoformat(day))
