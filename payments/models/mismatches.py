"""What two people decide about an approval that does not match what was asked of the gateway."""

import pgtrigger
from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from base.postgres.triggers import never_deleted
from payments.models.attempts import Attempt


class MismatchDecision(models.Model):
    """One person proposes, another confirms or rejects; until then the attempt stays in doubt."""

    class Outcome(models.TextChoices):
        ACCEPT = "accept", "Aceptar lo cobrado: las cuotas quedan pagadas"
        GIVE_BACK = "give_back", "Devolverlo: las cuotas quedan pendientes"
        DISOWN = "disown", "No es de este pedido, según la pasarela"

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="mismatch_decisions", verbose_name="intento")
    outcome = models.CharField("decisión", max_length=10, choices=Outcome)
    reason = models.CharField("motivo y lo que dice la pasarela", max_length=150, validators=[MinLengthValidator(5)])
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="propuesta por", db_index=False
    )
    proposed_at = models.DateTimeField("propuesta", default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="decidida por",
        db_index=False,
    )
    decided_at = models.DateTimeField("decidida", null=True, blank=True)
    rejected = models.BooleanField("rechazada", default=False)

    class Meta:
        verbose_name = "decisión sobre un cobro que no coincide"
        verbose_name_plural = "decisiones sobre cobros que no coinciden"
        permissions = [("confirm_mismatch", "Puede confirmar qué se hace con un cobro que no coincide")]
        constraints = [
            models.UniqueConstraint(
                fields=["attempt"], condition=Q(decided_at=None), name="an_attempt_has_one_open_decision"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, rejected=False)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="a_mismatch_decision_names_its_person",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None) | Q(rejected=True) | ~Q(decided_by=F("author")),
                name="a_second_person_confirms_a_mismatch",
            ),
        ]
        triggers = [
            never_deleted("a_mismatch_decision_is_never_deleted"),
            pgtrigger.ReadOnly(
                name="a_mismatch_decision_keeps_what_was_proposed", exclude=["decided_by", "decided_at", "rejected"]
            ),
            pgtrigger.Protect(
                name="a_mismatch_decision_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} ({self.attempt})"
