"""Log lines that can be followed: each names its request, and the order it is about.

A line holds no card, token, name or address of a person: numbers and references only.
"""

import json
import logging
import re
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from cmp_portal import latency

logger = logging.getLogger("portal.request")

#: The request that this thread is answering; "-" outside of one, as in the worker.
request_id: ContextVar[str] = ContextVar("request_id", default="-")
#: A proxy's own name for a request is taken over only if it cannot forge lines.
HARMLESS = re.compile(r"[A-Za-z0-9-]{8,64}")
#: What a line may carry besides its message.
EXTRAS = ("order", "attempt", "state", "method", "path", "status", "millis", "account")


class Where(logging.Filter):
    """Puts the request's id on every record, whoever wrote it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request = request_id.get()
        return True


class JsonLines(logging.Formatter):
    """One object a line: time (UTC), level, logger, request, message, and of EXTRAS what was given."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request": getattr(record, "request", "-"),
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in EXTRAS if hasattr(record, name)}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def name_each_request(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: an id for the request's log lines and for the person who reports a problem (X-Request-ID)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        name = _name(request)
        token, began = request_id.set(name), time.monotonic()
        try:
            response = get_response(request)
            seconds = time.monotonic() - began
            latency.observe(request, response, seconds)
            _log(request, response, seconds)
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = name
        return response

    return middleware


def _name(request: HttpRequest) -> str:
    sent_id = request.headers.get("X-Request-ID", "")
    return sent_id if settings.BEHIND_PROXY and HARMLESS.fullmatch(sent_id) else secrets.token_hex(8)


def _log(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """The route, not the address: a signed return or a receipt's code opens what it names."""
    match = request.resolver_match
    extra = {
        "method": request.method,
        "path": f"/{match.route}" if match else "-",
        "status": response.status_code,
        "millis": round(seconds * 1000),
    }
    if match and (order := match.kwargs.get("ref") or match.kwargs.get("order_id")):
        extra["order"] = str(order)
    words = "%(method)s %(path)s %(status)s in %(millis)s ms"
    logger.info(words, extra, extra=extra)
