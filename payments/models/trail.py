"""The trail of an order."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from payments.models.attempts import Attempt
from payments.models.orders import Order


class Event(models.Model):
    """One step of an order or attempt. Triggers refuse to change or delete it."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="events", verbose_name="pedido")
    attempt = models.ForeignKey(
        Attempt, models.PROTECT, null=True, blank=True, related_name="events", verbose_name="intento"
    )
    sequence = models.PositiveIntegerField("paso")
    at = models.DateTimeField("cuándo")
    actor = models.CharField("quién", max_length=254)
    cause = models.CharField("causa", max_length=200)
    from_state = models.CharField("de", max_length=20, blank=True)
    to_state = models.CharField("a", max_length=20, blank=True)
    details = models.JSONField("detalle", default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = "evento"
        verbose_name_plural = "eventos"
        ordering = ("order", "sequence")
        constraints = [
            models.UniqueConstraint(fields=["order", "sequence"], name="an_order_has_one_event_per_step"),
            models.CheckConstraint(
                condition=Q(sequence=1, previous_hash="") | (Q(sequence__gt=1) & ~Q(previous_hash="")),
                name="an_event_follows_the_one_before",
            ),
            models.CheckConstraint(
                condition=~Q(from_state=F("to_state")) | Q(from_state=""), name="a_move_changes_the_state"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="an_event_never_changes", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.at:%d/%m/%Y %H:%M:%S} {self.cause}"


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
