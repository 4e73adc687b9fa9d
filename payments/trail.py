"""The trail of an order: who or what moved it, when, why, and what the gateway said.

Events are numbered within their order and each carries the hash of the one before, so that a changed, removed or
inserted row shows. The database refuses to change them; the chain shows who went round the database, since it is keyed
with TRAIL_KEY, which the database does not hold.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone

from base.postgres import kept_writes
from members.actors import CLOCK, GATEWAY, actor
from payments.models import Attempt, Event, Order, Refund

__all__ = ["CLOCK", "GATEWAY", "BrokenChain", "actor", "record", "verify"]

logger = logging.getLogger(__name__)

# Some ten thousand events, about 30 MB.
ORDERS_AT_ONCE = 1000


class Trail:
    """The events of an order whose row the caller holds locked; numbers and chains the next ones.

    `last` is the number and the hash of the order's last event, (0, "") before the first.
    """

    def __init__(self, order: Order, last: tuple[int, str]) -> None:
        self.order = order
        self._last = last

    def record(
        self,
        *,
        actor: str,
        cause: str,
        attempt: Attempt | None = None,
        from_state: str = "",
        to_state: str = "",
        details: dict[str, Any] | None = None,
    ) -> Event:
        """Append one event."""
        sequence, previous_hash = self._last
        event = Event(
            order=self.order,
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
        kept_writes.insert([event])
        self._last = (event.sequence, event.hash)
        extra = {"order": self.order.pk, "attempt": attempt.number if attempt else None, "state": to_state}
        logger.info("order %s step %s: %s", self.order.pk, event.sequence, _loggable(cause), extra=extra)
        return event


def trail_of(order: Order) -> Trail:
    """The trail of an order, its last event read now. The caller holds the order's row lock, so that two steps never
    get the same number."""
    last = Event.objects.filter(order=order).order_by("-sequence").values_list("sequence", "hash").first()
    return Trail(order, last or (0, ""))


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
    """Append one event to the trail of an order whose row the caller holds locked."""
    return trail_of(order).record(
        actor=actor, cause=cause, attempt=attempt, from_state=from_state, to_state=to_state, details=details
    )


def last_event(order: str) -> Subquery:
    """An order's last event as {"n": number, "hash": hash}, to annotate rows with; `order` names the field."""
    events = Event.objects.filter(order=OuterRef(order)).order_by("-sequence")
    return Subquery(events.values(last=JSONObject(n="sequence", hash="hash"))[:1])


def _loggable(cause: str) -> str:
    """A reason that a person typed stays in the trail: a log may be read by more people."""
    return cause.partition(":")[0]


class BrokenChain(Exception):
    """An event does not say what its hash says, or does not follow the one before."""


def verify(*, progress: Callable[[int], None] | None = None) -> int:
    """Check the chain of every order, oldest first; return how many events were checked.

    Raises BrokenChain naming the first row that was changed, removed or inserted, that does not start where the one
    before ended, or whose order, attempt or refund stands elsewhere than its last event says. Holds the events of
    ORDERS_AT_ONCE orders in memory; `progress` is told the events checked so far after each such batch.
    """
    checked, last = 0, 0
    while orders := dict(Order.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "state")[:ORDERS_AT_ONCE]):
        checked += _verify_orders(orders)
        last = max(orders)
        if progress:
            progress(checked)
    return checked


# What moved: an order, one of its attempts, or one of its refunds by number.
Moved = tuple[int, int | None, str]


def _verify_orders(orders: dict[int, str]) -> int:
    states: dict[Moved, str] = {}
    before: Event | None = None
    checked = 0
    for event in Event.objects.filter(order__in=orders).order_by("order_id", "sequence"):
        _follows(event, before if before and before.order_id == event.order_id else None)
        _continues(event, states)
        before = event
        checked += 1
    _compare_with_rows(orders, states)
    return checked


def _follows(event: Event, before: Event | None) -> None:
    sequence, previous_hash = (before.sequence, before.hash) if before else (0, "")
    if event.sequence != sequence + 1:
        raise BrokenChain(f"Evento {event.pk} (pedido {event.order_id}): falta el paso {sequence + 1}.")
    if event.previous_hash != previous_hash:
        raise BrokenChain(f"Evento {event.pk} (pedido {event.order_id}): no sigue al paso {sequence}.")
    if event.hash != fingerprint(event):
        raise BrokenChain(f"Evento {event.pk} (pedido {event.order_id}, paso {event.sequence}): fue modificado.")


def _continues(event: Event, states: dict[Moved, str]) -> None:
    """Each move starts where the last one of the same row ended."""
    if not event.to_state:
        return
    moved = (event.order_id, event.attempt_id, event.details.get("refund", ""))
    stood = states.get(moved, "")
    if event.from_state != stood:
        raise BrokenChain(
            f"Evento {event.pk} (pedido {event.order_id}, paso {event.sequence}): "
            f"parte de «{event.from_state}», y estaba en «{stood}»."
        )
    states[moved] = event.to_state


def _compare_with_rows(orders: dict[int, str], states: dict[Moved, str]) -> None:
    """The last event of each row states where it stands: a chain cut at its end, or a row moved by hand, shows."""
    rows: dict[Moved, tuple[str, str]] = {(pk, None, ""): (f"Pedido {pk}", state) for pk, state in orders.items()}
    for attempt in Attempt.objects.filter(order__in=orders).only("order_id", "state"):
        name = f"Intento {attempt.pk} (pedido {attempt.order_id})"
        rows[attempt.order_id, attempt.pk, ""] = name, attempt.state
    for refund in Refund.objects.filter(attempt__order__in=orders).select_related("attempt"):
        name = f"Devolución {refund.number} (pedido {refund.attempt.order_id})"
        rows[refund.attempt.order_id, refund.attempt_id, refund.number] = name, refund.state
    for moved in sorted(rows, key=lambda moved: (moved[0], moved[1] or 0, moved[2])):
        name, state = rows[moved]
        if (told := states.get(moved)) != state:
            raise BrokenChain(f"{name}: está {state}, y su último evento dice {told}.")


def fingerprint(event: Event) -> str:
    """HMAC-SHA256, keyed with TRAIL_KEY, over everything the event states, the previous hash included."""
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
    return hmac.new(settings.TRAIL_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def _instant(at: datetime) -> int:
    """Microseconds since 1970: the same number before and after the database stored it."""
    return int(at.timestamp()) * 1_000_000 + at.microsecond
