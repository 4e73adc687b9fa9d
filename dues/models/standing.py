"""The dated rule for who is hábil."""

from django.conf import settings
from django.db import models


class StandingRule(models.Model):
    """The overdue months of colegiado tolerated from a day on; with one more a physician is inhábil."""

    valid_from = models.DateField("vigente desde")
    months_tolerated = models.PositiveSmallIntegerField("meses vencidos tolerados")
    basis = models.CharField("base legal", max_length=200)
    is_sample = models.BooleanField("es una muestra", default=False)

    class Meta:
        verbose_name = "regla de habilidad"
        verbose_name_plural = "reglas de habilidad"
        constraints = [
            models.UniqueConstraint(fields=["valid_from"], name="a_day_begins_one_standing_rule"),
        ]

    def __str__(self) -> str:
        return f"Meses vencidos que se toleran: {self.months_tolerated}, desde el {self.valid_from:%d/%m/%Y}"

    @property
    def is_told(self) -> bool:
        """Whether members read the rule: a sample is no rule of a college that works with its own data."""
        return settings.SAMPLE_DATA or not self.is_sample

    @property
    def months_refused(self) -> int:
        """The number of overdue months that makes a physician inhábil."""
        return self.months_tolerated + 1
