"""Jobs of a worker that died are done by another."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.models import ProcrastinateJob

from cmp_portal.tasks import SILENCE_SECONDS, bring_back_jobs

pytestmark = pytest.mark.django_db


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


@contextmanager
def no_loop_running() -> Iterator[None]:
    """Once a browser test has run in this process, Playwright's loop counts as running between its calls too."""
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)


def after_upkeep(job: int) -> str:
    with no_loop_running():
        async_to_sync(bring_back_jobs.func)(SimpleNamespace(app=jobs), timestamp=0)
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
