"""The daily close: the money movements counted on each day, for ever."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from base.postgres.triggers import frozen
from dues.models import Kind
from members.models import RegionalCouncil
from payments.models.attempts import Attempt
from payments.models.orders import TaxDocument
from payments.models.refunds import Refund


class DailyClose(models.Model):
    """A closed day. Movements discovered later belong to the next close."""

    day = models.DateField("día")
    charged = models.DecimalField("cobrado (S/)", max_digits=12, decimal_places=2)
    given_back = models.DecimalField("devuelto (S/)", max_digits=12, decimal_places=2)
    # The amounts of the same movements in the other books at the time of the close.
    ledger = models.DecimalField("según el libro de cuotas (S/)", max_digits=12, decimal_places=2)
    receipts = models.DecimalField("según los comprobantes (S/)", max_digits=12, decimal_places=2)
    surplus = models.DecimalField("pagos dobles (S/)", max_digits=12, decimal_places=2)
    note = models.CharField("observación", max_length=500, blank=True)
    closed_at = models.DateTimeField("cerrado", default=timezone.now)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="cerrado por", db_index=False
    )

    class Meta:
        verbose_name = "cierre diario"
        verbose_name_plural = "cierres diarios"
        constraints = [models.UniqueConstraint(fields=["day"], name="a_day_is_closed_once")]
        triggers = [frozen("a_closed_day_never_changes")]

    def __str__(self) -> str:
        return f"Cierre del {self.day:%d/%m/%Y}"


class CloseEntry(models.Model):
    """A charge, or a refund with a negative amount, as it was when its day was closed."""

    close = models.ForeignKey(DailyClose, models.PROTECT, related_name="entries", verbose_name="cierre")
    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="close_entries", verbose_name="intento")
    refund = models.ForeignKey(
        Refund, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="devolución", db_index=False
    )
    happened_at = models.DateTimeField("fecha y hora")
    amount = models.DecimalField("monto (S/)", max_digits=9, decimal_places=2)
    kind = models.CharField("tipo de cuota", max_length=10, choices=Kind)
    council = models.ForeignKey(
        RegionalCouncil, models.PROTECT, related_name="+", verbose_name="consejo regional", db_index=False
    )
    document = models.CharField("comprobante", max_length=2, choices=TaxDocument)
    receipt = models.CharField("número del comprobante", max_length=13, blank=True)
    brand = models.CharField("marca", max_length=20, blank=True)

    class Meta:
        verbose_name = "movimiento del cierre"
        verbose_name_plural = "movimientos del cierre"
        constraints = [
            models.UniqueConstraint(fields=["attempt"], condition=Q(refund=None), name="a_charge_is_counted_once"),
            models.UniqueConstraint(fields=["refund"], name="a_refund_is_counted_once"),
            models.CheckConstraint(
                condition=Q(refund=None, amount__gt=0) | Q(refund__isnull=False, amount__lt=0),
                name="a_refund_is_counted_as_less",
            ),
        ]
        triggers = [frozen("a_counted_movement_never_changes")]

    def __str__(self) -> str:
        return f"{self.attempt} S/ {self.amount:,.2f}"
