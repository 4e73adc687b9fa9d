"""The roll (padrón): members, their documents and regional councils."""

import re
from typing import Self

import pgtrigger
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import models
from django.db.models import Q

from base.peru.documents import DocumentType, masked
from base.postgres.plain_names import WithoutAccents, without_accents
from base.postgres.triggers import frozen


class RegionalCouncil(models.Model):
    """Consejo Regional: collects its members' dues, so every receipt and total names it."""

    number = models.PositiveSmallIntegerField("número", primary_key=True)
    roman = models.CharField("número romano", max_length=8)
    name = models.CharField("sede", max_length=80)
    # Where a member pays what is too old for the portal; the webmaster types both.
    telephone = models.CharField("teléfono", max_length=60, blank=True, db_default="")
    address = models.CharField("dirección", max_length=160, blank=True, db_default="")

    class Meta:
        verbose_name = "consejo regional"
        verbose_name_plural = "consejos regionales"

    def __str__(self) -> str:
        return f"Consejo Regional {self.roman} {self.name}"


class MemberStatus(models.TextChoices):
    ACTIVE = "active", "Activo"
    DECEASED = "deceased", "Fallecido"
    WITHDRAWN = "withdrawn", "Retirado"


def _words_of_name() -> SearchVector:
    """The words of the whole name in capitals without accents, for `MemberQuerySet.named`."""
    return SearchVector("folded_surnames", WithoutAccents("given_names"), config="simple")


class MemberQuerySet(models.QuerySet["Member"]):
    def named(self, typed: str) -> Self:
        """Members whose name has a word beginning with each typed word, in any order; accents and capitals do not
        count. Nobody for text without a letter."""
        words = re.findall(r"\w+", without_accents(typed))
        if not words:
            return self.none()
        beginnings = SearchQuery(" & ".join(f"{word}:*" for word in words), search_type="raw", config="simple")
        return self.annotate(words_of_name=_words_of_name()).filter(words_of_name=beginnings)


class Member(models.Model):
    """A physician on the roll. Imported, never typed by the member."""

    cmp_number = models.PositiveIntegerField("número CMP", unique=True)
    surnames = models.CharField("apellidos", max_length=100)
    given_names = models.CharField("nombres", max_length=100)
    # Kept by PostgreSQL: folding a name anew for each row that a search meets costs more than the rest of the search.
    folded_surnames = models.GeneratedField(
        verbose_name="apellidos sin tildes",
        expression=WithoutAccents("surnames"),
        output_field=models.CharField(max_length=100),
        db_persist=True,
    )
    document_type = models.CharField("tipo de documento", max_length=1, choices=DocumentType)
    document_number = models.CharField("número de documento", max_length=15)
    regional_council = models.ForeignKey(RegionalCouncil, models.PROTECT, verbose_name="consejo regional")
    registered_date = models.DateField("fecha de colegiación")
    status = models.CharField("estado", max_length=10, choices=MemberStatus, default=MemberStatus.ACTIVE)
    left_date = models.DateField("fecha de fallecimiento o retiro", null=True, blank=True)
    # Not public, unlike CMP number and document: a code sent there proves who a person is (members/numbers/proof.py).
    email = models.EmailField("correo del padrón", max_length=254, blank=True, default="", db_default="")
    mobile = models.CharField("celular del padrón", max_length=9, blank=True, default="", db_default="")

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = "colegiado"
        verbose_name_plural = "colegiados"
        constraints = [
            models.CheckConstraint(
                condition=Q(cmp_number__gte=1, cmp_number__lte=9_999_999), name="a_cmp_number_has_up_to_7_digits"
            ),
            models.UniqueConstraint(fields=["document_type", "document_number"], name="a_document_is_one_member"),
            models.CheckConstraint(
                condition=Q(left_date__isnull=True) | ~Q(status="active"), name="an_active_member_has_not_left"
            ),
            models.CheckConstraint(condition=Q(mobile__regex=r"^(9[0-9]{8})?$"), name="a_mobile_has_nine_digits"),
        ]

        triggers = [
            pgtrigger.Trigger(
                name="a_succeeded_physician_stays_dead",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.AnyChange("status", "left_date"),
                func="""
                IF EXISTS (
                    SELECT FROM members_succession WHERE member_id = NEW.id AND ended_at IS NULL
                       AND NOT (NEW.status = 'deceased' AND NEW.left_date IS NOT NULL AND NEW.left_date < first_period)
                ) THEN
                    RAISE EXCEPTION 'a relative took over the SEMEFA of member % after a death', NEW.id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_succeeded_physician_stays_dead';
                END IF;
                RETURN NEW;
                """,
            ),
        ]
        indexes = [
            models.Index(OpClass("folded_surnames", name="text_pattern_ops"), name="member_by_surnames"),
            models.Index(fields=["document_number"], name="member_by_document"),
            GinIndex(_words_of_name(), name="member_by_words_of_name"),
        ]

    def __str__(self) -> str:
        return f"CMP {self.cmp_number} {self.full_name}"

    @property
    def full_name(self) -> str:
        return f"{self.given_names} {self.surnames}"

    @property
    def masked_document(self) -> str:
        """Enough to recognise one's own document, too little to learn another's: DNI •••••678."""
        return f"{self.get_document_type_display()} {masked(self.document_number)}"


class Absence(models.Model):
    """A time in which a physician had left, kept when they return: its months are not owed.

    An absence that lasts is the member's own `left_date`.
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="absences", verbose_name="colegiado")
    left_on = models.DateField("se retiró")
    returned_on = models.DateField("volvió")

    class Meta:
        verbose_name = "ausencia"
        verbose_name_plural = "ausencias"
        constraints = [
            models.CheckConstraint(
                condition=Q(returned_on__gte=models.F("left_on")), name="an_absence_ends_after_it_begins"
            ),
            models.UniqueConstraint(fields=["member", "left_on"], name="an_absence_is_recorded_once"),
        ]
        triggers = [frozen("an_absence_never_changes")]

    def __str__(self) -> str:
        return f"{self.member}: {self.left_on:%d/%m/%Y} a {self.returned_on:%d/%m/%Y}"
