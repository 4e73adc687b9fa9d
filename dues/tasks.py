"""Jobs of the dues app, run by `manage.py procrastinate worker`."""

import logging

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from base.peru import months
from dues.charging import monthly
from dues.imports import drafts
from dues.models import ImportDraft

logger = logging.getLogger(__name__)


@app.periodic(cron="20 * * * *")
@app.task(name="dues.forget_drafts", queue="upkeep", queueing_lock="dues.forget_drafts")
def forget_drafts(timestamp: int) -> None:  # noqa: ARG001 - the moment procrastinate hands over
    drafts.forget_old()


# Cron counts in UTC: ten past midnight in Lima, on the first of the month.
@app.periodic(cron="10 5 1 * *")
@app.task(name="dues.charge_month", queue="upkeep", queueing_lock="dues.charge_month")
def charge_month(timestamp: int) -> None:  # noqa: ARG001 - the moment procrastinate hands over
    """The dues of the month that begins. Safe to run twice."""
    today = timezone.localdate()
    charged = monthly.charge(months.month_of(today), today=today)
    logger.info("dues of %s charged: %s", months.name(charged.period), charged)


@app.task(name="dues.try_draft", queue="imports")
def try_draft(draft_id: int) -> None:
    """Try out a large file; its page shows how far. One that was cancelled is forgotten."""
    if draft := ImportDraft.objects.filter(pk=draft_id).first():
        drafts.try_out(draft)


@app.task(name="dues.load_draft", queue="imports")
def load_draft(draft_id: int, decisions: dict[str, bool]) -> None:
    """Load a large file that its author confirmed."""
    if draft := ImportDraft.objects.filter(pk=draft_id, state=ImportDraft.State.LOADING).first():
        drafts.load_handed_over(draft, decisions)


def try_later(draft_id: int) -> None:
    transaction.on_commit(lambda: try_draft.defer(draft_id=draft_id))


def load_later(draft_id: int, decisions: dict[str, bool]) -> None:
    transaction.on_commit(lambda: load_draft.defer(draft_id=draft_id, decisions=decisions))
