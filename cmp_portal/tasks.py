"""Jobs of no single house: the queue kept in order, troubles told, personal data let go."""

import logging

from django.conf import settings
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status

from base import periodic
from cmp_portal.privacy import retention
from members.login import tries
from staff import alerts, write_offs

logger = logging.getLogger(__name__)

# A worker beats every 10 s; one silent for longer than this is dead (kill -9, power cut), and its jobs wait for ever.
SILENCE_SECONDS = 60


@app.periodic(cron="* * * * *")
@app.task(name="portal.bring_back_jobs", queue="upkeep", queueing_lock="portal.bring_back_jobs", pass_context=True)
async def bring_back_jobs(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate hands it over
    """Give the jobs of dead workers to living ones. Each job is written to bear being run twice."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENCE_SECONDS):
        try:
            if job.queueing_lock:  # a periodic one, whose next run does its work too
                await manager.finish_job(job, status=Status.FAILED, delete_job=False)
            else:
                await manager.retry_job(job)
        except ConnectorException:
            logger.info("job %s ended while it was being brought back", job.id)
        else:
            logger.warning("job %s (%s) of a dead worker was dealt with", job.id, job.task_name)


# Cron counts in UTC: from twenty to four in the morning in Lima, each hour until the day's work is done.
@app.periodic(cron="40 0-4,8-23 * * *")
@app.task(name="portal.forget", queue="upkeep", queueing_lock="portal.forget")
def forget(timestamp: int) -> None:  # noqa: ARG001
    """Personal data whose time has come (cmp_portal/privacy/retention.py), unless FORGET_PERSONAL_DATA is off."""
    if settings.FORGET_PERSONAL_DATA:
        periodic.once_a_day("portal.forget", _forget)


def _forget() -> None:
    gone = {rule.name: count for rule, count in retention.apply(dry_run=False) if count}
    logger.info("personal data let go: %s", gone)


@app.periodic(cron="*/10 * * * *")
@app.task(name="portal.sweep", queue="upkeep", queueing_lock="portal.sweep")
def sweep(timestamp: int) -> None:  # noqa: ARG001
    """Delete logins tried an hour ago."""
    tries.sweep()


@app.periodic(cron="*/2 * * * *")
@app.task(name="portal.look", queue="upkeep", queueing_lock="portal.look")
def look(timestamp: int) -> None:  # noqa: ARG001
    """Troubles that nobody has been told of yet (staff/watch.py)."""
    alerts.look()


# Cron counts in UTC: six in the morning in Lima.
@app.periodic(cron="0 11 * * *")
@app.task(name="portal.write_offs", queue="upkeep", queueing_lock="portal.write_offs")
def tell_write_offs(timestamp: int) -> None:  # noqa: ARG001
    """Yesterday's list for the auditor (staff/write_offs.py)."""
    write_offs.tell()
