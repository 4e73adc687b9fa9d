"""The trail of an order: who or what moved it, when, why, and what the gateway said.

Events are numbered within their order and each carries the hash of the one before, so that a changed, removed or
inserted row shows. The database refuses to change them; the chain shows who went round the database.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.utils import timezone

from members.models import User
from payments.models import Attempt, Event, Order

GATEWAY = "pasarela"
CLOCK = "reloj"


def account(user: User) -> str:
    """An actor as the trail names it: the account's number, not its address (Ley 29733: no more than needed)."""
    return f"personal:{user.pk}" if user.is_staff else f"cuenta:{user.pk}"


def record(
    order: Order,
    *,
    actor: str,
    cause: str,
    attempt: Attempt | None = None,
    from_state: str = "",
    to_state: str = "",
    details: dict[str, Any] | None = None,
) -> Event:
    """Append one event. The caller holds the order's row lock, so that two steps never get the same number."""
    last = Event.objects.filter(order=order).order_by("-sequence").values_list("sequence", "hash").first()
    sequence, previous_hash = last or (0, "")
    event = Event(
        order=order,
        attempt=attempt,
        sequence=sequence + 1,
        at=timezone.now(),
        actor=actor,
        cause=cause,
        from_state=from_state,
        to_state=to_state,
        details=details or {},
        previous_hash=previous_hash,
    )
    event.hash = fingerprint(event)
    event.save(force_insert=True)
    return event


def fingerprint(event: Event) -> str:
    """SHA-256 over everything the event states, the previous hash included."""
    stated = [
        event.order_id,
        event.attempt_id,
        event.sequence,
        _instant(event.at),
        event.actor,
        event.cause,
        event.from_state,
        event.to_state,
        event.details,
        event.previous_hash,
    ]
    text = json.dumps(stated, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _instant(at: datetime) -> int:
    """Microseconds since 1970: the same number before and after the database stored it."""
    return int(at.timestamp()) * 1_000_000 + at.microsecond
