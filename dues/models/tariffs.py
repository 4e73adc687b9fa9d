"""Prices of a month, and the people that SEMEFA covers."""

from collections.abc import Collection

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q, Value

from dues.charging import schedule
from members.models import Member


class Kind(models.TextChoices):
    COLEGIADO = "colegiado", "Cuota Colegiado"
    SEMEFA = "semefa", "Cuota SEMEFA"


# A tariff may be deleted until its first month begins, so that a typing error never becomes a debt.
IN_FORCE = "first_period <= (now() AT TIME ZONE 'America/Lima')::date"


class Tariff(models.Model):
    """The prices of one kind from a month on, set by a resolution of the college."""

    kind = models.CharField("tipo", max_length=10, choices=Kind)
    first_period = models.DateField("vigente desde el mes")
    resolution = models.CharField("resolución o acuerdo", max_length=90)
    resolution_date = models.DateField("fecha de la resolución")
    sample = models.BooleanField("de muestra", default=False)

    class Meta:
        verbose_name = "tarifa"
        verbose_name_plural = "tarifas"
        constraints = [
            # A tariff ends where the next one begins, so two of a kind cannot overlap.
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
        """The resolution and its date, quoted by dues."""
        return f"{self.resolution}, {self.resolution_date:%d/%m/%Y}"


class TariffBand(models.Model):
    """A price from this age to the next band's, so ages cannot overlap."""

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
        return f"desde {self.from_age} años: S/ {self.amount:,.2f}"


class CoveredPerson(models.Model):
    """A person covered by a member's SEMEFA, and the months.

    The holder's own rows are the enrolment; without one, nobody is covered. Rows are ended, never edited.
    """

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
                    # A GiST index supports ranges without an extension, so the numbers are ranges.
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

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        # Django's exclusion constraint reads the relationship even if the form already refused it.
        if "relationship" not in (exclude or ()):
            super().validate_constraints(exclude)
