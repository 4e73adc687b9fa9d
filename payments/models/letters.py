"""Mail to members and to the treasury."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from base.postgres.triggers import legal_transitions
from base.states import Transitions
from payments.models.attempts import Attempt


class LetterState(models.TextChoices):
    QUEUED = "queued", "Por enviar"
    SENT = "sent", "Enviada"
    # Given up after days, or refused for good by the other mail server.
    FAILED = "failed", "No se pudo enviar"
    # Untrue by the time it would have left: paid, opted out, concluded otherwise.
    WITHDRAWN = "withdrawn", "Retirada: ya no correspondía"


LETTER_TRANSITIONS: Transitions = {
    LetterState.QUEUED: frozenset({LetterState.SENT, LetterState.FAILED, LetterState.WITHDRAWN}),
    LetterState.SENT: frozenset(),
    LetterState.FAILED: frozenset(),
    LetterState.WITHDRAWN: frozenset(),
}


class Letter(models.Model):
    """A mail to send once: written in the transaction of the change it reports, sent by the worker."""

    key = models.CharField("asunto interno", max_length=80)
    attempt = models.ForeignKey(Attempt, models.PROTECT, null=True, related_name="letters", verbose_name="intento")
    to = models.EmailField("para")
    subject = models.CharField("asunto", max_length=200)
    body = models.TextField("texto")
    headers = models.JSONField("encabezados", default=dict, blank=True)
    written_at = models.DateTimeField("escrita", default=timezone.now)
    sent_at = models.DateTimeField("enviada", null=True, blank=True)
    state = models.CharField("estado", max_length=10, choices=LetterState, default=LetterState.QUEUED)
    attempts = models.PositiveIntegerField("intentos", default=0)
    next_try_at = models.DateTimeField("próximo intento", null=True, blank=True)
    last_error = models.CharField("último error", max_length=300, blank=True)
    # Of a reminder: whose it is and the ids of its dues, which are asked about again when it leaves.
    about = models.JSONField("de qué trata", default=dict, blank=True)

    class Meta:
        verbose_name = "carta"
        verbose_name_plural = "cartas"
        constraints = [
            models.UniqueConstraint(fields=["key"], name="a_letter_is_written_once"),
            models.CheckConstraint(
                condition=Q(state=LetterState.SENT, sent_at__isnull=False)
                | (~Q(state=LetterState.SENT) & Q(sent_at=None)),
                name="a_letter_is_sent_exactly_when_it_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[LetterState.QUEUED, LetterState.SENT]) | ~Q(last_error=""),
                name="a_letter_not_sent_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["written_at"], condition=Q(state=LetterState.QUEUED), name="letter_to_send"),
            models.Index(fields=["written_at"], condition=Q(state=LetterState.FAILED), name="letter_failed"),
            # For the page of a colegiado (staff/desk/records.py).
            models.Index(fields=["to"], name="letter_by_address"),
        ]
        triggers = [legal_transitions("a_letter_moves_legally", LETTER_TRANSITIONS)]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"
