"""What they owe.

A *due* is one month of one kind that one member owes, with its own amount: a later rise never re-prices it.
A *settlement* says it was paid, by which channel and document; a wrong one is *reversed*, never edited.
An *exemption* is an act of the college that frees months. A *hold* reserves a due for one unfinished order.
A due is *open* when it is neither settled nor exempt.
"""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from members.models import Member


class Kind(models.TextChoices):
    COLEGIADO = "colegiado", "Cuota Colegiado"
    SEMEFA = "semefa", "Cuota SEMEFA"


class Exemption(models.Model):
    """An act that frees a member from some months of one kind: exoneration, condonation or annulment."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="exemptions", verbose_name="colegiado")
    kind = models.CharField("tipo", max_length=10, choices=Kind)
    first_period = models.DateField("primer mes")
    last_period = models.DateField("último mes")
    reason = models.CharField("motivo", max_length=200)
    document = models.CharField("documento", max_length=100)
    granted_date = models.DateField("fecha del acto")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name="autor")

    class Meta:
        verbose_name = "exoneración"
        verbose_name_plural = "exoneraciones"
        constraints = [
            models.UniqueConstraint(
                fields=["member", "kind", "first_period", "document"], name="an_exemption_is_recorded_once"
            ),
            models.CheckConstraint(condition=Q(last_period__gte=F("first_period")), name="an_exemption_has_months"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} ({self.document})"


class Due(models.Model):
    member = models.ForeignKey(Member, models.PROTECT, related_name="dues", verbose_name="colegiado")
    kind = models.CharField("tipo", max_length=10, choices=Kind)
    period = models.DateField("mes")
    amount = models.DecimalField("monto (S/)", max_digits=8, decimal_places=2)
    due_date = models.DateField("vence")
    basis = models.CharField("base legal", max_length=120)
    exemption = models.ForeignKey(
        Exemption, models.PROTECT, null=True, blank=True, related_name="dues", verbose_name="exoneración"
    )

    class Meta:
        verbose_name = "cuota"
        verbose_name_plural = "cuotas"
        constraints = [
            models.UniqueConstraint(fields=["member", "kind", "period"], name="a_member_owes_a_month_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_due_is_more_than_nothing"),
            models.CheckConstraint(condition=Q(period__day=1), name="a_period_is_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.period:%m/%Y}"


class Channel(models.TextChoices):
    CARD = "card", "Tarjeta en el portal"
    BANK = "bank", "Banco"
    PAYROLL = "payroll", "Planilla"
    OPENING = "opening", "Saldo inicial"
    MANUAL = "manual", "Registrado por tesorería"


class Settlement(models.Model):
    """Money that paid a due. The order of a card payment is named by its reference, because dues know no orders."""

    due = models.ForeignKey(Due, models.PROTECT, related_name="settlements", verbose_name="cuota")
    amount = models.DecimalField("monto (S/)", max_digits=8, decimal_places=2)
    channel = models.CharField("canal", max_length=10, choices=Channel)
    reference = models.CharField("referencia", max_length=60)
    paid_at = models.DateTimeField("pagada")
    recorded_at = models.DateTimeField("registrada", default=timezone.now)
    reversed_at = models.DateTimeField("revertida", null=True, blank=True)
    reversed_by = models.CharField("revertida por", max_length=254, blank=True)
    reversal_reason = models.CharField("motivo de la reversión", max_length=500, blank=True)

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
        indexes = [models.Index(fields=["reference"], name="settlement_by_reference")]
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


class Hold(models.Model):
    """A due that an unfinished order is paying. The row is the lock: no second order can hold the due."""

    due = models.ForeignKey(Due, models.PROTECT, related_name="holds")
    holder = models.UUIDField(db_index=True)
    held_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["due"], name="a_due_is_held_by_one_order")]

    def __str__(self) -> str:
        return f"{self.due} ← {self.holder}"


class StandingRule(models.Model):
    """From a day on, so many overdue months of colegiado are tolerated; with one more a physician is inhábil."""

    valid_from = models.DateField("vigente desde")
    months_tolerated = models.PositiveSmallIntegerField("meses vencidos tolerados")
    basis = models.CharField("base legal", max_length=200)
    is_sample = models.BooleanField("es una muestra", default=False)

    class Meta:
        verbose_name = "regla de habilidad"
        verbose_name_plural = "reglas de habilidad"
        constraints = [
            models.UniqueConstraint(fields=["valid_from"], name="a_day_begins_one_standing_rule"),
        ]

    def __str__(self) -> str:
        return f"Hasta {self.months_tolerated} meses vencidos, desde el {self.valid_from:%d/%m/%Y}"

    @property
    def months_refused(self) -> int:
        """With so many overdue months one is inhábil."""
        return self.months_tolerated + 1


class DataLoad(models.Model):
    """One imported file: what it was, what it changed, and from when its data are."""

    class Content(models.TextChoices):
        ROLL = "roll", "Padrón"
        DUES = "dues", "Cuotas"
        PAYMENTS = "payments", "Pagos hechos en otros canales"
        EXEMPTIONS = "exemptions", "Exoneraciones"

    content = models.CharField("contenido", max_length=12, choices=Content)
    file_name = models.CharField("archivo", max_length=200)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField("filas")
    added = models.PositiveIntegerField("nuevas")
    changed = models.PositiveIntegerField("modificadas")
    loaded_at = models.DateTimeField("cargado", default=timezone.now)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name="autor")

    class Meta:
        verbose_name = "carga de datos"
        verbose_name_plural = "cargas de datos"

    def __str__(self) -> str:
        return f"{self.get_content_display()} {self.file_name}"
