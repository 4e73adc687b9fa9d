"""The states of a document at SUNAT, and the one table of legal moves; the database keeps the same table."""

from django.db import models

from base.states import Transitions


class FilingState(models.TextChoices):
    # Signed and stored; SUNAT was not asked yet, or was not able to take it.
    PENDING = "pending", "Pendiente de envío"
    # Committed before the question leaves: from here on SUNAT may have it.
    SENDING = "sending", "Enviando"
    # The answer was lost, or SUNAT has it already: the same bytes are sent again and the constancy is asked for.
    IN_DOUBT = "in_doubt", "En consulta con SUNAT"
    ACCEPTED = "accepted", "Aceptado por SUNAT"
    OBSERVED = "observed", "Aceptado con observaciones"
    # Received and worth nothing; its number is spent.
    REJECTED = "rejected", "Rechazado por SUNAT"
    # Too late to be filed alone: it travels in a daily summary, whose outcome is its own.
    IN_SUMMARY = "in_summary", "En un resumen diario"
    # Taken back by a voiding before anybody was given it.
    VOIDED = "voided", "Dado de baja"
    # Not received; the same number is signed anew and sent again when what was wrong is mended.
    RETURNED = "returned", "Devuelto para corregir"


FILING_TRANSITIONS: Transitions = {
    FilingState.PENDING: frozenset({FilingState.SENDING}),
    FilingState.SENDING: frozenset(
        set(FilingState) - {FilingState.SENDING, FilingState.IN_SUMMARY, FilingState.VOIDED}
    ),
    FilingState.IN_DOUBT: frozenset({FilingState.SENDING}),
    FilingState.RETURNED: frozenset({FilingState.PENDING, FilingState.IN_SUMMARY}),
    FilingState.IN_SUMMARY: frozenset({FilingState.ACCEPTED, FilingState.RETURNED}),
    FilingState.ACCEPTED: frozenset({FilingState.VOIDED}),
    FilingState.OBSERVED: frozenset({FilingState.VOIDED}),
    FilingState.VOIDED: frozenset(),
    FilingState.REJECTED: frozenset(),
}

OPEN_STATES = (FilingState.PENDING, FilingState.SENDING, FilingState.IN_DOUBT)
#: Worth nothing for good: its number is spent, and another document may take its place.
SPENT_STATES = (FilingState.REJECTED, FilingState.VOIDED)
VALID_STATES = (FilingState.ACCEPTED, FilingState.OBSERVED)


class SummaryState(models.TextChoices):
    # Made and signed; SUNAT has not said that it took it.
    PENDING = "pending", "Pendiente de envío"
    # SUNAT gave a ticket and is working on it.
    WAITING = "waiting", "En proceso en SUNAT"
    ACCEPTED = "accepted", "Aceptado por SUNAT"
    REFUSED = "refused", "No aceptado por SUNAT"


SUMMARY_TRANSITIONS: Transitions = {
    SummaryState.PENDING: frozenset({SummaryState.WAITING, SummaryState.REFUSED}),
    SummaryState.WAITING: frozenset({SummaryState.ACCEPTED, SummaryState.REFUSED}),
    SummaryState.ACCEPTED: frozenset(),
    SummaryState.REFUSED: frozenset(),
}

OPEN_SUMMARY_STATES = (SummaryState.PENDING, SummaryState.WAITING)
