"""Money received: what settled a due, and what came for a due that did not owe it."""

from collections.abc import Collection
from typing import Self

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone

from base.postgres.constraints import broken_constraint
from dues.exceptions import AlreadyResolved, MoneyUnderWay
from dues.models.owed import Due, Exemption
from members.models import Member


class Channel(models.TextChoices):
    CARD = "card", "Pago en el portal"
    BANK = "bank", "Banco"
    PAYROLL = "payroll", "Planilla"
    OPENING = "opening", "Saldo inicial"
    MANUAL = "manual", "Registrado por tesorería"


#: The beginning of an offline payment's reference; its operation follows after ": ".
BY_HAND = "A MANO"


class Operation(models.Func):
    """A bank's operation number without signs, capitals and leading zeros, to compare spellings."""

    template = "ltrim(upper(regexp_replace(%(expressions)s, '[^[:alnum:]]', '', 'g')), '0')"
    output_field = models.TextField()


class SettlementQuerySet(models.QuerySet["Settlement"]):
    def standing(self) -> Self:
        return self.filter(reversed_at=None)


class Settlement(models.Model):
    """The payment of a due. `reference` holds a card payment's purchase number, because dues know no orders."""

    due = models.ForeignKey(Due, models.PROTECT, related_name="settlements", verbose_name="cuota")
    amount = models.DecimalField("monto (S/)", max_digits=8, decimal_places=2)
    channel = models.CharField("canal", max_length=10, choices=Channel)
    reference = models.CharField("referencia", max_length=60)
    paid_at = models.DateTimeField("pagada")
    recorded_at = models.DateTimeField("registrada", default=timezone.now)
    reversed_at = models.DateTimeField("revertida", null=True, blank=True)
    reversed_by = models.CharField("revertida por", max_length=254, blank=True)
    reversal_reason = models.CharField("motivo de la reversión", max_length=500, blank=True)

    objects = SettlementQuerySet.as_manager()

    class Meta:
        verbose_name = "pago de cuota"
        verbose_name_plural = "pagos de cuotas"
        constraints = [
            models.UniqueConstraint(
                fields=["due"], condition=Q(reversed_at__isnull=True), name="a_due_is_settled_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_settlement_is_more_than_nothing"),
            models.CheckConstraint(
                condition=Q(reversed_at__isnull=True, reversed_by="", reversal_reason="")
                | (Q(reversed_at__isnull=False) & ~Q(reversed_by="") & ~Q(reversal_reason="")),
                name="a_reversal_names_its_author_and_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["reference"], name="settlement_by_reference"),
            # Rows are recorded in time order, so a BRIN index, the smallest, finds a day.
            BrinIndex(fields=["recorded_at"], name="settlement_by_day"),
            models.Index(fields=["reversed_at"], condition=Q(reversed_at__isnull=False), name="settlement_by_reversal"),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="a_settlement_is_only_reversed",
                exclude=["reversed_at", "reversed_by", "reversal_reason"],
            ),
            pgtrigger.Protect(
                name="a_reversal_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__reversed_at__isnull=False),
            ),
            pgtrigger.Protect(name="a_settlement_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.due} {self.get_channel_display()} {self.reference}"


class SurplusQuerySet(models.QuerySet["Surplus"]):
    def open(self) -> Self:
        return self.filter(resolved_at=None)


class Surplus(models.Model):
    """Money for a due that did not owe it: paid twice in two places, or exempted after the payment.

    Recorded on arrival so that no sol is lost. The treasury refunds or offsets it and records how.
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="surpluses", verbose_name="colegiado")
    due = models.ForeignKey(Due, models.PROTECT, related_name="surpluses", verbose_name="cuota")
    amount = models.DecimalField("monto (S/)", max_digits=8, decimal_places=2)
    channel = models.CharField("canal", max_length=10, choices=Channel)
    reference = models.CharField("referencia", max_length=60)
    paid_at = models.DateTimeField("pagado")
    reason = models.CharField("motivo", max_length=200)
    recorded_at = models.DateTimeField("registrado", default=timezone.now)
    resolved_at = models.DateTimeField("resuelto", null=True, blank=True)
    resolved_by = models.CharField("resuelto por", max_length=254, blank=True)
    resolution = models.CharField("cómo se resolvió", max_length=200, blank=True)
    # The act that freed the due after its payment; revoking it withdraws the surplus.
    exemption = models.ForeignKey(
        Exemption, models.PROTECT, null=True, blank=True, related_name="surpluses", verbose_name="acto"
    )
    withdrawn = models.BooleanField("sin efecto: el acto se revocó", default=False, db_default=False)

    objects = SurplusQuerySet.as_manager()

    class Meta:
        verbose_name = "saldo a favor"
        verbose_name_plural = "saldos a favor"
        constraints = [
            models.UniqueConstraint(
                fields=["due", "channel", "reference"],
                condition=Q(withdrawn=False),
                name="a_surplus_is_recorded_once",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn=False) | Q(exemption__isnull=False, resolved_at__isnull=False),
                name="a_surplus_is_withdrawn_with_its_act",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_surplus_is_more_than_nothing"),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolved_by="", resolution="")
                | (Q(resolved_at__isnull=False) & ~Q(resolved_by="") & ~Q(resolution="")),
                name="a_resolved_surplus_says_by_whom_and_how",
            ),
        ]
        indexes = [
            models.Index(fields=["member"], condition=Q(resolved_at__isnull=True), name="surplus_open_by_member"),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="a_surplus_is_only_resolved", exclude=["resolved_at", "resolved_by", "resolution", "withdrawn"]
            ),
            pgtrigger.Protect(
                name="a_surplus_is_resolved_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__resolved_at__isnull=False),
            ),
            pgtrigger.Protect(name="a_surplus_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"S/ {self.amount:,.2f} de {self.due}: {self.reason}"

    def resolve(self, *, author: str, how: str) -> None:
        """Records how the money was refunded or offset.

        Raises AlreadyResolved, and MoneyUnderWay during a refund of its payment.
        """
        Surplus.resolve_all([self.pk], author=author, how=how)
        self.refresh_from_db()

    @classmethod
    def resolve_all(cls, ids: Collection[int], *, author: str, how: str) -> None:
        """Resolves all of these surpluses or none; see `resolve`."""
        try:
            with transaction.atomic():
                open_ones = cls.objects.open().filter(pk__in=ids)
                if open_ones.update(resolved_at=timezone.now(), resolved_by=author, resolution=how) < len(ids):
                    raise AlreadyResolved
        except IntegrityError as error:
            if broken_constraint(error) == "a_surplus_waits_for_its_refund":
                raise MoneyUnderWay from error
            raise
