"""What the trail of payments came to at the end of each day: a line that is kept outside too."""

import pgtrigger
from django.db import models
from django.utils import timezone


class TrailHead(models.Model):
    """The signature over all events of the trail up to the end of `day` in Lima; `events` counts those of the day."""

    day = models.DateField("día")
    events = models.PositiveIntegerField("eventos del día")
    signature = models.CharField("firma", max_length=64)
    written_at = models.DateTimeField("escrita", default=timezone.now)

    class Meta:
        verbose_name = "firma diaria de la bitácora"
        verbose_name_plural = "firmas diarias de la bitácora"
        ordering = ("day",)
        constraints = [models.UniqueConstraint(fields=["day"], name="a_day_has_one_trail_head")]
        triggers = [pgtrigger.Protect(name="a_trail_head_never_changes", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"bitácora {self.day} eventos {self.events} firma {self.signature}"
