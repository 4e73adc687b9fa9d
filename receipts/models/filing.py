"""Documents at SUNAT.

A *filing* is a receipt signed and on its way to SUNAT: its bytes, its state and, in the end, the constancy. A *step*
is one move of it, never changed afterwards. A *stop* holds all filing back until a person has looked.
"""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.utils import timezone

from base.postgres.triggers import legal_transitions, never_deleted
from receipts.models.findings import only_a_confirmed_finding_counts
from receipts.tax_office.states import FILING_TRANSITIONS, OPEN_STATES, SPENT_STATES, VALID_STATES, FilingState
from receipts.tax_office.sunat.environments import OFF

#: Where a document is filed for practice: it counts for nothing there (receipts/tax_office/sunat/environments.py).
TRIALS = ["beta", "simulator"]


class Filing(models.Model):
    """One receipt at SUNAT. Times are UTC; `due_on` is the last day, in Lima, on which SUNAT takes it."""

    receipt = models.OneToOneField(
        "receipts.Receipt", models.PROTECT, primary_key=True, related_name="filing", verbose_name="comprobante"
    )
    state = models.CharField("estado", max_length=10, choices=FilingState, default=FilingState.PENDING)
    # The signed document: these very bytes are sent and handed out.
    xml = models.BinaryField("XML firmado")
    digest = models.CharField("valor resumen", max_length=44)
    cdr = models.BinaryField("constancia (CDR)", null=True, blank=True)
    environment = models.CharField("ambiente", max_length=10, blank=True)
    attempts = models.PositiveIntegerField("intentos", default=0)
    code = models.CharField("código", max_length=6, blank=True)
    message = models.TextField("respuesta", blank=True)
    due_on = models.DateField("plazo")
    summary = models.ForeignKey(
        "receipts.Summary", models.PROTECT, null=True, blank=True, related_name="filings", verbose_name="resumen diario"
    )
    # Since when an answer is missing that may have been an acceptance: what SUNAT has already is ours only then.
    lost_at = models.DateTimeField("respuesta perdida", null=True, blank=True)
    finding = models.ForeignKey(
        "receipts.Finding", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="constatación"
    )
    signed_at = models.DateTimeField("firmado", default=timezone.now)
    answered_at = models.DateTimeField("última respuesta", null=True, blank=True)
    next_try_at = models.DateTimeField("próximo intento", null=True, blank=True)

    #: Signed within the transaction under way: nobody else can have seen it. Of this copy of the row only.
    uncommitted = False

    class Meta:
        verbose_name = "presentación a SUNAT"
        verbose_name_plural = "presentaciones a SUNAT"
        permissions = [("file_receipts", "Puede enviar comprobantes a SUNAT y consultarlos")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=VALID_STATES) | Q(cdr__isnull=False) | Q(finding__isnull=False),
                name="an_acceptance_has_its_constancy",
            ),
            models.CheckConstraint(
                condition=~Q(state=FilingState.REJECTED) | Q(cdr__isnull=False) | Q(finding__isnull=False),
                name="a_number_is_spent_by_a_constancy",
            ),
            models.CheckConstraint(
                condition=~Q(state=FilingState.WITHDRAWN) | Q(finding__isnull=False),
                name="two_persons_give_up_a_number",
            ),
            models.CheckConstraint(
                condition=~Q(state=FilingState.IN_SUMMARY) | Q(summary__isnull=False), name="in_a_summary_by_its_name"
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_STATES, next_try_at__isnull=False)
                | (~Q(state__in=OPEN_STATES) & Q(next_try_at__isnull=True)),
                name="an_open_filing_will_be_tried",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="filing_to_try"),
            models.Index(fields=["due_on"], condition=Q(next_try_at__isnull=False), name="filing_by_deadline"),
        ]
        triggers = [
            legal_transitions("a_filing_moves_legally", FILING_TRANSITIONS),
            never_deleted("a_filing_is_never_deleted"),
            # What SUNAT may have seen is what we hand out. Only what it gave back as not received is signed anew.
            pgtrigger.Protect(
                name="a_signed_document_keeps_its_bytes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__xml__df=pgtrigger.F("new__xml"))
                & ~pgtrigger.Q(old__state=FilingState.RETURNED.value),
            ),
            pgtrigger.Protect(
                name="a_constancy_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__cdr__isnull=False)
                & pgtrigger.Q(old__cdr__df=pgtrigger.F("new__cdr"))
                & ~pgtrigger.Q(old__environment__in=TRIALS),
            ),
            pgtrigger.Protect(
                name="only_a_trial_is_filed_again",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state__in=[str(state) for state in VALID_STATES])
                & pgtrigger.Q(new__state=FilingState.PENDING.value)
                & ~pgtrigger.Q(old__environment__in=TRIALS),
            ),
            only_a_confirmed_finding_counts("filing"),
        ]

    def __str__(self) -> str:
        return f"{self.receipt}: {self.get_state_display()}"

    @property
    def is_valid(self) -> bool:
        """Whether SUNAT took it, in earnest or, on a portal that practises, in a trial."""
        return self.state in VALID_STATES and not self.was_a_trial

    @property
    def was_a_trial(self) -> bool:
        """Filed for practice, while documents are now filed in earnest: nothing SUNAT said of it counts."""
        return self.environment in TRIALS and settings.SUNAT_ENVIRONMENT not in (OFF, *TRIALS)

    @property
    def look(self) -> str:
        """The badge's: "ok", "wait" or "bad"."""
        return "ok" if self.is_valid else "bad" if self.state in SPENT_STATES else "wait"

    @property
    def shown_state(self) -> str:
        """For the member, who need not know what SUNAT remarked on, nor how often it was asked."""
        if self.state in SPENT_STATES:
            return str(self.get_state_display())
        return FilingState.ACCEPTED.label if self.is_valid else FilingState.PENDING.label


class FilingStep(models.Model):
    """One move of a filing: when, by whom, what SUNAT said."""

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="steps", verbose_name="presentación")
    at = models.DateTimeField("fecha", default=timezone.now)
    actor = models.CharField("quién", max_length=120)
    from_state = models.CharField("de", max_length=10, choices=FilingState, blank=True)
    to_state = models.CharField("a", max_length=10, choices=FilingState)
    code = models.CharField("código", max_length=6, blank=True)
    message = models.TextField("respuesta", blank=True)

    class Meta:
        verbose_name = "paso"
        verbose_name_plural = "pasos"
        ordering = ["pk"]
        triggers = [
            pgtrigger.Protect(name="a_filing_step_never_changes", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.get_to_state_display()} {self.code}".strip()


class FilingStop(models.Model):
    """SUNAT refused the user, the password or the certificate: nothing is sent until staff resume."""

    code = models.CharField("código", max_length=6)
    message = models.TextField("respuesta", blank=True)
    # Of the certificate that was refused, if that was it.
    fingerprint = models.CharField("huella del certificado", max_length=64, blank=True)
    stopped_at = models.DateTimeField("detenido", default=timezone.now)
    resumed_at = models.DateTimeField("reanudado", null=True, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="reanudado por"
    )

    class Meta:
        verbose_name = "detención de envíos a SUNAT"
        verbose_name_plural = "detenciones de envíos a SUNAT"
        constraints = [
            models.UniqueConstraint(Value(1), condition=Q(resumed_at__isnull=True), name="filing_is_stopped_once"),
        ]
        triggers = [never_deleted("a_stop_is_never_deleted")]

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"[:80]
