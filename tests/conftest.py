"""What every test may ask for: a gateway and a mailbox reached over sockets, as in life."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.cache import caches
from django.core.management.commands import flush
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Browser
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import DjangoDbBlocker, Settings

from demo.browser import NoBrowserError, driver, launch
from demo.mail_sink import receive_mail
from demo.mailbox import Mailbox
from members.tasks import send_account_letter
from simulators.niubiz.server import RunningSimulator, serve_in_thread
from tests.migrated_template import migrated_template

pytest_plugins = ["tests.cast"]

LAST_HOUR = 23
# None that drives a browser: Playwright's loop stays in its process, and pytest-django runs those last for good reason.
LONGEST = frozenset(("test_chaos.py", "test_permission_matrix.py", "test_state_machine.py"))

# Playwright's synchronous driver keeps an event loop in the test's own thread, where Django then refuses to query.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, else one process runs on alone when the others are done."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated_template()


@pytest.fixture(scope="session", autouse=True)
def flush_makes_nothing_anew() -> Iterator[None]:
    """Permissions and groups outlive a flush (tests/quick_flush): Django need not make them again."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(flush, "emit_post_migrate_signal", lambda *_, **__: None)
        yield


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests of a process: Playwright's driver runs once in a thread."""
    try:
        with driver() as playwright:
            browser = launch(playwright)
            yield browser
            browser.close()
    except NoBrowserError as reason:
        pytest.skip(str(reason))


@pytest.fixture
def remembering(settings: Settings) -> None:
    """What the college decides is remembered for a few seconds, as in life (base/remembered.py)."""
    settings.CACHES = settings.CACHES | {"process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    caches["process"].clear()


@pytest.fixture
def simulator(settings: Settings, tmp_path: Path) -> Iterator[RunningSimulator]:
    """The gateway's stand-in, listening on a port of its own with empty books; the portal is pointed at it."""
    running = serve_in_thread(port=0, books=tmp_path / "simulator.sqlite3")
    settings.NIUBIZ_ENVIRONMENT = "simulator"
    settings.NIUBIZ_SIMULATOR_URL = running.url
    yield running
    running.stop()


@pytest.fixture
def mailbox(settings: Settings, tmp_path: Path) -> Iterator[Mailbox]:
    """An SMTP server that keeps what arrives; the portal's mail goes there over a socket, not into a list."""
    with receive_mail(Mailbox(tmp_path / "mail"), port=0) as port:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        yield ServedMailbox(tmp_path / "mail")


class ServedMailbox(Mailbox):
    """Whoever looks into it finds the letters of accounts too: the queue's are sent first, as the worker does."""

    def keys(self) -> list[str]:
        for row in ProcrastinateJob.objects.filter(task_name="members.send_account_letter", status="todo"):
            with connection.cursor() as cursor:
                cursor.execute("UPDATE procrastinate_jobs SET status = 'cancelled' WHERE id = %s", [row.pk])
            send_account_letter.func(**row.args)
        return super().keys()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A browser's last request may still be answered when the tests end, and would keep their database from going."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def not_at_midnight() -> Iterator[None]:
    """In the last hour of Lima's day a charge of today may no longer be voided: the story is told two hours earlier."""
    now = timezone.localtime()
    if now.hour < LAST_HOUR:
        yield
        return
    with time_machine.travel(now - timedelta(hours=2)):
        yield
