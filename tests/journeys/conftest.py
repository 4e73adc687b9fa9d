"""A Chromium, the portal, the gateway and the mail server each on a socket, and a worker process when asked for."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings as portal_settings
from django.core.cache import cache
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, Request
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from simulators.niubiz.server import RunningSimulator

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def portal(live_server: LiveServer, simulator: RunningSimulator, settings: Settings) -> LiveServer:
    cache.clear()  # another journey may have asked for a letter to the same address a moment ago
    settings.PORTAL_URL = live_server.url
    settings.NIUBIZ_READ_TIMEOUT = 3
    return live_server


@pytest.fixture
def open_page(chromium: Browser, portal: LiveServer) -> Iterator[Callable[..., Page]]:
    """A function that opens a new browser; a script's error, a refusal by the CSP and a third party fail the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    known = (portal.url, portal_settings.NIUBIZ_SIMULATOR_URL, "data:")

    def note_stranger(request: Request) -> None:
        if not request.url.startswith(known):
            complaints.append(f"asked a third party: {request.url}")

    def opened(**options: object) -> Page:
        context = chromium.new_context(base_url=portal.url, locale="es-PE", **options)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        contexts.append(context)
        context.on("request", note_stranger)
        page = context.new_page()
        page.on("pageerror", lambda mistake: complaints.append(str(mistake)))
        page.on("console", lambda told: complaints.append(told.text) if "Content Security" in told.text else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()


@pytest.fixture
def work_off_the_jobs() -> Callable[[], None]:
    """Runs the real worker process until no job is waiting."""

    def run() -> None:
        database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "cmp_portal.settings",
            "DATABASE_URL": database.geturl(),
            "EMAIL_URL": f"smtp://{portal_settings.EMAIL_HOST}:{portal_settings.EMAIL_PORT}",
            "NIUBIZ_SIMULATOR_URL": portal_settings.NIUBIZ_SIMULATOR_URL,
            "PORTAL_URL": portal_settings.PORTAL_URL,
            "SUNAT_ENVIRONMENT": "off",
        }
        command = [sys.executable, "manage.py", "procrastinate", "worker", "--one-shot"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr

    return run
