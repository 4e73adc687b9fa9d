"""Payments that came by file and turn out not to be: one row, or a whole load, taken back by two people."""

import pgtrigger
from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from base.postgres.triggers import never_deleted
from dues.models import DataLoad, Settlement


class FileReversal(models.Model):
    """One person proposes to take a file's payment, or all of a load, back; another confirms or rejects."""

    settlement = models.ForeignKey(
        Settlement, models.PROTECT, null=True, blank=True, related_name="file_reversals", verbose_name="pago de cuota"
    )
    load = models.ForeignKey(
        DataLoad, models.PROTECT, null=True, blank=True, related_name="reversals", verbose_name="carga"
    )
    reason = models.CharField("motivo", max_length=150, validators=[MinLengthValidator(5)])
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
        verbose_name = "reversión de pagos de un archivo"
        verbose_name_plural = "reversiones de pagos de archivos"
        permissions = [("confirm_filereversal", "Puede confirmar reversiones de pagos de archivos")]
        constraints = [
            models.CheckConstraint(
                condition=Q(settlement=None, load__isnull=False) | Q(settlement__isnull=False, load=None),
                name="a_file_reversal_is_of_a_row_or_a_load",
            ),
            models.UniqueConstraint(
                fields=["settlement"], condition=Q(rejected=False), name="a_file_payment_is_taken_back_once"
            ),
            models.UniqueConstraint(fields=["load"], condition=Q(rejected=False), name="a_load_is_taken_back_once"),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, rejected=False)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="a_file_reversal_names_its_person",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None) | Q(rejected=True) | ~Q(decided_by=F("author")),
                name="a_second_person_takes_a_file_payment_back",
            ),
        ]
        triggers = [
            never_deleted("a_file_reversal_is_never_deleted"),
            pgtrigger.ReadOnly(
                name="a_file_reversal_keeps_what_was_proposed", exclude=["decided_by", "decided_at", "rejected"]
            ),
            pgtrigger.Protect(
                name="a_file_reversal_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Reversión de {self.settlement or self.load}"
