"""Mail to members and to the treasury."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from payments.models.attempts import Attempt


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

    class Meta:
        verbose_name = "carta"
        verbose_name_plural = "cartas"
        constraints = [models.UniqueConstraint(fields=["key"], name="a_letter_is_written_once")]
        indexes = [models.Index(fields=["written_at"], condition=Q(sent_at=None), name="letter_to_send")]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"
