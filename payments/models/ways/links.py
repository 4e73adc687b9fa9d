"""A link by which another person pays a member's order."""

from datetime import datetime

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from base.postgres.triggers import never_deleted
from payments.models.orders import Order


class PaymentLink(models.Model):
    """Of its token only the hash is kept: whoever reads this table cannot pay, or look at, anything.

    It names the order that it pays now: first the member's own choice, then the order that the payer's data made of it.
    """

    class End(models.TextChoices):
        REVOKED = "revoked", "Anulado por el colegiado"
        REPLACED = "replaced", "Reemplazado por otro enlace"
        MEMBER_PAYS = "member_pays", "El colegiado paga él mismo"

    order = models.ForeignKey(Order, models.PROTECT, related_name="links", verbose_name="pedido")
    token_hash = models.CharField("huella del enlace", max_length=64, unique=True)
    created_at = models.DateTimeField("creado", default=timezone.now)
    expires_at = models.DateTimeField("vence")
    ended_at = models.DateTimeField("terminado", null=True, blank=True)
    end = models.CharField("por qué terminó", max_length=12, choices=End, blank=True)

    class Meta:
        verbose_name = "enlace de pago"
        verbose_name_plural = "enlaces de pago"
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(ended_at=None), name="an_order_has_one_live_link"),
            models.CheckConstraint(
                condition=Q(ended_at=None, end="")
                | Q(ended_at__isnull=False, end__in=["revoked", "replaced", "member_pays"]),
                name="an_ended_link_says_why",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="a_link_lives_for_a_while"),
        ]
        triggers = [
            never_deleted("a_link_is_never_deleted"),
            pgtrigger.ReadOnly(name="a_link_keeps_its_token", fields=["token_hash", "created_at", "expires_at"]),
            pgtrigger.Protect(
                name="an_ended_link_stays_ended",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Enlace del {self.order}"

    def lives(self, now: datetime) -> bool:
        """Whether it may be paid, as far as the link and its order tell."""
        return self.ended_at is None and self.expires_at > now and self.order.payable(now)
