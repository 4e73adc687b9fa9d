"""Letters that carry receipts."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from base.postgres.triggers import never_deleted
from receipts.models.receipts import Receipt


class DeliveryState(models.TextChoices):
    QUEUED = "queued", "Por enviar"
    SENT = "sent", "Enviado"
    # Given up after hours, or refused for good; staff see it and may send it again as a new delivery.
    FAILED = "failed", "No se pudo enviar"
    # Taken by a mail server that later said it could not deliver it (receipts/delivery/bounces.py).
    BOUNCED = "bounced", "Devuelto por el correo"


UNDELIVERED = (DeliveryState.FAILED, DeliveryState.BOUNCED)


class Delivery(models.Model):
    """One letter with a receipt. `intent` names the wish behind it; the same wish twice is one letter."""

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="deliveries", verbose_name="comprobante")
    email = models.EmailField("correo", max_length=254)
    intent = models.CharField("motivo", max_length=80)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="pedido por"
    )
    state = models.CharField("estado", max_length=10, choices=DeliveryState, default=DeliveryState.QUEUED)
    # Ours and stored before the first try: a letter sent twice by an accident carries the same one.
    message_id = models.CharField("Message-ID", max_length=200, unique=True)
    attempts = models.PositiveIntegerField("intentos", default=0)
    last_error = models.CharField("último error", max_length=300, blank=True)
    queued_at = models.DateTimeField("pedido", default=timezone.now)
    sent_at = models.DateTimeField("enviado", null=True, blank=True)

    class Meta:
        verbose_name = "envío"
        verbose_name_plural = "envíos"
        constraints = [
            models.UniqueConstraint(fields=["intent"], name="an_intent_is_one_delivery"),
            models.CheckConstraint(
                condition=Q(state__in=[DeliveryState.SENT, DeliveryState.BOUNCED], sent_at__isnull=False)
                | (~Q(state__in=[DeliveryState.SENT, DeliveryState.BOUNCED]) & Q(sent_at__isnull=True)),
                name="sent_at_is_set_exactly_when_sent",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=UNDELIVERED) | ~Q(last_error=""), name="a_failed_delivery_says_why"
            ),
        ]
        indexes = [
            models.Index(fields=["queued_at"], condition=Q(state=DeliveryState.QUEUED), name="delivery_to_send"),
            models.Index(fields=["author", "queued_at"], name="delivery_by_author"),
        ]
        triggers = [
            pgtrigger.FSM(
                name="a_delivery_is_concluded_once",
                field="state",
                transitions=[
                    (DeliveryState.QUEUED.value, DeliveryState.SENT.value),
                    (DeliveryState.QUEUED.value, DeliveryState.FAILED.value),
                    (DeliveryState.SENT.value, DeliveryState.BOUNCED.value),
                ],
            ),
            pgtrigger.ReadOnly(
                name="a_delivery_keeps_its_address",
                fields=["receipt", "email", "intent", "author", "message_id", "queued_at"],
            ),
            never_deleted("a_delivery_is_never_deleted"),
        ]

    def __str__(self) -> str:
        return f"{self.receipt_id} → {self.email}"
