"""Papers that attest what a member paid."""

import secrets

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from base.postgres.triggers import never_deleted
from members.models import Member


def attestation_code() -> str:
    """128 random bits as text for a URL, as a receipt's."""
    return secrets.token_urlsafe(16)


class Attestation(models.Model):
    """A *constancia de pagos*: what a member had paid in some days (Lima, both included) when it was asked for.

    `statement` is all it says (receipts/attestations.py); the worker prints it. It is no tax document.
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="attestations", verbose_name="colegiado")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="pedida por")
    first_day = models.DateField("desde")
    last_day = models.DateField("hasta")
    total = models.DecimalField("total (S/)", max_digits=10, decimal_places=2)
    code = models.CharField("código", max_length=22, unique=True, default=attestation_code)
    issued_at = models.DateTimeField("emitida", default=timezone.now)
    sample = models.BooleanField("de muestra")
    statement = models.JSONField("contenido")
    pdf = models.BinaryField("PDF", null=True, blank=True)

    class Meta:
        verbose_name = "constancia de pagos"
        verbose_name_plural = "constancias de pagos"
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="an_attestation_has_days"),
            models.CheckConstraint(condition=Q(total__gt=0), name="an_attestation_attests_something"),
        ]
        indexes = [models.Index(fields=["author", "-issued_at"], name="attestation_by_author")]
        triggers = [
            pgtrigger.ReadOnly(name="an_attestation_keeps_its_words", exclude=["pdf"]),
            never_deleted("an_attestation_is_never_deleted"),
        ]

    def __str__(self) -> str:
        return f"Constancia de pagos, {self.span}"

    @property
    def span(self) -> str:
        """Its days as a title names them: "2026", or "del 03/01/2024 al 23/11/2026"."""
        year = self.first_day.year
        if (self.first_day.month, self.first_day.day) == (1, 1) and self.last_day.year == year:
            return str(year)
        return f"del {self.first_day:%d/%m/%Y} al {self.last_day:%d/%m/%Y}"
