"""Every event around one payment in one order of time: its own trail, its receipt, its letters."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from members import actors
from payments.books import gateway_says
from payments.models import Event, Letter
from payments.states import AttemptState, OrderState, RefundState
from receipts.models import UNDELIVERED, Delivery, DeliveryState, Receipt

BAD = {AttemptState.DECLINED, AttemptState.IN_DOUBT, RefundState.REFUSED}
GOOD = {AttemptState.APPROVED, OrderState.PAID, RefundState.DONE}


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One line of the timeline. `kind` colours it: "ok", "bad" or nothing."""

    at: datetime
    title: str
    detail: str = ""
    kind: str = ""
    exchange: Mapping[str, Any] | None = None

    @property
    def operation(self) -> str:
        return gateway_says.OPERATIONS.get(self.exchange.get("operation", ""), "") if self.exchange else ""


def timeline(
    events: Iterable[Event], *, receipt: Receipt | None, deliveries: Iterable[Delivery], letters: Iterable[Letter]
) -> list[Moment]:
    """Oldest first. Costs one query: the names of the staff who acted."""
    events = list(events)
    names = actors.names(event.actor for event in events)
    moments = [_of_event(event, names) for event in events]
    if receipt:
        moments.append(Moment(at=receipt.issued_at, title=f"{receipt.title}: emitida", kind="ok"))
    moments += [moment for delivery in deliveries for moment in _of_delivery(delivery)]
    moments += [_of_letter(letter) for letter in letters]
    return sorted(moments, key=lambda moment: moment.at)


def _of_event(event: Event, names: Mapping[str, str]) -> Moment:
    subject = f"Intento {event.attempt.number}" if event.attempt else "Pedido"
    if refund := event.details.get("refund"):
        subject = f"Devolución {refund}"
    label = _label(event, refund=bool(refund))
    who = names[event.actor]
    return Moment(
        at=event.at,
        title=f"{subject}: {label}" if label else f"{subject}: {event.cause}",
        detail=f"{event.cause}, por {who}" if label else f"por {who}",
        kind="bad" if event.to_state in BAD else "ok" if event.to_state in GOOD else "",
        exchange=event.details.get("exchange"),
    )


def _label(event: Event, *, refund: bool) -> str:
    """The state it moved to, in the words of the screens; empty for a step that moved nothing."""
    if not event.to_state:
        return ""
    states = RefundState if refund else AttemptState if event.attempt_id else OrderState
    return str(states(event.to_state).label)


def _of_delivery(delivery: Delivery) -> Iterator[Moment]:
    asked = f"pedido por {actors.name_of(delivery.author)}" if delivery.author else "al emitirlo"
    yield Moment(at=delivery.queued_at, title=f"Comprobante por enviar a {delivery.email}", detail=asked)
    if delivery.sent_at:
        yield Moment(at=delivery.sent_at, title=f"Comprobante enviado a {delivery.email}", kind="ok")
    if delivery.state in UNDELIVERED:
        came_back = delivery.state == DeliveryState.BOUNCED
        title = f"El correo de {delivery.email} lo devolvió" if came_back else f"No se pudo enviar a {delivery.email}"
        yield Moment(at=delivery.sent_at or delivery.queued_at, title=title, detail=delivery.last_error, kind="bad")


def _of_letter(letter: Letter) -> Moment:
    sent = "enviada" if letter.sent_at else "por enviar"
    return Moment(at=letter.sent_at or letter.written_at, title=f"Carta a {letter.to}: {letter.subject}", detail=sent)
