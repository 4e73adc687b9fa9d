"""Alerts to the treasury."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Alert(models.Model):
    """A trouble reported to the treasury: opened when first seen, cured when no longer seen."""

    key = models.CharField("qué", max_length=60)
    words = models.CharField("descripción", max_length=400)
    place = models.CharField("página", max_length=200)
    opened_at = models.DateTimeField("desde", default=timezone.now)
    cured_at = models.DateTimeField("resuelta", null=True, blank=True)

    class Meta:
        verbose_name = "alerta"
        verbose_name_plural = "alertas"
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(cured_at=None), name="a_trouble_is_told_once"),
        ]
        indexes = [models.Index(fields=["-opened_at"], name="alert_newest")]

    def __str__(self) -> str:
        return self.words
