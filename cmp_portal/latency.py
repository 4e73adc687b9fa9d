"""How long answers take, as a histogram for Prometheus: which route is slow, and since when.

Kept by the processes that answer. Where there are several, PROMETHEUS_MULTIPROC_DIR names a folder, empty at their
start, in which they count together; without it a scrape sees the process that it happens to ask.
"""

import os

from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

#: Seconds. The budget of a page is 0.3, and the gateway may take 30 to authorise.
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)

_own = CollectorRegistry()
_seconds = Histogram(
    "portal_request_seconds",
    "Time to answer by route and kind of status",
    ["route", "status"],
    buckets=BUCKETS,
    registry=_own,
)


def observe(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """By route and not by address: an address names an order, and there would be a series for each."""
    match = request.resolver_match
    _seconds.labels(f"/{match.route}" if match else "-", f"{response.status_code // 100}xx").observe(seconds)


def registry() -> CollectorRegistry:
    """What this process counted, or all of them."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return _own
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together
