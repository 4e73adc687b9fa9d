"""The gateway's payout reports, compared line by line with our charges."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from base.postgres.triggers import never_deleted
from payments.models.attempts import Attempt
from payments.models.refunds import Refund


class PayoutLayout(models.Model):
    """How the gateway's file names its columns; another file format is another set of names, not another program.

    A name may have several spellings, with commas: the first that the file has is read.
    """

    purchase_number = models.CharField(
        "número de pedido", max_length=120, default="numero_pedido, Número de pedido, N° Pedido, Pedido"
    )
    operation_id = models.CharField("identificador de la operación", max_length=120, default="ID Operación", blank=True)
    operation = models.CharField("operación", max_length=120, default="operacion, Tipo de Operación")
    happened_at = models.CharField("fecha y hora", max_length=120, default="fecha, Fecha y Hora de Operación")
    authorization_code = models.CharField("autorización", max_length=120, default="autorizacion, Código Autorización")
    card = models.CharField("tarjeta", max_length=120, default="Tarjeta", blank=True)
    currency = models.CharField("moneda", max_length=120, default="Moneda", blank=True)
    amount = models.CharField("monto", max_length=120, default="monto, Importe de Operación")
    commission = models.CharField("comisión", max_length=120, default="comision, Comisión Total")
    igv = models.CharField("IGV de la comisión", max_length=120, default="IGV", blank=True)
    deposited = models.CharField("suma depositada", max_length=120, default="Suma Depositada", blank=True)
    deposited_on = models.CharField("fecha de depósito", max_length=120, default="Fecha de depósito", blank=True)
    state = models.CharField("estado", max_length=120, default="Estado", blank=True)
    sale_words = models.CharField("palabras de un cobro", max_length=200, default="venta, compra, consumo")
    refund_words = models.CharField("palabras de una devolución", max_length=200, default="devolucion, extorno")
    chargeback_words = models.CharField(
        "palabras de un contracargo", max_length=200, default="contracargo, controversia", blank=True
    )
    deposit_words = models.CharField(
        "cómo nombra el banco los depósitos de la pasarela",
        max_length=200,
        default="niubiz, visanet, medios de pago",
    )

    class Meta:
        db_table = "payments_settlementlayout"
        verbose_name = "formato de la liquidación"
        verbose_name_plural = "formato de la liquidación"
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="there_is_one_layout")]

    def __str__(self) -> str:
        return "Formato de la liquidación"


class PayoutReportQuerySet(models.QuerySet["PayoutReport"]):
    def counting(self) -> Self:
        """Reports that a person confirmed and nobody took back: only these say anything about money."""
        return self.filter(confirmed_at__isnull=False, withdrawn_at=None)


class PayoutLineQuerySet(models.QuerySet["PayoutLine"]):
    def counting(self) -> Self:
        """Lines of reports that count (PayoutReportQuerySet.counting)."""
        return self.filter(withdrawn=False, report__confirmed_at__isnull=False)


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
    # Until a person has looked at it, a report counts nowhere but on its own page.
    confirmed_at = models.DateTimeField("registrado", null=True, blank=True)
    # A wrong file is taken back with its lines, and may be loaded again; what it said stays readable.
    withdrawn_at = models.DateTimeField("deshecho", null=True, blank=True)
    withdrawn_by = models.CharField("deshecho por", max_length=254, blank=True)
    withdrawal_reason = models.CharField("por qué se deshizo", max_length=300, blank=True)

    objects = PayoutReportQuerySet.as_manager()

    class Meta:
        db_table = "payments_settlementreport"
        verbose_name = "liquidación de la pasarela"
        verbose_name_plural = "liquidaciones de la pasarela"
        permissions = [("sign_payoutreport", "Puede dar conformidad a liquidaciones")]
        constraints = [
            models.UniqueConstraint(fields=["sha256"], condition=Q(withdrawn_at=None), name="a_report_is_loaded_once"),
            models.UniqueConstraint(
                fields=["confirmed_at"],
                condition=Q(confirmed_at=None, withdrawn_at=None),
                nulls_distinct=False,
                name="one_report_waits_to_be_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None) | Q(confirmed_at__isnull=False), name="a_signed_report_was_confirmed"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by="", withdrawal_reason="")
                | (Q(withdrawn_at__isnull=False, signed_at=None) & ~Q(withdrawn_by="") & ~Q(withdrawal_reason="")),
                name="a_withdrawn_report_says_by_whom_and_why",
            ),
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
    # The gateway's own report names no order: then card, amount and moment find it.
    purchase_number = models.PositiveBigIntegerField("número de pedido", null=True, blank=True)
    operation_id = models.CharField("identificador", max_length=40, blank=True)
    card = models.CharField("tarjeta", max_length=30, blank=True)
    state = models.CharField("estado", max_length=30, blank=True)
    authorization_code = models.CharField("autorización", max_length=20, blank=True)
    amount = models.DecimalField("monto (S/)", max_digits=9, decimal_places=2)
    commission = models.DecimalField("comisión (S/)", max_digits=9, decimal_places=2)
    # The tax on the commission; `commission` is without it.
    igv = models.DecimalField("IGV de la comisión (S/)", max_digits=9, decimal_places=2, default=0, db_default=0)
    deposited = models.DecimalField("suma depositada (S/)", max_digits=9, decimal_places=2, null=True, blank=True)
    deposited_on = models.DateField("fecha de depósito", null=True, blank=True)
    withdrawn = models.BooleanField("deshecha con su liquidación", default=False, db_default=False)
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

    objects = PayoutLineQuerySet.as_manager()

    class Meta:
        db_table = "payments_settlementline"
        verbose_name = "línea de liquidación"
        verbose_name_plural = "líneas de liquidación"
        constraints = [
            # Files of overlapping days state an operation again. Rows of one file are different operations.
            models.UniqueConstraint(
                fields=["operation", "purchase_number", "operation_id", "card", "happened_at", "amount", "place"],
                condition=Q(withdrawn=False),
                nulls_distinct=False,
                name="an_operation_is_stated_once",
            ),
            models.UniqueConstraint(
                fields=["attempt"], condition=Q(operation="sale", result="matched"), name="a_charge_is_settled_once"
            ),
            models.UniqueConstraint(fields=["refund"], condition=Q(result="matched"), name="a_refund_is_settled_once"),
        ]
        triggers = [
            never_deleted("a_settlement_line_is_never_deleted"),
            pgtrigger.ReadOnly(
                name="a_settlement_line_keeps_what_was_stated", exclude=["result", "attempt", "refund", "withdrawn"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_operation_display()} {self.purchase_number or self.operation_id} S/ {self.amount:,.2f}"
