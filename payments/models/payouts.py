"""The gateway's payout reports, compared line by line with our charges."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from base.postgres.triggers import never_deleted
from payments.models.attempts import Attempt
from payments.models.refunds import Refund


class PayoutLayout(models.Model):
    """The column names of the gateway's file, so that another format needs no new code."""

    purchase_number = models.CharField("número de pedido", max_length=60, default="numero_pedido")
    operation = models.CharField("operación", max_length=60, default="operacion")
    happened_at = models.CharField("fecha y hora", max_length=60, default="fecha")
    authorization_code = models.CharField("autorización", max_length=60, default="autorizacion")
    amount = models.CharField("monto", max_length=60, default="monto")
    commission = models.CharField("comisión", max_length=60, default="comision")
    sale_words = models.CharField("palabras de un cobro", max_length=200, default="venta, compra, consumo")
    refund_words = models.CharField("palabras de una devolución", max_length=200, default="devolucion, extorno")
    chargeback_words = models.CharField(
        "palabras de un contracargo", max_length=200, default="contracargo, controversia", blank=True
    )

    class Meta:
        db_table = "payments_settlementlayout"
        verbose_name = "formato de la liquidación"
        verbose_name_plural = "formato de la liquidación"
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="there_is_one_layout")]

    def __str__(self) -> str:
        return "Formato de la liquidación"


class PayoutReport(models.Model):
    file_name = models.CharField("archivo", max_length=200)
    sha256 = models.CharField(max_length=64)
    first_day = models.DateField("desde")
    last_day = models.DateField("hasta")
    rows = models.PositiveIntegerField("filas")
    known_before = models.PositiveIntegerField("filas ya conocidas", default=0)
    loaded_at = models.DateTimeField("cargado", default=timezone.now)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="cargado por", db_index=False
    )
    signed_at = models.DateTimeField("conforme", null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="conforme de",
        db_index=False,
    )
    note = models.CharField("observación", max_length=500, blank=True)

    class Meta:
        db_table = "payments_settlementreport"
        verbose_name = "liquidación de la pasarela"
        verbose_name_plural = "liquidaciones de la pasarela"
        permissions = [("sign_payoutreport", "Puede dar conformidad a liquidaciones")]
        constraints = [
            models.UniqueConstraint(fields=["sha256"], name="a_report_is_loaded_once"),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by=None) | Q(signed_at__isnull=False, signed_by__isnull=False),
                name="a_signature_names_its_person",
            ),
        ]
        triggers = [
            never_deleted("a_report_is_never_deleted"),
            pgtrigger.Protect(
                name="a_signed_report_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__signed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.first_day:%d/%m/%Y} a {self.last_day:%d/%m/%Y})"


class PayoutLine(models.Model):
    """One operation of the gateway's report. Its match is computed again at each comparison until the sign-off."""

    class Operation(models.TextChoices):
        SALE = "sale", "Cobro"
        REFUND = "refund", "Devolución"
        CHARGEBACK = "chargeback", "Contracargo"

    class Result(models.TextChoices):
        MATCHED = "matched", "Coincide"
        AMOUNT = "amount", "El monto es otro"
        AUTHORISATION = "authorisation", "La autorización es otra"
        UNEXPECTED = "unexpected", "Para nosotros no se cobró o no se devolvió"
        UNKNOWN = "unknown", "No conocemos ese número de pedido"

    report = models.ForeignKey(PayoutReport, models.PROTECT, related_name="lines", verbose_name="liquidación")
    line = models.PositiveIntegerField("línea")
    operation = models.CharField("operación", max_length=10, choices=Operation)
    purchase_number = models.PositiveBigIntegerField("número de pedido")
    authorization_code = models.CharField("autorización", max_length=20, blank=True)
    amount = models.DecimalField("monto (S/)", max_digits=9, decimal_places=2)
    commission = models.DecimalField("comisión (S/)", max_digits=9, decimal_places=2)
    happened_at = models.DateTimeField("fecha y hora")
    # Which of the equal rows of its file it is, from 1: two refunds of one sum on a day without a time are two.
    place = models.PositiveSmallIntegerField("entre las iguales", default=1)
    result = models.CharField("resultado", max_length=13, choices=Result, default=Result.UNKNOWN)
    attempt = models.ForeignKey(
        Attempt, models.PROTECT, null=True, blank=True, related_name="payout_lines", verbose_name="intento"
    )
    refund = models.ForeignKey(
        Refund, models.PROTECT, null=True, blank=True, related_name="payout_lines", verbose_name="devolución"
    )

    class Meta:
        db_table = "payments_settlementline"
        verbose_name = "línea de liquidación"
        verbose_name_plural = "líneas de liquidación"
        constraints = [
            # Files of overlapping days state an operation again. Rows of one file are different operations.
            models.UniqueConstraint(
                fields=["operation", "purchase_number", "happened_at", "amount", "place"],
                name="an_operation_is_stated_once",
            ),
            models.UniqueConstraint(
                fields=["attempt"], condition=Q(operation="sale", result="matched"), name="a_charge_is_settled_once"
            ),
            models.UniqueConstraint(fields=["refund"], condition=Q(result="matched"), name="a_refund_is_settled_once"),
        ]
        triggers = [
            never_deleted("a_settlement_line_is_never_deleted"),
            pgtrigger.ReadOnly(name="a_settlement_line_keeps_what_was_stated", exclude=["result", "attempt", "refund"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_operation_display()} {self.purchase_number} S/ {self.amount:,.2f}"
