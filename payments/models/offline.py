"""Payments made outside the portal, recorded by hand."""

import pgtrigger
from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from base.postgres.triggers import never_deleted
from dues.models import BY_HAND, Channel, Operation
from members.models import Member

#: The channels of payments made outside the portal.
OFFLINE_CHANNELS = (Channel.BANK, Channel.PAYROLL, Channel.MANUAL)


class OfflinePayment(models.Model):
    """A payment outside the portal, recorded by a person who saw its evidence.

    Its settlements carry the channel, so it never looks like a card payment.
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="offline_payments", verbose_name="colegiado")
    channel = models.CharField("canal", max_length=10, choices=[(c.value, c.label) for c in OFFLINE_CHANNELS])
    reference = models.CharField("número de operación", max_length=40)
    paid_on = models.DateField("fecha del pago")
    amount = models.DecimalField("monto (S/)", max_digits=9, decimal_places=2)
    evidence = models.CharField("evidencia", max_length=300, validators=[MinLengthValidator(10)])
    voucher = models.BinaryField("constancia", null=True, blank=True)
    voucher_type = models.CharField("tipo de archivo", max_length=20, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="registrado por", db_index=False
    )
    recorded_at = models.DateTimeField("registrado", default=timezone.now)
    reversed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="revertido por",
        db_index=False,
    )
    reversed_at = models.DateTimeField("revertido", null=True, blank=True)
    reversal_reason = models.CharField("motivo de la reversión", max_length=200, blank=True)

    class Meta:
        db_table = "payments_paymentelsewhere"
        verbose_name = "pago registrado a mano"
        verbose_name_plural = "pagos registrados a mano"
        permissions = [("reverse_offlinepayment", "Puede revertir pagos registrados a mano")]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_payment_elsewhere_is_more_than_nothing"),
            models.UniqueConstraint(
                "channel",
                Operation("reference"),
                condition=Q(reversed_at=None),
                name="an_operation_is_recorded_once",
            ),
            models.CheckConstraint(
                condition=Q(reversed_at=None, reversed_by=None, reversal_reason="")
                | (Q(reversed_at__isnull=False, reversed_by__isnull=False) & ~Q(reversal_reason="")),
                name="a_payment_elsewhere_is_reversed_by_someone_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(reversed_by=None) | ~Q(reversed_by=F("author")),
                name="a_second_person_reverses_a_payment_elsewhere",
            ),
        ]
        triggers = [
            never_deleted("a_payment_elsewhere_is_never_deleted"),
            pgtrigger.ReadOnly(
                name="a_payment_elsewhere_is_only_reversed",
                exclude=["reversed_by", "reversed_at", "reversal_reason"],
            ),
            pgtrigger.Protect(
                name="a_reversed_payment_stays_reversed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__reversed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.reference}"

    @property
    def settlement_reference(self) -> str:
        """The reference of its settlements, distinct from purchase numbers and imported operations."""
        return f"{BY_HAND} {self.pk}: {self.reference}"
