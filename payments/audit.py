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
        cause=cause[:200],
        from_state=from_state,
        to_state=to_state,
        details=details or {},
        previous_hash=previous_hash,
    )
    event.hash = fingerprint(event)
    event.save(force_insert=True)
    return event


class BrokenChain(Exception):
    """An event does not say what its hash says, or does not follow the one before."""


def verify() -> int:
    """Check the chain of every order, oldest first; return how many events were checked.

    Raises BrokenChain naming the first row that was changed, removed, inserted, or whose order moved without an event.
    """
    checked, order_id, sequence, previous_hash, states = 0, 0, 0, "", {}
    for event in Event.objects.order_by("order_id", "sequence").iterator(chunk_size=2000):
        if event.order_id != order_id:
            order_id, sequence, previous_hash = event.order_id, 0, ""
        if event.sequence != sequence + 1:
            raise BrokenChain(f"Evento {event.pk} (pedido {order_id}): falta el paso {sequence + 1}.")
        if event.previous_hash != previous_hash:
            raise BrokenChain(f"Evento {event.pk} (pedido {order_id}): no sigue al paso {sequence}.")
        if event.hash != fingerprint(event):
            raise BrokenChain(f"Evento {event.pk} (pedido {order_id}, paso {event.sequence}): fue modificado.")
        sequence, previous_hash = event.sequence, event.hash
        checked += 1
        if event.to_state and "refund" not in event.details:
            states[(event.order_id, event.attempt_id)] = event.to_state
    _compare_with_rows(states)
    return checked


def _compare_with_rows(states: dict[tuple[int, int | None], str]) -> None:
    """The last event of each row states where it stands: a chain cut at its end, or a row moved by hand, shows."""
    for order_id, state in Order.objects.order_by("pk").values_list("pk", "state").iterator():
        if (told := states.get((order_id, None))) != state:
            raise BrokenChain(f"Pedido {order_id}: está {state}, y su último evento dice {told}.")
    for pk, order_id, state in Attempt.objects.order_by("pk").values_list("pk", "order_id", "state").iterator():
        if (told := states.get((order_id, pk))) != state:
            raise BrokenChain(f"Intento {pk} (pedido {order_id}): está {state}, y su último evento dice {told}.")


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
