"""Pairs of charges that look like one payment made twice, cleared by a person."""

import pgtrigger
from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.utils import timezone

from base.postgres.triggers import never_deleted
from payments.models.attempts import Attempt


class ClearedPair(models.Model):
    """Two similar charges that were both intended, with the person who checked and the reason."""

    first = models.ForeignKey(Attempt, models.PROTECT, related_name="+", verbose_name="primero", db_index=False)
    second = models.ForeignKey(Attempt, models.PROTECT, related_name="+", verbose_name="segundo")
    reason = models.CharField("motivo", max_length=150, validators=[MinLengthValidator(5)])
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="revisado por", db_index=False
    )
    cleared_at = models.DateTimeField("revisado", default=timezone.now)

    class Meta:
        verbose_name = "par revisado"
        verbose_name_plural = "pares revisados"
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="a_pair_is_cleared_once")]
        triggers = [
            never_deleted("a_cleared_pair_is_never_deleted"),
            pgtrigger.ReadOnly(name="a_cleared_pair_never_changes"),
        ]

    def __str__(self) -> str:
        return f"{self.first.number} y {self.second.number}"
