"""Papers that certify that a member is hábil."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from base.postgres.triggers import never_deleted
from members.models import Member
from receipts.models.attestations import attestation_code


class StandingCertificate(models.Model):
    """A *constancia de habilidad*: the member was hábil when it was issued, and until when it may be shown.

    `statement` is all it says (receipts/standing_certificates.py); the worker prints it.
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="standing_certificates", verbose_name="colegiado")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="pedida por")
    code = models.CharField("código", max_length=22, unique=True, default=attestation_code)
    issued_at = models.DateTimeField("emitida", default=timezone.now)
    valid_until = models.DateField("vale hasta")
    sample = models.BooleanField("de muestra")
    statement = models.JSONField("contenido")
    pdf = models.BinaryField("PDF", null=True, blank=True)
    revoked_at = models.DateTimeField("anulada", null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="anulada por", null=True, blank=True
    )
    revocation_reason = models.CharField("motivo de la anulación", max_length=200, blank=True)

    class Meta:
        verbose_name = "constancia de habilidad"
        verbose_name_plural = "constancias de habilidad"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("issued_at__date")), name="a_standing_certificate_is_valid_for_days"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None, revocation_reason="")
                | Q(revoked_at__isnull=False, revoked_by__isnull=False, revocation_reason__regex=r"\S"),
                name="a_revoked_certificate_says_by_whom_and_why",
            ),
        ]
        indexes = [models.Index(fields=["author", "-issued_at"], name="certificate_by_author")]
        triggers = [
            pgtrigger.ReadOnly(
                name="a_standing_certificate_keeps_its_words",
                exclude=["pdf", "revoked_at", "revoked_by", "revocation_reason"],
            ),
            pgtrigger.Protect(
                name="a_revoked_certificate_stays_revoked",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__revoked_at__isnull=False),
            ),
            never_deleted("a_standing_certificate_is_never_deleted"),
        ]

    def __str__(self) -> str:
        return "Constancia de habilidad"
