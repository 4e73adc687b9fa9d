"""What no portal could go below: the password's hash, and a view that does nothing."""

import time
from collections.abc import Callable

from django.contrib.auth.hashers import check_password, make_password

from bench.checkout.browser import Browser
from bench.checkout.parts import Parts

BARE_REQUESTS = 600


def hash_seconds(times: int = 15) -> float:
    """CPU-seconds of checking a password once, as each login does."""
    kept = make_password("clave-de-prueba-1234")
    return cpu_each(lambda: check_password("clave-de-prueba-1234", kept), times)


def cpu_each(do: Callable[[], object], times: int) -> float:
    do()
    began = time.process_time()
    for _ in range(times):
        do()
    return (time.process_time() - began) / times


def bare_view_seconds(parts: Parts, session: dict[str, str]) -> float:
    """CPU-seconds of web and PostgreSQL for a view that does nothing, asked for by somebody logged in."""
    browser = Browser(parts.url("web").removeprefix("http://"), "10.9.9.9", cookies=dict(session))
    for _ in range(50):
        browser.get("/bare/")
    before = sum(parts.cpu().values())
    for _ in range(BARE_REQUESTS):
        browser.get("/bare/")
    return (sum(parts.cpu().values()) - before) / BARE_REQUESTS
