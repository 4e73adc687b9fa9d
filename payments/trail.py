"""The trail of an order: who changed it, when, why, and what the gateway answered.

Events are numbered within their order. Each carries the hash of the previous one, so a changed, removed or inserted row
shows. Triggers refuse changes. The chain is keyed with TRAIL_KEY, which the database does not hold: it reveals
anybody who bypasses the database's rules.
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
from members.actors import CLOCK, GATEWAY, LINK_PAYER, actor
from payments.models import Attempt, Event, Order, Refund

__all__ = ["CLOCK", "GATEWAY", "BrokenChain", "actor", "record", "verify"]

logger = logging.getLogger(__name__)

# About ten thousand events, 30 MB.
ORDERS_AT_ONCE = 1000


class Trail:
    """Numbers and chains the next events of an order whose row the caller has locked.

    `last` is the number and hash of the order's last event, (0, "") before the first.
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
        """Appends one event."""
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


def payer_of(order: Order) -> str:
    """Returns the actor of what the payer does: the account, or whoever has its link."""
    return LINK_PAYER if order.paid_by_other else actor(order.user)


def trail_of(order: Order) -> Trail:
    """Returns the trail of an order and reads its last event.

    The caller must have locked the order's row, so that no two steps get the same number.
    """
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
    """Appends one event to the trail of an order whose row the caller has locked."""
    return trail_of(order).record(
        actor=actor, cause=cause, attempt=attempt, from_state=from_state, to_state=to_state, details=details
    )


def last_event(order: str) -> Subquery:
    """Annotates rows with their order's last event, {"n": number, "hash": hash}; `order` is the field with
    the order.
    """
    events = Event.objects.filter(order=OuterRef(order)).order_by("-sequence")
    return Subquery(events.values(last=JSONObject(n="sequence", hash="hash"))[:1])


def _loggable(cause: str) -> str:
    """Cuts off a person's typed reason: more people read logs than the trail."""
    return cause.partition(":")[0]


class BrokenChain(Exception):
    """An event does not match its hash, or does not follow the previous event."""


def verify(*, progress: Callable[[int], None] | None = None) -> int:
    """Checks the chain of every order, oldest first, and returns the number of events.

    Raises BrokenChain for the first changed, removed or inserted row, for a gap between two states, and for an order,
    attempt or refund whose state differs from its last event. Keeps ORDERS_AT_ONCE orders in memory; calls `progress`
    with the count after each batch.
    """
    checked, last = 0, 0
    while orders := dict(Order.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "state")[:ORDERS_AT_ONCE]):
        checked += _verify_orders(orders)
        last = max(orders)
        if progress:
            progress(checked)
    return checked


# An order, one of its attempts, or one of its refunds by number.
Subject = tuple[int, int | None, str]


def _verify_orders(orders: dict[int, str]) -> int:
    states: dict[Subject, str] = {}
    previous: Event | None = None
    checked = 0
    for event in Event.objects.filter(order__in=orders).order_by("order_id", "sequence"):
        _follows(event, previous if previous and previous.order_id == event.order_id else None)
        _continues(event, states)
        previous = event
        checked += 1
    _compare_with_rows(orders, states)
    return checked


def _follows(event: Event, previous: Event | None) -> None:
    sequence, previous_hash = (previous.sequence, previous.hash) if previous else (0, "")
    if event.sequence != sequence + 1:
        raise BrokenChain(f"Evento {event.pk} (pedido {event.order_id}): falta el paso {sequence + 1}.")
    if event.previous_hash != previous_hash:
        raise BrokenChain(f"Evento {event.pk} (pedido {event.order_id}): no sigue al paso {sequence}.")
    if event.hash != fingerprint(event):
        raise BrokenChain(f"Evento {event.pk} (pedido {event.order_id}, paso {event.sequence}): fue modificado.")


def _continues(event: Event, states: dict[Subject, str]) -> None:
    """Each transition starts at the state in which the previous one of the same row ended."""
    if not event.to_state:
        return
    subject = (event.order_id, event.attempt_id, event.details.get("refund", ""))
    state = states.get(subject, "")
    if event.from_state != state:
        raise BrokenChain(
            f"Evento {event.pk} (pedido {event.order_id}, paso {event.sequence}): "
            f"parte de «{event.from_state}», y estaba en «{state}»."
        )
    states[subject] = event.to_state


def _compare_with_rows(orders: dict[int, str], states: dict[Subject, str]) -> None:
    """Compares each row with its last event: a chain cut at its end, or a row changed by hand, shows."""
    rows: dict[Subject, tuple[str, str]] = {(pk, None, ""): (f"Pedido {pk}", state) for pk, state in orders.items()}
    for attempt in Attempt.objects.filter(order__in=orders).only("order_id", "state"):
        name = f"Intento {attempt.pk} (pedido {attempt.order_id})"
        rows[attempt.order_id, attempt.pk, ""] = name, attempt.state
    for refund in Refund.objects.filter(attempt__order__in=orders).select_related("attempt"):
        name = f"Devolución {refund.number} (pedido {refund.attempt.order_id})"
        rows[refund.attempt.order_id, refund.attempt_id, refund.number] = name, refund.state
    for subject in sorted(rows, key=lambda subject: (subject[0], subject[1] or 0, subject[2])):
        name, state = rows[subject]
        if (recorded := states.get(subject)) != state:
            raise BrokenChain(f"{name}: está {state}, y su último evento dice {recorded}.")


def fingerprint(event: Event) -> str:
    """Returns the HMAC-SHA256, keyed with TRAIL_KEY, of all fields of the event and the previous hash."""
    contents = [
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
    text = json.dumps(contents, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(settings.TRAIL_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def _instant(at: datetime) -> int:
    """Returns microseconds since 1970, equal before and after the database stored the time."""
    return int(at.timestamp()) * 1_000_000 + at.microsecond
