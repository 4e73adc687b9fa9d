"""Jobs of the dues app, run by `manage.py procrastinate worker`."""

import logging

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from base.peru import months
from dues.charging import monthly
from dues.imports import drafts
from dues.models import ImportDraft
from members.models import User

logger = logging.getLogger(__name__)


@app.periodic(cron="20 * * * *")
@app.task(name="dues.forget_drafts", queue="upkeep", queueing_lock="dues.forget_drafts")
def forget_drafts(timestamp: int) -> None:  # noqa: ARG001 - the moment procrastinate hands over
    drafts.forget_old()


# Every hour, because a worker that starts late must not leave a month uncharged.
@app.periodic(cron="10 * * * *")
@app.task(name="dues.charge_month", queue="upkeep", queueing_lock="dues.charge_month")
def charge_month(timestamp: int) -> None:  # noqa: ARG001 - the moment procrastinate hands over
    """The dues of each month that has begun and is not charged. Safe to run twice."""
    today = timezone.localdate()
    for period in monthly.uncharged(today):
        logger.info("dues of %s charged: %s", months.name(period), monthly.charge(period, today=today))


@app.task(name="dues.try_draft", queue="imports")
def try_draft(draft_id: int) -> None:
    """Try out a large file; its page shows how far. One that was cancelled is forgotten."""
    if draft := ImportDraft.objects.filter(pk=draft_id).first():
        drafts.try_out_later(draft)


@app.task(name="dues.load_draft", queue="imports")
def load_draft(draft_id: int, approver_id: int, decisions: dict[str, bool]) -> None:
    """Load a large file that a second person confirmed."""
    if draft := ImportDraft.objects.filter(pk=draft_id, state=ImportDraft.State.LOADING).first():
        drafts.load_handed_over(draft, User.objects.get(pk=approver_id), decisions)


def try_later(draft_id: int) -> None:
    transaction.on_commit(lambda: try_draft.defer(draft_id=draft_id))


def load_later(draft_id: int, approver_id: int, decisions: dict[str, bool]) -> None:
    transaction.on_commit(lambda: load_draft.defer(draft_id=draft_id, approver_id=approver_id, decisions=decisions))
