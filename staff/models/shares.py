"""The share of a regional council in what its members pay, by date. Money goes out by it, so two people set it."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from base.postgres.triggers import never_deleted
from dues.models import Kind
from members.models import RegionalCouncil


class CouncilShareQuerySet(models.QuerySet["CouncilShare"]):
    def pending(self) -> Self:
        return self.filter(decided_at=None)

    def approved(self) -> Self:
        return self.filter(decided_at__isnull=False, rejection="")


class CouncilShare(models.Model):
    """The percentage of a kind of due that belongs to a council, from a day on until the next one begins."""

    council = models.ForeignKey(RegionalCouncil, models.PROTECT, related_name="shares", verbose_name="consejo regional")
    kind = models.CharField("tipo de cuota", max_length=10, choices=Kind)
    valid_from = models.DateField("vigente desde")
    percent = models.DecimalField("porcentaje", max_digits=5, decimal_places=2)
    basis = models.CharField("acuerdo o resolución", max_length=200, validators=[MinLengthValidator(5)])
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="propuesto por", db_index=False
    )
    proposed_at = models.DateTimeField("propuesto", default=timezone.now)
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

    objects = CouncilShareQuerySet.as_manager()

    class Meta:
        verbose_name = "participación de un consejo regional"
        verbose_name_plural = "participaciones de los consejos regionales"
        permissions = [("approve_councilshare", "Puede aprobar o rechazar participaciones de los consejos")]
        constraints = [
            models.CheckConstraint(condition=Q(percent__gte=0, percent__lte=100), name="a_share_is_a_percentage"),
            models.UniqueConstraint(
                fields=["council", "kind", "valid_from"],
                condition=Q(rejection=""),
                name="a_day_begins_one_share_of_a_council",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, rejection="")
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="a_decided_share_names_its_person",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None) | ~Q(rejection="") | ~Q(decided_by=F("author")),
                name="a_second_person_approves_a_share",
            ),
        ]
        triggers = [
            never_deleted("a_share_is_never_deleted"),
            pgtrigger.ReadOnly(
                name="a_share_keeps_what_was_proposed", exclude=["decided_by", "decided_at", "rejection"]
            ),
            pgtrigger.Protect(
                name="a_decided_share_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False),
            ),
            # A statement that was paid out must not change: only the first share of a council may begin in the past.
            pgtrigger.Trigger(
                name="a_share_changes_no_past_statement",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                IF NEW.rejection = '' AND EXISTS (
                    SELECT FROM staff_councilshare AS former
                    WHERE former.council_id = NEW.council_id AND former.kind = NEW.kind AND former.id <> NEW.id
                      AND former.decided_at IS NOT NULL AND former.rejection = ''
                      AND (former.valid_from >= NEW.valid_from
                           OR NEW.valid_from < (now() AT TIME ZONE 'America/Lima')::date)
                ) THEN
                    RAISE EXCEPTION 'council % has a share already; a new one begins today or later', NEW.council_id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_share_changes_no_past_statement';
                END IF;
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.council}: {self.percent} % de {self.get_kind_display()} desde el {self.valid_from:%d/%m/%Y}"
