"""The days on which members are reminded of a due, and the accounts that opted out."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone


class ReminderStep(models.Model):
    """A day on which open dues are mentioned. Without steps, nobody is reminded."""

    days = models.SmallIntegerField(
        "días desde el vencimiento",
        validators=[MinValueValidator(-60), MaxValueValidator(365)],
        help_text="Negativo: antes de que venza. 0: el mismo día.",
    )

    class Meta:
        verbose_name = "recordatorio"
        verbose_name_plural = "recordatorios"
        ordering = ["days"]
        constraints = [
            models.UniqueConstraint(fields=["days"], name="a_day_has_one_reminder"),
            models.CheckConstraint(condition=Q(days__gte=-60, days__lte=365), name="a_reminder_is_near_its_due_day"),
        ]

    def __str__(self) -> str:
        if self.days == 0:
            return "el día del vencimiento"
        count = abs(self.days)
        plural = "" if count == 1 else "s"
        return f"{count} día{plural} {'antes' if self.days < 0 else 'después'} del vencimiento"


class ReminderOptOut(models.Model):
    """An account that opted out of reminders; receipts and news of its payments continue."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+", verbose_name="cuenta"
    )
    since = models.DateTimeField("desde", default=timezone.now)

    class Meta:
        verbose_name = "cuenta sin recordatorios"
        verbose_name_plural = "cuentas sin recordatorios"

    def __str__(self) -> str:
        return str(self.user)
