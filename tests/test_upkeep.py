"""Jobs of a worker that died are done by another."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.db import connection
from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.models import ProcrastinateJob

from cmp_portal.tasks import SILENCE_SECONDS, bring_back_jobs

pytestmark = pytest.mark.django_db(transaction=True)


def a_worker(silent_for: int) -> int:
    """A worker whose last sign of life is so many seconds old."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - make_interval(secs => %s)) RETURNING id",
            [silent_for],
        )
        [worker] = cursor.fetchone()
    return int(worker)


def a_job_begun_by(worker: int, task: str, **arguments: int) -> int:
    job = jobs.configure_task(task).defer(**arguments)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s", [worker, job])
    return job


def after_upkeep(job: int) -> str:
    """In a loop and on a connection of its own, as the worker does it: the test's thread may hold Playwright's loop."""
    with ThreadPoolExecutor(max_workers=1) as worker:
        worker.submit(asyncio.run, bring_back_jobs.func(SimpleNamespace(app=jobs), timestamp=0)).result()
    return ProcrastinateJob.objects.get(pk=job).status


def test_the_job_of_a_dead_worker_waits_for_another() -> None:
    job = a_job_begun_by(a_worker(silent_for=SILENCE_SECONDS + 5), "receipts.deliver", delivery_id=1)
    assert after_upkeep(job) == "todo"


def test_the_job_of_a_living_worker_is_left_to_it() -> None:
    job = a_job_begun_by(a_worker(silent_for=SILENCE_SECONDS - 20), "receipts.deliver", delivery_id=1)
    assert after_upkeep(job) == "doing"


def test_a_periodic_job_is_closed_because_its_next_run_does_its_work() -> None:
    job = a_job_begun_by(a_worker(silent_for=SILENCE_SECONDS + 5), "receipts.sweep", timestamp=0)
    jobs.configure_task("receipts.sweep").defer(timestamp=60)  # already waiting, with the same queueing lock
    assert after_upkeep(job) == "failed"
