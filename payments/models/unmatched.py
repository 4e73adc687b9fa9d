"""Charges at the gateway that match no order of ours, found after a restore and kept for staff."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from base.postgres.triggers import never_deleted
from payments.models.attempts import Attempt


class UnmatchedChargeQuerySet(models.QuerySet["UnmatchedCharge"]):
    def open(self) -> Self:
        return self.filter(resolved_at=None)


class UnmatchedCharge(models.Model):
    """A charge as the gateway reported it. Staff find its owner and record what they did.

    `attempt` is the attempt with the same number, if its state forbids taking the charge.
    """

    purchase_number = models.PositiveBigIntegerField("número de pedido")
    environment = models.CharField("entorno", max_length=12)
    merchant_id = models.CharField("código de comercio", max_length=12)
    attempt = models.ForeignKey(
        Attempt, models.PROTECT, null=True, related_name="unmatched_charges", verbose_name="intento", db_index=False
    )
    # Values that the gateway left out stay empty.
    amount = models.DecimalField("monto", max_digits=11, decimal_places=2, null=True)
    currency = models.CharField("moneda", max_length=3, blank=True)
    card = models.CharField("tarjeta", max_length=25, blank=True)
    brand = models.CharField("marca", max_length=20, blank=True)
    authorization_code = models.CharField("código de autorización", max_length=20, blank=True)
    transaction_id = models.CharField("id de transacción", max_length=40, blank=True)
    signature = models.CharField("firma de la operación", max_length=64, blank=True)
    trace_number = models.CharField("número de traza", max_length=20, blank=True)
    decided_at = models.DateTimeField("decidido por la pasarela", null=True)
    exchange = models.JSONField("respuesta de la pasarela", default=dict)
    found_at = models.DateTimeField("encontrado", default=timezone.now)
    resolution = models.CharField(
        "qué se hizo con este dinero", max_length=300, blank=True, validators=[MinLengthValidator(10)]
    )
    resolved_at = models.DateTimeField("resuelto", null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="resuelto por",
        db_index=False,
    )

    objects = UnmatchedChargeQuerySet.as_manager()

    class Meta:
        db_table = "payments_unclaimedcharge"
        verbose_name = "cobro sin pedido"
        verbose_name_plural = "cobros sin pedido"
        constraints = [
            models.UniqueConstraint(fields=["purchase_number", "merchant_id"], name="a_charge_is_held_for_staff_once"),
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolved_by=None, resolution="")
                | (Q(resolved_at__isnull=False, resolved_by__isnull=False) & ~Q(resolution="")),
                name="an_unclaimed_charge_is_resolved_by_someone_in_words",
            ),
        ]
        triggers = [
            never_deleted("an_unclaimed_charge_is_never_deleted"),
            pgtrigger.ReadOnly(
                name="an_unclaimed_charge_keeps_what_was_told",
                exclude=["resolution", "resolved_at", "resolved_by"],
            ),
            pgtrigger.Protect(
                name="a_resolved_charge_stays_resolved",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__resolved_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Cobro {self.purchase_number}"
