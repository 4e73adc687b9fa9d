"""Daily summaries (RC): boletas that SUNAT no longer takes one by one, reported together."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from base.postgres.triggers import legal_transitions, never_deleted
from receipts.models.findings import only_a_confirmed_finding_counts
from receipts.tax_office.states import OPEN_SUMMARY_STATES, SUMMARY_TRANSITIONS, SummaryState


class Summary(models.Model):
    """One file with the boletas of one day. SUNAT gives a ticket for it, and its constancy when it is asked again."""

    name = models.CharField("resumen", max_length=17)
    issued_on = models.DateField("comprobantes del día")
    state = models.CharField("estado", max_length=10, choices=SummaryState, default=SummaryState.PENDING)
    xml = models.BinaryField("XML firmado")
    ticket = models.CharField("ticket", max_length=40, blank=True)
    cdr = models.BinaryField("constancia (CDR)", null=True, blank=True)
    attempts = models.PositiveIntegerField("intentos", default=0)
    code = models.CharField("código", max_length=6, blank=True)
    message = models.TextField("respuesta", blank=True)
    # A question is under way; whoever died while asking leaves it on.
    asking = models.BooleanField("preguntando", default=False)
    # Since when an answer to the sending is missing: "presented before" means ours arrived only then.
    lost_at = models.DateTimeField("respuesta perdida", null=True, blank=True)
    answered_at = models.DateTimeField("última respuesta", null=True, blank=True)
    finding = models.ForeignKey(
        "receipts.Finding", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="constatación"
    )
    made_at = models.DateTimeField("hecho", default=timezone.now)
    next_try_at = models.DateTimeField("próximo intento", null=True, blank=True)

    class Meta:
        verbose_name = "resumen diario"
        verbose_name_plural = "resúmenes diarios"
        constraints = [
            models.UniqueConstraint(fields=["name"], name="a_summary_has_its_own_name"),
            models.CheckConstraint(
                condition=~Q(state=SummaryState.ACCEPTED) | Q(cdr__isnull=False) | Q(finding__isnull=False),
                name="an_accepted_summary_has_its_constancy",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_SUMMARY_STATES, next_try_at__isnull=False)
                | (~Q(state__in=OPEN_SUMMARY_STATES) & Q(next_try_at__isnull=True)),
                name="an_open_summary_will_be_tried",
            ),
            models.CheckConstraint(
                condition=~Q(state=SummaryState.WAITING) | ~Q(ticket=""), name="a_waiting_summary_has_its_ticket"
            ),
        ]
        triggers = [
            legal_transitions("a_summary_moves_legally", SUMMARY_TRANSITIONS),
            never_deleted("a_summary_is_never_deleted"),
            pgtrigger.ReadOnly(name="a_summary_keeps_its_bytes", fields=["name", "issued_on", "xml"]),
            only_a_confirmed_finding_counts("summary"),
        ]

    def __str__(self) -> str:
        return self.name


class Voiding(models.Model):
    """A person's wish that SUNAT takes a document back, and the file that carries it: the latest one, if SUNAT took a
    former one for another's."""

    filing = models.OneToOneField(
        "receipts.Filing", models.PROTECT, primary_key=True, related_name="voiding", verbose_name="comprobante"
    )
    summary = models.ForeignKey(Summary, models.PROTECT, related_name="voidings", verbose_name="comunicación")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="pedida por")
    reason = models.CharField("motivo", max_length=100)
    requested_at = models.DateTimeField("pedida", default=timezone.now)

    class Meta:
        verbose_name = "baja de un comprobante"
        verbose_name_plural = "bajas de comprobantes"
        triggers = [
            pgtrigger.ReadOnly(name="a_voiding_never_changes", exclude=["summary"]),
            never_deleted("a_voiding_is_never_deleted"),
        ]

    def __str__(self) -> str:
        return f"Baja por {self.summary}: {self.reason}"
