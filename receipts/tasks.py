"""Jobs of the receipts app, run by `manage.py procrastinate worker`.

Each may run twice, late or on two machines at once: the functions they call see to it that nothing happens twice.
"""

import contextlib
from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from procrastinate import BaseRetryStrategy, RetryDecision, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job

from base import periodic
from receipts import attestations, standing_certificates
from receipts.delivery import letters
from receipts.exceptions import MailServerDown
from receipts.issuing.issue import issue, issue_pending
from receipts.notes import issue_notes, owed
from receipts.tax_office import brakes, filing, findings, summaries, trials
from receipts.tax_office.states import FilingState, SummaryState

# What is looked through every minute; the rest once a night.
A_WEEK = timedelta(days=7)


class UntilGivenUp(BaseRetryStrategy):
    """10 s, 20 s, 40 s … half an hour apart, until delivery.send gives the letter up and stops raising."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if not isinstance(exception, MailServerDown):
            return RetryDecision(retry_in={"minutes": 5}) if job.attempts < 10 else None
        return RetryDecision(retry_in={"seconds": min(10 * 2**job.attempts, 1800)})


@app.task(name="receipts.issue", queue="receipts", retry=RetryStrategy(max_attempts=8, exponential_wait=3))
def issue_receipt(order_id: int) -> None:
    """And its letter at once: another job would cost the worker as much as all the rest but the printing."""
    letters.send_first(issue(order_id))


@app.task(name="receipts.credit", queue="receipts", retry=RetryStrategy(max_attempts=8, exponential_wait=3))
def credit_refund(refund_id: int) -> None:
    """Whether the note can be issued yet is the sweep's to see."""
    owed.after_refund(refund_id)
    issue_notes.issue_waiting()


@app.task(name="receipts.print_attestation", queue="receipts", retry=RetryStrategy(max_attempts=5, exponential_wait=3))
def print_attestation(attestation_id: int) -> None:
    attestations.print_out(attestation_id)


@app.task(name="receipts.deliver", queue="mail", retry=UntilGivenUp())
def deliver(delivery_id: int) -> None:
    letters.send(delivery_id)


@app.task(
    name="receipts.print_standing_certificate",
    queue="receipts",
    retry=RetryStrategy(max_attempts=5, exponential_wait=3),
)
def print_standing_certificate(certificate_id: int) -> None:
    standing_certificates.print_out(certificate_id)


@app.periodic(cron="* * * * *")
@app.task(name="receipts.sweep", queue="receipts", queueing_lock="receipts.sweep")
def sweep(timestamp: int) -> None:  # noqa: ARG001 - the moment procrastinate hands over
    """Whatever a lost job left behind, once a minute: orders paid this week without a receipt, notes that waited for
    SUNAT's acceptance, papers not printed, letters without a job."""
    while issue_pending(paid_after=timezone.now() - A_WEEK):
        pass
    issue_notes.issue_waiting()
    for attestation_id in attestations.unprinted():
        attestations.print_out(attestation_id)
    for certificate_id in standing_certificates.unprinted():
        standing_certificates.print_out(certificate_id)
    # One that failed and waits to be tried again, hours perhaps, is no reason to keep a letter.
    due = Q(scheduled_at=None) | Q(scheduled_at__lte=timezone.now())
    deliveries, orders = _waiting("receipts.deliver", "delivery_id"), _waiting("receipts.issue", "order_id", due)
    for delivery_id, order_id in letters.unsent():
        if delivery_id not in deliveries and order_id not in orders:
            deliver.defer(delivery_id=delivery_id)


# Cron counts in UTC: from ten past four in the morning in Lima, each hour until the day's work is done.
@app.periodic(cron="10 0-4,9-23 * * *")
@app.task(name="receipts.sweep_all", queue="receipts", queueing_lock="receipts.sweep_all")
def sweep_all(timestamp: int) -> None:  # noqa: ARG001
    """What is older than a week, too: the worker may have rested for longer, and lost its jobs."""
    periodic.once_a_day("receipts.sweep_all", _sweep_all)


def _sweep_all() -> None:
    while issue_pending():
        pass
    _have_signed(filing.unsigned())


def _waiting(task: str, argument: str, *which: Q) -> set[int]:
    """What the jobs of a task that are waiting or at work are about."""
    waiting = ProcrastinateJob.objects.filter(*which, task_name=task, status__in=["todo", "doing"])
    return set(waiting.values_list(f"args__{argument}", flat=True))


@app.task(name="receipts.file", queue="sunat", retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def file_receipt(receipt_id: int) -> None:
    filed = filing.sign_and_file(receipt_id)
    if filed and filed.state == FilingState.IN_DOUBT:
        findings.look_up(filed)


@app.periodic(cron="* * * * *")
@app.task(name="receipts.file_sweep", queue="receipts", queueing_lock="receipts.file_sweep")
def file_sweep(timestamp: int) -> None:  # noqa: ARG001 - the moment procrastinate hands over
    """Whatever is to be signed, or to be sent again after its pause; the nearest deadlines first."""
    trials.file_after_trials()
    _have_signed([*filing.unsigned(issued_since=timezone.localdate() - A_WEEK), *filing.to_try()])
    for summary_id in summaries.to_try():
        with contextlib.suppress(AlreadyEnqueued):
            file_summary.configure(queueing_lock=f"receipts.file_summary:{summary_id}").defer(summary_id=summary_id)
    brakes.warn_of_certificate()


def _have_signed(receipt_ids: Sequence[int]) -> None:
    """And filed. A job that waits already will do."""
    for receipt_id in receipt_ids:
        with contextlib.suppress(AlreadyEnqueued):
            file_receipt.configure(queueing_lock=f"receipts.file:{receipt_id}").defer(receipt_id=receipt_id)


@app.task(name="receipts.file_summary", queue="sunat")
def file_summary(summary_id: int) -> None:
    summary = summaries.file(summary_id)
    if summary.state == SummaryState.IN_DOUBT:
        findings.look_up_file(summary)


@app.periodic(cron="20 * * * *")
@app.task(name="receipts.gather_late", queue="receipts", queueing_lock="receipts.gather_late")
def gather_late(timestamp: int) -> None:  # noqa: ARG001 - the moment procrastinate hands over
    """Boletas that came too late to be filed alone, once an hour."""
    summaries.gather()
