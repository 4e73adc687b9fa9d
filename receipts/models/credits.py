"""What is to be taken back from an order's receipt, and why; the note follows once SUNAT has the receipt."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from base.postgres.triggers import never_deleted
from payments.models import Order, Refund


class CreditReason(models.TextChoices):
    """SUNAT's catalogue 09, what of it the portal needs."""

    CANCELLED = "01", "Anulación de la operación"
    RETURNED = "06", "Devolución total"
    RETURNED_ITEMS = "07", "Devolución por ítem"


class Credit(models.Model):
    """One credit note that is owed, and the note once it is issued. A refund owes one; so do a changed buyer
    and a payment that was moved to another physician."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="credits", verbose_name="pedido")
    refund = models.OneToOneField(
        Refund, models.PROTECT, null=True, blank=True, related_name="credit", verbose_name="devolución"
    )
    reason = models.CharField("motivo", max_length=2, choices=CreditReason)
    description = models.CharField("sustento", max_length=250)
    periods = ArrayField(models.DateField(), verbose_name="meses")
    # The document that replaces the receipt: "document" (catalogue 01) and "statement" (receipts/issuing/contents.py).
    instead = models.JSONField("comprobante que lo reemplaza", null=True, blank=True)
    author = models.CharField("pedida por", max_length=254)
    requested_at = models.DateTimeField("pedida", default=timezone.now)
    note = models.OneToOneField(
        "receipts.Receipt", models.PROTECT, null=True, blank=True, related_name="credit", verbose_name="nota"
    )

    class Meta:
        verbose_name = "nota de crédito por emitir"
        verbose_name_plural = "notas de crédito por emitir"
        constraints = [
            models.CheckConstraint(condition=~Q(periods=[]), name="a_credit_takes_something_back"),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(instead__isnull=False, note=None),
                name="an_order_has_one_replacement_under_way",
            ),
        ]
        indexes = [models.Index(fields=["requested_at"], condition=Q(note=None), name="credit_to_issue")]
        triggers = [
            pgtrigger.ReadOnly(name="a_credit_keeps_its_wish", exclude=["note"]),
            pgtrigger.Protect(
                name="a_credit_is_issued_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__note__isnull=False),
            ),
            never_deleted("a_credit_is_never_deleted"),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} del pedido {self.order_id}"
