"""Times in which nobody can pay by card."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.utils import timezone


class PauseQuerySet(models.QuerySet["Pause"]):
    def current(self) -> Self:
        return self.filter(ended_at=None)


class Pause(models.Model):
    """While a pause is open, nobody starts to pay. Started payments continue, and all else works."""

    notice = models.CharField("aviso para los colegiados", max_length=300)
    started_at = models.DateTimeField("desde", default=timezone.now)
    ended_at = models.DateTimeField("hasta", null=True, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="autor")

    objects = PauseQuerySet.as_manager()

    class Meta:
        verbose_name = "pausa de pagos"
        verbose_name_plural = "pausas de pagos"
        constraints = [
            models.UniqueConstraint(
                Value(1), condition=Q(ended_at__isnull=True), name="payments_are_paused_by_one_pause"
            ),
        ]

    def __str__(self) -> str:
        return self.notice
