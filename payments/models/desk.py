"""What staff write at the desk: refunds that wait for a second person, and payments made outside the portal."""

import pgtrigger
from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from dues.models import BY_HAND, Channel, Operation
from members.models import Member
from payments.models.orders import Attempt, OrderLine, Refund, never_deleted

#: Channels by which a payment made elsewhere can have come.
ELSEWHERE = (Channel.BANK, Channel.PAYROLL, Channel.MANUAL)


class RefundProposal(models.Model):
    """One person of the treasury wants money to go back; nothing moves until a second person agrees.

    Without lines it means the whole charge, or what is left of it.
    """

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="proposals", verbose_name="intento")
    lines = models.ManyToManyField(OrderLine, related_name="+", blank=True, verbose_name="cuotas")
    amount = models.DecimalField("monto (S/)", max_digits=9, decimal_places=2)
    reason = models.CharField("motivo", max_length=150, validators=[MinLengthValidator(5)])
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="propuesta por", db_index=False
    )
    proposed_at = models.DateTimeField("propuesta", default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="decidida por",
        db_index=False,
    )
    decided_at = models.DateTimeField("decidida", null=True, blank=True)
    rejection = models.CharField("motivo del rechazo", max_length=150, blank=True)
    refund = models.OneToOneField(
        Refund, models.PROTECT, null=True, blank=True, related_name="proposal", verbose_name="devolución"
    )

    class Meta:
        verbose_name = "propuesta de devolución"
        verbose_name_plural = "propuestas de devolución"
        permissions = [
            ("approve_refund", "Puede aprobar o rechazar devoluciones"),
            ("settle_refund", "Puede cerrar devoluciones en duda"),
            ("ask_gateway", "Puede consultar a la pasarela"),
            ("release_hold", "Puede liberar reservas vencidas"),
            ("export_payments", "Puede exportar pagos"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_proposal_is_more_than_nothing"),
            models.CheckConstraint(
                condition=Q(refund=None) | (Q(decided_by__isnull=False) & ~Q(decided_by=F("author"))),
                name="a_second_person_approves_a_refund",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, refund=None, rejection="")
                | (Q(decided_at__isnull=False, decided_by__isnull=False) & (Q(refund=None) ^ Q(rejection=""))),
                name="a_decision_names_its_person_and_outcome",
            ),
            models.UniqueConstraint(
                fields=["attempt"], condition=Q(decided_at=None), name="an_attempt_has_one_open_proposal"
            ),
        ]
        triggers = [
            never_deleted("a_proposal_is_never_deleted"),
            pgtrigger.ReadOnly(
                name="a_proposal_keeps_what_was_proposed",
                fields=["attempt", "amount", "reason", "author", "proposed_at"],
            ),
            pgtrigger.Protect(
                name="a_decision_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Devolver S/ {self.amount:,.2f} ({self.attempt})"


class PaymentElsewhere(models.Model):
    """A payment that did not pass through the portal, written down by a person who saw its evidence.

    Its dues carry the channel, so that it never looks like a card payment.
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="payments_elsewhere", verbose_name="colegiado")
    channel = models.CharField("canal", max_length=10, choices=[(c.value, c.label) for c in ELSEWHERE])
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
        verbose_name = "pago registrado a mano"
        verbose_name_plural = "pagos registrados a mano"
        permissions = [("reverse_paymentelsewhere", "Puede revertir pagos registrados a mano")]
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
        """How its settlements name it: unlike a purchase number, and unlike an imported operation."""
        return f"{BY_HAND} {self.pk}: {self.reference}"


class ClearedPair(models.Model):
    """Two charges that look like one payment made twice, and were both meant: who looked, and how it is known."""

    first = models.ForeignKey(Attempt, models.PROTECT, related_name="+", verbose_name="primero", db_index=False)
    second = models.ForeignKey(Attempt, models.PROTECT, related_name="+", verbose_name="segundo")
    reason = models.CharField("motivo", max_length=150, validators=[MinLengthValidator(5)])
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="revisado por", db_index=False
    )
    cleared_at = models.DateTimeField("revisado", default=timezone.now)

    class Meta:
        verbose_name = "par revisado"
        verbose_name_plural = "pares revisados"
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="a_pair_is_cleared_once")]
        triggers = [
            never_deleted("a_cleared_pair_is_never_deleted"),
            pgtrigger.ReadOnly(name="a_cleared_pair_never_changes"),
        ]

    def __str__(self) -> str:
        return f"{self.first.number} y {self.second.number}"


class Alert(models.Model):
    """A trouble that the treasury was told of: opened when it was first seen, cured when it was seen no more."""

    key = models.CharField("qué", max_length=60)
    words = models.CharField("descripción", max_length=400)
    place = models.CharField("página", max_length=200)
    opened_at = models.DateTimeField("desde", default=timezone.now)
    cured_at = models.DateTimeField("resuelta", null=True, blank=True)

    class Meta:
        verbose_name = "alerta"
        verbose_name_plural = "alertas"
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(cured_at=None), name="a_trouble_is_told_once"),
        ]
        indexes = [models.Index(fields=["-opened_at"], name="alert_newest")]

    def __str__(self) -> str:
        return self.words
