"""Payments made outside the portal, recorded by hand."""

import pgtrigger
from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from base.postgres.triggers import never_deleted
from dues.models import BY_HAND, Channel, Due, Operation
from members.models import Member

#: The channels of payments made outside the portal.
OFFLINE_CHANNELS = (Channel.BANK, Channel.PAYROLL, Channel.MANUAL)


class OfflinePayment(models.Model):
    """A payment outside the portal, recorded by a person who saw its evidence.

    It pays its dues when a second person agrees; they carry the channel, so that it never looks like a card payment.
    `second_person_above` is what the college allowed one person alone when it was written down, in soles.
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="offline_payments", verbose_name="colegiado")
    channel = models.CharField("canal", max_length=10, choices=[(c.value, c.label) for c in OFFLINE_CHANNELS])
    reference = models.CharField("número de operación", max_length=40)
    paid_on = models.DateField("fecha del pago")
    amount = models.DecimalField("monto (S/)", max_digits=9, decimal_places=2)
    evidence = models.CharField("evidencia", max_length=300, validators=[MinLengthValidator(10)])
    voucher = models.BinaryField("constancia")
    voucher_type = models.CharField("tipo de archivo", max_length=20)
    dues = models.ManyToManyField(Due, related_name="+", verbose_name="cuotas")
    second_person_above = models.DecimalField(
        "tope de una sola persona (S/)", max_digits=9, decimal_places=2, default=0, db_default=0
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="registrado por", db_index=False
    )
    recorded_at = models.DateTimeField("registrado", default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="decidido por",
        db_index=False,
    )
    decided_at = models.DateTimeField("decidido", null=True, blank=True)
    rejection = models.CharField("motivo del rechazo", max_length=150, blank=True, default="", db_default="")
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
        permissions = [
            ("reverse_offlinepayment", "Puede revertir pagos registrados a mano"),
            ("approve_offlinepayment", "Puede aprobar o rechazar pagos registrados a mano"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_payment_elsewhere_is_more_than_nothing"),
            models.UniqueConstraint(
                "channel",
                Operation("reference"),
                condition=Q(reversed_at=None, rejection=""),
                name="an_operation_is_recorded_once",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, rejection="")
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="a_decided_payment_names_its_person",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None)
                | ~Q(rejection="")
                | ~Q(decided_by=F("author"))
                | Q(amount__lte=F("second_person_above")),
                name="a_second_person_approves_a_payment_elsewhere",
            ),
            models.CheckConstraint(
                condition=Q(reversed_at=None) | Q(decided_at__isnull=False, rejection=""),
                name="only_a_payment_that_paid_is_reversed",
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
                exclude=["reversed_by", "reversed_at", "reversal_reason", "decided_by", "decided_at", "rejection"],
            ),
            pgtrigger.Protect(
                name="a_decided_payment_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False)
                & (
                    pgtrigger.Q(old__decided_at__df=pgtrigger.F("new__decided_at"))
                    | pgtrigger.Q(old__decided_by__df=pgtrigger.F("new__decided_by"))
                    | pgtrigger.Q(old__rejection__df=pgtrigger.F("new__rejection"))
                ),
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

    @property
    def stands(self) -> bool:
        """Whether it pays its dues now."""
        return self.decided_at is not None and not self.rejection and self.reversed_at is None
