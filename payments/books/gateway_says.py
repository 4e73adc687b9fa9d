"""What the gateway says of an attempt beside what our rows say, and whether both agree.

Every question is recorded as an event, so the panel shows the last answer with its time, and who asked.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from payments import letters, trail
from payments.checkout import answers, charge
from payments.checkout.locks import lock_attempt
from payments.gateway import Answer, Approved, Niubiz, Voided, from_settings
from payments.models import Attempt, Event
from payments.states import AttemptState

ANSWERS = {
    "Approved": "Cobrado",
    "Voided": "Cobrado y luego anulado",
    "Denied": "Denegado: no se cobró",
    "Absent": "No conoce este pedido",
    "Unknown": "No se pudo saber: la consulta no tuvo respuesta clara",
}
#: What was asked of the gateway, as staff call it.
OPERATIONS = {
    "authorise": "cobro",
    "retrieve": "consulta",
    "void": "anulación",
    "refund": "devolución",
}
#: Where the money is asked for, as staff call it; by the names of `payments.gateway.environments`.
PLACES = {
    "simulator": "simulador: no mueve dinero",
    "sandbox": "pruebas compartidas de Niubiz: no mueve dinero",
    "testing": "certificación de Niubiz: no mueve dinero",
    "production": "Niubiz, cobros reales",
}
#: Of which of our states each answer is the confirmation. A refund later than the day leaves the gateway's charge as
#: it was, so "charged" agrees with refunded too.
AGREEING: dict[str, frozenset[str]] = {
    "Approved": frozenset({AttemptState.APPROVED, AttemptState.REFUNDED}),
    "Voided": frozenset({AttemptState.VOIDED, AttemptState.REFUNDED}),
    "Denied": frozenset({AttemptState.DECLINED, AttemptState.ABSENT, AttemptState.ABANDONED}),
    "Absent": frozenset(
        {
            AttemptState.ABSENT,
            AttemptState.CREATED,
            AttemptState.FORM_OPEN,
            AttemptState.ABANDONED,
            AttemptState.DECLINED,
        }
    ),
}


@dataclass(frozen=True, kw_only=True)
class Testimony:
    """The gateway's last answer about an attempt, and whether our state agrees (None: it did not say)."""

    at: datetime
    words: str
    agrees: bool | None
    facts: tuple[tuple[str, str], ...]


def ask(attempt_id: int, *, actor: str, gateway: Niubiz | None = None) -> Attempt:
    """Ask the gateway about any attempt and keep its answer in the trail.

    It concludes what is in doubt, exactly as the clock's own questions do, and changes nothing else.
    """
    attempt = Attempt.objects.get(pk=attempt_id)
    answer = (gateway or from_settings(merchant_id=attempt.merchant_id)).retrieve(purchase_number=attempt.number)
    concluded = attempt.unknown or (attempt.state == AttemptState.ABSENT and isinstance(answer, Approved))
    if concluded:
        return charge.conclude(attempt_id, answer, actor=actor)
    with transaction.atomic():
        order, attempt = lock_attempt(attempt_id)
        cause = f"consulta a la pasarela: {words(answer).lower()}"
        trail.record(order, attempt=attempt, actor=actor, cause=cause, details=_answer(answer, attempt))
        if note_undone(attempt, answer):
            letters.review(attempt, about="La pasarela dice que este cobro se anuló: registre la devolución")
    return attempt


def note_undone(attempt: Attempt, answer: Answer) -> bool:
    """Put before staff a charge that the gateway undid and we did not; take it back when the gateway says otherwise.

    Returns whether this is news. Runs in the caller's transaction, which holds the order's lock.
    """
    undone = attempt.state == AttemptState.APPROVED and isinstance(answer, Voided)
    if undone == bool(attempt.undone_at) or not (undone or isinstance(answer, Approved)):
        return False
    attempt.undone_at = timezone.now() if undone else None
    attempt.save(update_fields=["undone_at"])
    return undone


def words(answer: Answer) -> str:
    """An answer in Spanish, for staff."""
    return ANSWERS[type(answer).__name__]


def agrees(attempt: Attempt, answer: Answer) -> bool:
    """Whether an answer confirms the attempt's state; one that says nothing contradicts nothing."""
    states = AGREEING.get(type(answer).__name__)
    return states is None or attempt.state in states


def _answer(answer: Answer, attempt: Attempt) -> dict[str, Any]:
    kept: dict[str, Any] = {"answer": type(answer).__name__, "exchange": asdict(answer.exchange)}
    if isinstance(answer, Approved) and (difference := answers.mismatch(attempt, answer)):
        kept["difference"] = difference
    return kept


def testimony(attempt: Attempt, events: list[Event]) -> Testimony | None:
    """The newest answer among the attempt's events; None when the gateway never answered about it."""
    told = [event for event in events if event.attempt_id == attempt.pk and "answer" in event.details]
    if not told:
        return None
    event = told[-1]
    return Testimony(
        at=event.at,
        words=ANSWERS.get(event.details["answer"], event.details["answer"]),
        agrees=_agrees(attempt, event),
        facts=_facts(event),
    )


def _agrees(attempt: Attempt, event: Event) -> bool | None:
    states = AGREEING.get(event.details["answer"])
    if states is None:
        return None
    return attempt.state in states and "difference" not in event.details


def _facts(event: Event) -> tuple[tuple[str, str], ...]:
    exchange = event.details.get("exchange", {})
    status = exchange.get("http_status")
    facts = [
        ("Operación", OPERATIONS.get(exchange.get("operation", ""), "")),
        ("Respuesta HTTP", str(status) if status else "sin respuesta"),
        ("Demora", f"{exchange.get('millis', 0)} ms"),
        ("Diferencia", str(event.details.get("difference", ""))),
    ]
    return tuple((name, value) for name, value in facts if value)
