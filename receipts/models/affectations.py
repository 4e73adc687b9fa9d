"""How each concept stands to the sales tax, by date. The accountant's word; documents copy it when they are issued."""

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from dues.models import Kind

TODAY = "(now() AT TIME ZONE 'America/Lima')::date"


class AffectationCode(models.TextChoices):
    """The codes of SUNAT's catalogue 07 that the documents can state."""

    UNAFFECTED = "30", "30: inafecto, sin IGV"
    TAXED = "10", "10: gravado, IGV 18 % incluido en la cuota"


class Affectation(models.Model):
    """The affectation of a concept from a day on (Lima), until the next one begins; without any it is unaffected."""

    kind = models.CharField("concepto", max_length=10, choices=Kind)
    code = models.CharField("afectación", max_length=2, choices=AffectationCode)
    valid_from = models.DateField("desde", default=timezone.localdate)
    basis = models.CharField("sustento", max_length=200, help_text="Norma, informe o consulta que lo dice.")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name="registrada por"
    )
    recorded_at = models.DateTimeField("registrada", default=timezone.now, editable=False)

    class Meta:
        verbose_name = "afectación al IGV"
        verbose_name_plural = "afectaciones al IGV"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "valid_from"],
                name="a_day_begins_one_affectation_of_a_concept",
                violation_error_message="Ese concepto ya tiene una afectación desde ese día.",
            ),
            models.CheckConstraint(
                condition=Q(code__in=AffectationCode.values), name="an_affectation_is_one_the_documents_know"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="an_affectation_begins_no_earlier_than_today",
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition(f"NEW.valid_from < {TODAY}"),
            ),
            pgtrigger.Protect(name="an_affectation_never_changes", operation=pgtrigger.Update),
            pgtrigger.Protect(
                name="an_affectation_in_force_is_never_deleted",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition(f"OLD.valid_from <= {TODAY}"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} desde {self.valid_from:%d/%m/%Y}: {self.get_code_display()}"

    def clean(self) -> None:
        if self.valid_from and self.valid_from < timezone.localdate():
            raise ValidationError({"valid_from": "Indique hoy o un día que viene: lo ya emitido no cambia."})
