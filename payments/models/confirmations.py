"""Steps of going live that only a person can see done: a letter that arrived, a backup that was restored."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import timezone


class Confirmation(models.Model):
    """Somebody saw that the step `step` was done; the newest of each step counts."""

    step = models.CharField("paso", max_length=40)
    note = models.CharField("qué se comprobó", max_length=500)
    at = models.DateTimeField("cuándo", default=timezone.now)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="quién", db_index=False
    )

    class Meta:
        verbose_name = "confirmación de la puesta en marcha"
        verbose_name_plural = "confirmaciones de la puesta en marcha"
        ordering = ("-at",)
        constraints = [models.CheckConstraint(condition=~models.Q(note=""), name="a_confirmation_says_what_was_seen")]
        triggers = [
            pgtrigger.Protect(name="a_confirmation_never_changes", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.step}: {self.note}"
