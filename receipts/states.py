"""The states of a document at SUNAT, and the one table of legal moves; the database keeps the same table."""

from django.db import models

from payments.states import Moves


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
    # Not received; the same number is signed anew and sent again when what was wrong is mended.
    RETURNED = "returned", "Devuelto para corregir"


FILING_MOVES: Moves = {
    FilingState.PENDING: frozenset({FilingState.SENDING}),
    FilingState.SENDING: frozenset(set(FilingState) - {FilingState.SENDING}),
    FilingState.IN_DOUBT: frozenset({FilingState.SENDING}),
    FilingState.RETURNED: frozenset({FilingState.PENDING}),
    FilingState.ACCEPTED: frozenset(),
    FilingState.OBSERVED: frozenset(),
    FilingState.REJECTED: frozenset(),
}

OPEN_STATES = (FilingState.PENDING, FilingState.SENDING, FilingState.IN_DOUBT)
VALID_STATES = (FilingState.ACCEPTED, FilingState.OBSERVED)
