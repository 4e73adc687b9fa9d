"""What SUNAT's own records show of a document or a file, when no constancy tells it."""

import pgtrigger
from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual
from django.utils import timezone

from base.postgres.triggers import never_deleted

SHORTEST_EVIDENCE, LONGEST_EVIDENCE = 10, 300


class Shown(models.TextChoices):
    """What is seen there; words for the person who looks at SUNAT's page."""

    ACCEPTED = "accepted", "Figura aceptado"
    REJECTED = "rejected", "Figura rechazado"
    VOIDED = "voided", "Figura dado de baja"
    ABSENT = "absent", "No figura"


class Finding(models.Model):
    """How a document (`filing`) or a file (`summary`) stands at SUNAT, and how one knows.

    SUNAT's register is enough by itself. What a person saw on SUNAT's page counts once a second person has seen it too.
    """

    class Source(models.TextChoices):
        REGISTER = "register", "Consulta integrada de SUNAT"
        PEOPLE = "people", "Dos personas"

    filing = models.ForeignKey(
        "receipts.Filing", models.PROTECT, null=True, blank=True, related_name="findings", verbose_name="comprobante"
    )
    summary = models.ForeignKey(
        "receipts.Summary",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="findings",
        verbose_name="resumen o baja",
    )
    shows = models.CharField("en SUNAT", max_length=10, choices=Shown)
    source = models.CharField("según", max_length=10, choices=Source)
    # The state of the document or the file when this was stated: the decision is about that and no other.
    stood = models.CharField("estado de entonces", max_length=10)
    evidence = models.CharField(
        "evidencia", max_length=LONGEST_EVIDENCE, validators=[MinLengthValidator(SHORTEST_EVIDENCE)]
    )
    picture = models.BinaryField("captura", null=True, blank=True)
    picture_type = models.CharField("tipo de la captura", max_length=20, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="declarada por"
    )
    stated_at = models.DateTimeField("declarada", default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="decidida por"
    )
    decided_at = models.DateTimeField("decidida", null=True, blank=True)
    rejection = models.CharField("motivo del rechazo", max_length=150, blank=True)

    class Meta:
        verbose_name = "constatación en SUNAT"
        verbose_name_plural = "constataciones en SUNAT"
        permissions = [("confirm_finding", "Puede confirmar lo que muestra SUNAT")]
        constraints = [
            models.CheckConstraint(
                condition=Q(filing=None, summary__isnull=False) | Q(filing__isnull=False, summary=None),
                name="a_finding_is_about_one_thing",
            ),
            models.CheckConstraint(
                condition=~Q(source="people")
                | Q(decided_at=None)
                | ~Q(rejection="")
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("author"))),
                name="a_second_person_confirms_a_finding",
            ),
            models.CheckConstraint(
                condition=Q(source="register", author=None, decided_by=None, decided_at__isnull=False, rejection="")
                | Q(source="people", author__isnull=False, decided_at=None, decided_by=None, rejection="")
                | Q(source="people", author__isnull=False, decided_at__isnull=False, decided_by__isnull=False),
                name="a_finding_names_who_stands_behind_it",
            ),
            models.CheckConstraint(
                condition=GreaterThanOrEqual(Length("evidence"), SHORTEST_EVIDENCE),
                name="a_finding_says_where_it_was_seen",
            ),
            models.UniqueConstraint(
                fields=["filing"],
                condition=Q(decided_at=None, filing__isnull=False),
                name="a_document_has_one_open_finding",
            ),
            models.UniqueConstraint(
                fields=["summary"],
                condition=Q(decided_at=None, summary__isnull=False),
                name="a_file_has_one_open_finding",
            ),
        ]
        triggers = [
            never_deleted("a_finding_is_never_deleted"),
            pgtrigger.ReadOnly(
                name="a_finding_keeps_what_was_stated",
                exclude=["decided_by", "decided_at", "rejection"],
            ),
            pgtrigger.Protect(
                name="a_decided_finding_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.about}: {self.get_shows_display()}"

    @property
    def about(self) -> str:
        """The document or file it speaks of, by name."""
        return self.summary.name if self.summary else str(self.filing.receipt) if self.filing else ""


def only_a_confirmed_finding_counts(column: str) -> pgtrigger.Trigger:
    """For the table whose rows findings name in `column`: what two persons have not agreed on concludes nothing."""
    return pgtrigger.Trigger(
        name="only_a_confirmed_finding_counts",
        operation=pgtrigger.Update,
        when=pgtrigger.Before,
        condition=pgtrigger.Q(new__finding__isnull=False) & pgtrigger.Q(new__finding__df=pgtrigger.F("old__finding")),
        func=f"""
        IF NOT EXISTS (
            SELECT FROM receipts_finding WHERE id = NEW.finding_id AND decided_at IS NOT NULL AND rejection = ''
            AND {column}_id = NEW.{"receipt_id" if column == "filing" else "id"}
        ) THEN
            RAISE EXCEPTION 'finding % does not count here', NEW.finding_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'only_a_confirmed_finding_counts';
        END IF;
        RETURN NEW;
        """,
    )
