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
    # Never received, and given up by two persons: another document takes its place.
    WITHDRAWN = "withdrawn", "Sin efecto: SUNAT no lo recibió"
    # Not received; the same number is signed anew and sent again when what was wrong is mended.
    RETURNED = "returned", "Devuelto para corregir"


_NEVER_SENT_TO = {FilingState.SENDING, FilingState.IN_SUMMARY, FilingState.VOIDED, FilingState.WITHDRAWN}
FILING_TRANSITIONS: Transitions = {
    # Returned when the certificate that signed it has become unfit and SUNAT never saw it.
    FilingState.PENDING: frozenset({FilingState.SENDING, FilingState.RETURNED}),
    FilingState.SENDING: frozenset(set(FilingState) - _NEVER_SENT_TO),
    # All but the first by what SUNAT's own records show (receipts/tax_office/findings.py).
    FilingState.IN_DOUBT: frozenset(
        {
            FilingState.SENDING,
            FilingState.PENDING,
            FilingState.ACCEPTED,
            FilingState.REJECTED,
            FilingState.VOIDED,
        }
    ),
    FilingState.RETURNED: frozenset({FilingState.PENDING, FilingState.IN_SUMMARY, FilingState.WITHDRAWN}),
    FilingState.IN_SUMMARY: frozenset({FilingState.ACCEPTED, FilingState.RETURNED, FilingState.IN_DOUBT}),
    # Pending again only after a trial (only_a_trial_is_filed_again).
    FilingState.ACCEPTED: frozenset({FilingState.VOIDED, FilingState.PENDING}),
    FilingState.OBSERVED: frozenset({FilingState.VOIDED, FilingState.PENDING}),
    FilingState.VOIDED: frozenset(),
    FilingState.REJECTED: frozenset(),
    FilingState.WITHDRAWN: frozenset(),
}

OPEN_STATES = (FilingState.PENDING, FilingState.SENDING, FilingState.IN_DOUBT)
#: Worth nothing for good, so another document may take its place.
SPENT_STATES = (FilingState.REJECTED, FilingState.VOIDED, FilingState.WITHDRAWN)
VALID_STATES = (FilingState.ACCEPTED, FilingState.OBSERVED)


class SummaryState(models.TextChoices):
    # Made and signed; SUNAT has not said that it took it.
    PENDING = "pending", "Pendiente de envío"
    # SUNAT gave a ticket and is working on it.
    WAITING = "waiting", "En proceso en SUNAT"
    # SUNAT has a file of this name and no ticket tells what became of it.
    IN_DOUBT = "in_doubt", "En duda: SUNAT lo tiene y no dice cómo quedó"
    ACCEPTED = "accepted", "Aceptado por SUNAT"
    REFUSED = "refused", "No aceptado por SUNAT"


_ENDS = {SummaryState.ACCEPTED, SummaryState.REFUSED}
SUMMARY_TRANSITIONS: Transitions = {
    SummaryState.PENDING: frozenset({SummaryState.WAITING, SummaryState.REFUSED, SummaryState.IN_DOUBT}),
    SummaryState.WAITING: frozenset(_ENDS | {SummaryState.IN_DOUBT}),
    SummaryState.IN_DOUBT: frozenset(_ENDS),
    SummaryState.ACCEPTED: frozenset(),
    SummaryState.REFUSED: frozenset(),
}

OPEN_SUMMARY_STATES = (SummaryState.PENDING, SummaryState.WAITING, SummaryState.IN_DOUBT)
