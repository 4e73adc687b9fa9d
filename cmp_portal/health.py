"""Is the portal well? Asked by a load balancer, a supervisor or a person; answered as JSON without any login.

`/salud/viva/` this process answers. `/salud/lista/` it can serve: the database answers and has this version's tables,
the static files are there, no disk is full; `avisos` says what will soon keep it from that. `/salud/` the whole portal
works: the worker's heart beats and the gateway can be reached. 200 for yes, 503 for no.
"""

import logging
import time
from collections.abc import Callable

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from base.version import VERSION
from payments.gateway import from_settings
from staff import readiness, watch

logger = logging.getLogger(__name__)

#: Seconds for which the gateway's answer holds: probes must not become a load on somebody else's machine.
GATEWAY_ANSWER_HOLDS = 60


@require_safe
@never_cache
def live(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"estado": "bien"})


@require_safe
@never_cache
def ready(_request: HttpRequest) -> JsonResponse:
    answer = {
        "base_de_datos": database,
        "migraciones": readiness.has_every_migration,
        "archivos_estaticos": readiness.has_static_files,
        "disco": readiness.has_disk_space,
    }
    return _answer(answer, version=VERSION, avisos=_warnings())


@require_safe
@never_cache
def everything(_request: HttpRequest) -> JsonResponse:
    return _answer({"base_de_datos": database, "worker": worker, "pasarela": gateway})


def _warnings() -> list[str]:
    try:
        return readiness.warnings()
    except DatabaseError:  # which `base_de_datos` tells
        return []


def _answer(checks: dict[str, Callable[[], bool]], **more: object) -> JsonResponse:
    parts = {name: _holds(name, check) for name, check in checks.items()}
    well = all(parts.values())
    words = {name: "bien" if held else "falla" for name, held in parts.items()}
    return JsonResponse({"estado": "bien" if well else "falla", **words, **more}, status=200 if well else 503)


def _holds(name: str, check: Callable[[], bool]) -> bool:
    """Without the database nothing else can be asked: each part fails by itself, and none breaks the answer."""
    try:
        return check()
    except DatabaseError:
        logger.warning("health: %s failed", name, exc_info=True)
        return False


def database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def worker() -> bool:
    """Whether any worker's heart beat lately."""
    last = watch.worker_seen_at()
    return last is not None and timezone.now() - last <= watch.SILENCE


def gateway() -> bool:
    """Whether the gateway's host answers; asked once a minute for all processes together."""
    known = cache.get("health:gateway")
    if known is None:
        began = time.monotonic()
        known = from_settings().reachable()
        cache.set("health:gateway", known, GATEWAY_ANSWER_HOLDS)
        logger.info("health: gateway reachable %s in %.1f s", known, time.monotonic() - began)
    return bool(known)
