"""What they owe.

A *due* is one month of one kind that one member owes, with its own amount: a later rise never re-prices it.
A *settlement* says it was paid, by which channel and document; a wrong one is *reversed*, never edited.
An *exemption* is an act of the college that frees months. A *hold* reserves a due for one unfinished order.
A due is *open* when it is neither settled nor exempt.

A *tariff* prices the months from its first one until the next tariff of its kind. A SEMEFA due has *lines*, one for
each *covered person*. What charging finds wrong in an unpaid due is recorded as a *correction*, never overwritten.
"""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone

from dues import schedule
from members.models import Member


class Kind(models.TextChoices):
    COLEGIADO = "colegiado", "Cuota Colegiado"
    SEMEFA = "semefa", "Cuota SEMEFA"


# A tariff may be taken back until its first month begins: a typing error must not become everybody's debt.
IN_FORCE = "first_period <= (now() AT TIME ZONE 'America/Lima')::date"


class Tariff(models.Model):
    """The prices of one kind from a month on, as a resolution of the college set them."""

    kind = models.CharField("tipo", max_length=10, choices=Kind)
    first_period = models.DateField("vigente desde el mes")
    resolution = models.CharField("resolución o acuerdo", max_length=90)
    resolution_date = models.DateField("fecha de la resolución")
    sample = models.BooleanField("de muestra", default=False)

    class Meta:
        verbose_name = "tarifa"
        verbose_name_plural = "tarifas"
        constraints = [
            # It ends where the next one begins, so two of a kind can never overlap.
            models.UniqueConstraint(fields=["kind", "first_period"], name="a_month_begins_one_tariff_of_a_kind"),
            models.CheckConstraint(condition=Q(first_period__day=1), name="a_tariff_begins_with_a_month"),
        ]
        triggers = [
            pgtrigger.Protect(name="a_tariff_never_changes", operation=pgtrigger.Update),
            pgtrigger.Protect(
                name="a_tariff_in_force_is_never_deleted",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition(f"OLD.{IN_FORCE}"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} desde {self.first_period:%m/%Y}: {self.basis}"

    @property
    def basis(self) -> str:
        """What a due quotes: the resolution and its date."""
        return f"{self.resolution}, {self.resolution_date:%d/%m/%Y}"


class TariffBand(models.Model):
    """A price from this age to the next band's: ages cannot overlap either."""

    tariff = models.ForeignKey(Tariff, models.PROTECT, related_name="bands", verbose_name="tarifa")
    from_age = models.PositiveSmallIntegerField("desde la edad (años)", default=0)
    amount = models.DecimalField("monto mensual (S/)", max_digits=8, decimal_places=2)

    class Meta:
        verbose_name = "monto por edad"
        verbose_name_plural = "montos por edad"
        ordering = ["from_age"]
        constraints = [
            models.UniqueConstraint(fields=["tariff", "from_age"], name="an_age_begins_one_band_of_a_tariff"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_price_is_more_than_nothing"),
        ]
        triggers = [
            pgtrigger.Protect(name="a_price_never_changes", operation=pgtrigger.Update),
            pgtrigger.Trigger(
                name="a_price_in_force_is_never_deleted",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=f"""
                    IF EXISTS (SELECT FROM dues_tariff WHERE id = OLD.tariff_id AND {IN_FORCE}) THEN
                        RAISE EXCEPTION 'a price in force is never deleted';
                    END IF;
                    RETURN OLD;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"desde {self.from_age} años: S/ {self.amount}"


class CoveredPerson(models.Model):
    """Somebody whom a member's SEMEFA covers, and in which months. The holder's own rows are the enrolment: without
    one, nobody of the family is covered. Ended, never edited."""

    member = models.ForeignKey(
        Member, models.PROTECT, related_name="covered_people", verbose_name="titular (colegiado)"
    )
    relationship = models.CharField("parentesco", max_length=10, choices=schedule.RELATIONSHIP_LABELS)
    name = models.CharField("nombre completo", max_length=200)
    birth_date = models.DateField("fecha de nacimiento")
    first_period = models.DateField("cubierta desde el mes")
    last_period = models.DateField("cubierta hasta el mes", null=True, blank=True)

    class Meta:
        verbose_name = "persona cubierta por SEMEFA"
        verbose_name_plural = "personas cubiertas por SEMEFA"
        constraints = [
            ExclusionConstraint(
                name="a_member_is_enrolled_once_at_a_time",
                expressions=[
                    # Numbers as ranges, because a GiST index knows these without an extension.
                    (Func("member_id", "member_id", Value("[]"), function="int8range"), "&&"),
                    (Func("first_period", "last_period", Value("[]"), function="daterange"), "&&"),
                ],
                condition=Q(relationship=schedule.Relationship.HOLDER.value),
            ),
            models.UniqueConstraint(
                fields=["member", "name", "birth_date"],
                condition=Q(last_period__isnull=True),
                name="a_person_is_covered_once",
            ),
            models.CheckConstraint(
                condition=Q(first_period__day=1) & (Q(last_period__isnull=True) | Q(last_period__day=1)),
                name="a_cover_counts_whole_months",
            ),
            models.CheckConstraint(
                condition=Q(last_period__isnull=True) | Q(last_period__gte=F("first_period")),
                name="a_cover_ends_after_it_begins",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="a_cover_is_only_ended", exclude=["last_period"]),
            pgtrigger.Protect(name="a_cover_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_relationship_display()})"


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
    # None: the due came from the college's own system, whose word charging never changes.
    tariff = models.ForeignKey(
        Tariff, models.PROTECT, null=True, blank=True, related_name="dues", verbose_name="tarifa", db_index=False
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


class Correction(models.Model):
    """An unpaid due that charging found priced wrongly: what it said before and after, and why."""

    due = models.ForeignKey(Due, models.PROTECT, related_name="corrections", verbose_name="cuota")
    amount_before = models.DecimalField("monto anterior (S/)", max_digits=8, decimal_places=2)
    amount_after = models.DecimalField("monto nuevo (S/)", max_digits=8, decimal_places=2)
    basis_before = models.CharField("base legal anterior", max_length=120)
    basis_after = models.CharField("base legal nueva", max_length=120)
    author = models.CharField("autor", max_length=254)
    reason = models.CharField("motivo", max_length=200)
    corrected_at = models.DateTimeField("corregida", default=timezone.now)

    class Meta:
        verbose_name = "corrección de cuota"
        verbose_name_plural = "correcciones de cuotas"
        triggers = [
            pgtrigger.Protect(name="a_correction_never_changes", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.due}: S/ {self.amount_before} → S/ {self.amount_after}"


class DueLine(models.Model):
    """What one covered person made of a SEMEFA due, as it was when charged. A corrected due has new lines; the ones
    that the correction replaced stay and name it."""

    due = models.ForeignKey(Due, models.PROTECT, related_name="lines", verbose_name="cuota")
    person = models.ForeignKey(CoveredPerson, models.PROTECT, related_name="+", verbose_name="persona", db_index=False)
    name = models.CharField("nombre", max_length=200)
    relationship = models.CharField("parentesco", max_length=10, choices=schedule.RELATIONSHIP_LABELS)
    age = models.PositiveSmallIntegerField("edad")
    from_age = models.PositiveSmallIntegerField("banda: desde la edad")
    amount = models.DecimalField("monto (S/)", max_digits=8, decimal_places=2)
    replaced_by = models.ForeignKey(
        Correction, models.PROTECT, null=True, blank=True, related_name="replaced", verbose_name="reemplazada por",
        db_index=False,
    )  # fmt: skip

    class Meta:
        verbose_name = "persona de una cuota SEMEFA"
        verbose_name_plural = "personas de cuotas SEMEFA"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_due_line_is_more_than_nothing"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="a_due_line_is_only_replaced", exclude=["replaced_by"]),
            pgtrigger.Protect(name="a_due_line_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.name}: S/ {self.amount}"


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
