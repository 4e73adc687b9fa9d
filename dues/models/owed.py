"""What a member owes: dues, exemptions, holds, and repricings of unpaid dues."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from dues.charging import schedule
from dues.models.tariffs import CoveredPerson, Kind, Tariff
from members.models import Member


class Act(models.TextChoices):
    # The months are not owed: studies abroad, illness, age.
    EXONERATION = "exoneration", "Exoneración"
    # The months were owed and are forgiven.
    CONDONATION = "condonation", "Condonación"
    # The months should never have been charged.
    ANNULMENT = "annulment", "Anulación"


class Exemption(models.Model):
    """An act that frees a member from months of one kind, until it is revoked."""

    act = models.CharField("acto", max_length=12, choices=Act, default=Act.EXONERATION)
    member = models.ForeignKey(Member, models.PROTECT, related_name="exemptions", verbose_name="colegiado")
    kind = models.CharField("tipo", max_length=10, choices=Kind)
    first_period = models.DateField("primer mes")
    last_period = models.DateField("último mes")
    reason = models.CharField("motivo", max_length=200)
    document = models.CharField("documento", max_length=100)
    granted_date = models.DateField("fecha del acto")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name="autor")
    revoked_at = models.DateTimeField("revocada", null=True, blank=True)
    revoked_by = models.CharField("revocada por", max_length=254, blank=True, default="", db_default="")
    revocation_reason = models.CharField("motivo de revocación", max_length=200, blank=True, default="", db_default="")

    class Meta:
        verbose_name = "exoneración"
        verbose_name_plural = "exoneraciones"
        constraints = [
            models.UniqueConstraint(
                fields=["member", "kind", "first_period", "document"],
                condition=Q(revoked_at__isnull=True),
                name="an_exemption_is_recorded_once",
                violation_error_message="Este acto ya está registrado: mismo colegiado, tipo, primer mes y documento.",
            ),
            models.CheckConstraint(condition=Q(last_period__gte=F("first_period")), name="an_exemption_has_months"),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by="", revocation_reason="")
                | (Q(revoked_at__isnull=False) & ~Q(revoked_by="") & ~Q(revocation_reason="")),
                name="a_revocation_names_its_author_and_reason",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="an_act_is_only_revoked", exclude=["revoked_at", "revoked_by", "revocation_reason"]
            ),
            pgtrigger.Protect(
                name="a_revocation_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__revoked_at__isnull=False),
            ),
            pgtrigger.Protect(name="an_act_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.reason} ({self.document})"

    def credited(self) -> int:
        """Counts its months that were paid before, whose money is now a surplus."""
        return self.surpluses.count()


class DueQuerySet(models.QuerySet["Due"]):
    def open(self) -> Self:
        """Neither settled nor exempt."""
        from dues.models.settled import Settlement

        return self.filter(~Exists(Settlement.objects.standing().filter(due=OuterRef("pk"))), exemption=None)


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
    # None: the due came from the college's own system, and charging never changes it.
    tariff = models.ForeignKey(
        Tariff, models.PROTECT, null=True, blank=True, related_name="dues", verbose_name="tarifa", db_index=False
    )

    objects = DueQuerySet.as_manager()

    class Meta:
        verbose_name = "cuota"
        verbose_name_plural = "cuotas"
        constraints = [
            models.UniqueConstraint(fields=["member", "kind", "period"], name="a_member_owes_a_month_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_due_is_more_than_nothing"),
            models.CheckConstraint(condition=Q(period__day=1), name="a_period_is_a_month"),
        ]
        triggers = [
            # Code that reads before a payment and writes after it would change the amount being paid.
            pgtrigger.Trigger(
                name="a_due_being_paid_keeps_its_amount",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__amount__df=pgtrigger.F("new__amount")),
                func="""
                IF EXISTS (SELECT FROM dues_hold WHERE due_id = OLD.id)
                   OR EXISTS (SELECT FROM dues_settlement WHERE due_id = OLD.id AND reversed_at IS NULL) THEN
                    RAISE EXCEPTION 'due % is paid or being paid', OLD.id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_due_being_paid_keeps_its_amount';
                END IF;
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.period:%m/%Y}"

    @property
    def people(self) -> "list[DueLine]":
        """The lines of a SEMEFA due in the order charged; none for a due of the college's own system.

        Runs a query unless `ledger.explain` ran before.
        """
        return [line for line in self.lines.all() if line.replaced_by_id is None] if self.tariff_id else []


class Repricing(models.Model):
    """A corrected amount of an unpaid due, with the values before and after and the reason."""

    due = models.ForeignKey(Due, models.PROTECT, related_name="repricings", verbose_name="cuota")
    amount_before = models.DecimalField("monto anterior (S/)", max_digits=8, decimal_places=2)
    amount_after = models.DecimalField("monto nuevo (S/)", max_digits=8, decimal_places=2)
    basis_before = models.CharField("base legal anterior", max_length=120)
    basis_after = models.CharField("base legal nueva", max_length=120)
    author = models.CharField("autor", max_length=254)
    reason = models.CharField("motivo", max_length=200)
    corrected_at = models.DateTimeField("corregida", default=timezone.now)

    class Meta:
        db_table = "dues_correction"
        verbose_name = "corrección de cuota"
        verbose_name_plural = "correcciones de cuotas"
        triggers = [
            pgtrigger.Protect(name="a_correction_never_changes", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.due}: S/ {self.amount_before:,.2f} → S/ {self.amount_after:,.2f}"


class DueLine(models.Model):
    """The share of one covered person in a SEMEFA due, as charged.

    A repriced due has new lines; the replaced ones stay and name their repricing.
    """

    due = models.ForeignKey(Due, models.PROTECT, related_name="lines", verbose_name="cuota")
    person = models.ForeignKey(CoveredPerson, models.PROTECT, related_name="+", verbose_name="persona", db_index=False)
    name = models.CharField("nombre", max_length=200)
    relationship = models.CharField("parentesco", max_length=10, choices=schedule.RELATIONSHIP_LABELS)
    age = models.PositiveSmallIntegerField("edad")
    from_age = models.PositiveSmallIntegerField("banda: desde la edad")
    amount = models.DecimalField("monto (S/)", max_digits=8, decimal_places=2)
    replaced_by = models.ForeignKey(
        Repricing, models.PROTECT, null=True, blank=True, related_name="replaced", verbose_name="reemplazada por",
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
        return f"{self.name}: S/ {self.amount:,.2f}"


class Hold(models.Model):
    """A due that an unfinished order is paying. The row is the lock: no second order can hold the due."""

    due = models.ForeignKey(Due, models.PROTECT, related_name="holds")
    holder = models.UUIDField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["due"], name="a_due_is_held_by_one_order")]
        triggers = [
            pgtrigger.Trigger(
                name="only_an_open_due_is_held",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                IF EXISTS (SELECT FROM dues_due WHERE id = NEW.due_id AND exemption_id IS NOT NULL)
                   OR EXISTS (SELECT FROM dues_settlement WHERE due_id = NEW.due_id AND reversed_at IS NULL) THEN
                    RAISE EXCEPTION 'due % is settled or exempt', NEW.due_id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'only_an_open_due_is_held';
                END IF;
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.due} ← {self.holder}"
