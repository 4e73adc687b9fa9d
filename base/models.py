"""What periodic work was done, and for which day."""

from django.db import models
from django.utils import timezone

from base.postgres.triggers import frozen


class PeriodicRun(models.Model):
    """One piece of periodic work, done for one day in Lima; of monthly work, the first of its month."""

    name = models.CharField("trabajo", max_length=40)
    day = models.DateField("día")
    done_at = models.DateTimeField("hecho", default=timezone.now)

    class Meta:
        verbose_name = "trabajo periódico"
        verbose_name_plural = "trabajos periódicos"
        constraints = [models.UniqueConstraint(fields=["name", "day"], name="periodic_work_is_done_once_for_a_day")]
        triggers = [frozen("a_periodic_run_never_changes")]

    def __str__(self) -> str:
        return f"{self.name} {self.day:%d/%m/%Y}"
