"""Jobs of the dues app, run by `manage.py procrastinate worker`."""

import logging

from django.utils import timezone
from procrastinate.contrib.django import app

from base.peru import months
from dues.charging import monthly
from dues.imports import drafts

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
