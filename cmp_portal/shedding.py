"""When more people come than can be served, some are asked to come back in a moment, before they have chosen anything.

Turned away is only who opens the page of choosing: one answer there saves the eight requests that would follow, and
nothing is lost. Whoever has chosen goes on to the confirmation, however long it takes: between authorising and
confirming a refusal would be the worst of answers.

We measure overload by how long a request waited for a free thread. Only the proxy in front knows when the request
arrived; it sends the time in X-Request-Start, in seconds or milliseconds since 1970 (deploy/nginx.conf, Caddyfile).
"""

import logging
import random
import re
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.log import log_response

logger = logging.getLogger(__name__)

STARTED = re.compile(r"(?:t=)?(\d{10})(?:\.?(\d{3,6}))?", re.ASCII)
# Seconds; not the same for all, or all would come back at once.
COME_BACK_AFTER = (20, 40)


def turn_away_when_overloaded(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Middleware: 503 with Retry-After for who opens the page of choosing after a wait of SHED_AFTER_SECONDS.

    Stands before sessions: an overloaded database is not asked. 0 turns nobody away.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        waited = seconds_waited(request)
        if 0 < settings.SHED_AFTER_SECONDS <= waited and _has_nothing_to_lose(request):
            return _come_back_later(request, waited)
        return get_response(request)

    return middleware


def seconds_waited(request: HttpRequest) -> float:
    """Return the seconds since our own proxy took the request; 0 without a proxy or without its header."""
    start = STARTED.fullmatch(request.headers.get("X-Request-Start", "")) if settings.BEHIND_PROXY else None
    return max(0.0, time.time() - float(f"{start[1]}.{start[2] or 0}")) if start else 0.0


def _has_nothing_to_lose(request: HttpRequest) -> bool:
    # A choice that was made is posted there too, and is taken.
    return request.method in ("GET", "HEAD") and request.path_info == reverse("choose")


def _come_back_later(request: HttpRequest, waited: float) -> HttpResponse:
    seconds = random.randint(*COME_BACK_AFTER)  # noqa: S311 - a spread, not a secret
    page = render_to_string("503.html", {"seconds": seconds})
    answer = HttpResponse(page, status=503, headers={"Retry-After": str(seconds), "Cache-Control": "no-store"})
    # Logged here, or Django would log an error for each.
    words = "turned away after waiting %.1f s"
    log_response(words, waited, request=request, response=answer, logger=logger, level="warning")
    return answer
