"""A Chromium for the journeys, wherever this machine has it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

# The light one first: it draws pages and has no windows.
NAMES = ("chromium-headless-shell", "chromium", "google-chrome", "google-chrome-stable")
# A container's /dev/shm is small, and nothing here has business outside this machine.
FLAGS = [
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-proxy-server",
]


class NoBrowserError(Exception):
    """No Chromium here, or it does not start; the message says which."""


def installed_browser() -> str | None:
    """The browser's path: PORTAL_CHROMIUM, else Chromium or Chrome; None leaves it to what Playwright downloaded."""
    named = os.environ.get("PORTAL_CHROMIUM")
    if named and not Path(named).exists():
        raise NoBrowserError(f"PORTAL_CHROMIUM is {named}, which does not exist.")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def driver() -> "Iterator[Playwright]":
    """Playwright's driver, a program of its own; raises NoBrowserError where it lacks a library of the system."""
    from playwright.sync_api import sync_playwright

    try:
        playwright = sync_playwright().start()
    except Exception as refusal:  # Playwright raises nothing narrower
        raise NoBrowserError(f"no driver of a browser that starts ({refusal})") from refusal
    try:
        yield playwright
    finally:
        playwright.stop()


def launch(playwright: "Playwright") -> "Browser":
    """Start the browser; raises NoBrowserError."""
    from playwright.sync_api import Error

    try:
        return playwright.chromium.launch(executable_path=installed_browser(), args=FLAGS)
    except Error as refusal:
        raise NoBrowserError(f"no browser to be had: {str(refusal).splitlines()[0]}") from refusal
