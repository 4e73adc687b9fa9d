"""Acts that wait for a second person: until then they free nothing."""

import pgtrigger
from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from base.files.attachments import AttachmentType
from dues.models.owed import Act, Exemption
from dues.models.tariffs import Kind
from members.models import Member


class ActProposal(models.Model):
    """One person of the treasury says that an act frees months; a second person agrees, and only then it does.

    `second_person_above` is what the college allowed one person alone when the act was proposed, in soles.
    """

    act = models.CharField("acto", max_length=12, choices=Act, default=Act.EXONERATION)
    member = models.ForeignKey(Member, models.PROTECT, related_name="act_proposals", verbose_name="colegiado")
    kind = models.CharField("tipo", max_length=10, choices=Kind)
    first_period = models.DateField("primer mes")
    last_period = models.DateField("último mes")
    reason = models.CharField("motivo", max_length=200, validators=[MinLengthValidator(5)])
    document = models.CharField("documento", max_length=100)
    granted_date = models.DateField("fecha del acto")
    evidence = models.BinaryField("archivo del acto")
    evidence_type = models.CharField("tipo del archivo", max_length=20, choices=AttachmentType)
    worth = models.DecimalField("cuotas que libera (S/)", max_digits=10, decimal_places=2, null=True)
    second_person_above = models.DecimalField("tope de una sola persona (S/)", max_digits=10, decimal_places=2)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="propuesto por")
    proposed_at = models.DateTimeField("propuesto", default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="decidido por"
    )
    decided_at = models.DateTimeField("decidido", null=True, blank=True)
    rejection = models.CharField("motivo del rechazo", max_length=200, blank=True)
    exemption = models.OneToOneField(
        Exemption, models.PROTECT, null=True, blank=True, related_name="proposal", verbose_name="acto registrado"
    )

    class Meta:
        verbose_name = "acto propuesto"
        verbose_name_plural = "actos propuestos"
        permissions = [("approve_act", "Puede aprobar o rechazar actos propuestos")]
        constraints = [
            models.CheckConstraint(condition=Q(last_period__gte=F("first_period")), name="a_proposed_act_has_months"),
            models.CheckConstraint(
                condition=Q(first_period__day=1, last_period__day=1), name="a_proposed_act_counts_whole_months"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, exemption=None, rejection="")
                | (Q(decided_at__isnull=False, decided_by__isnull=False) & (Q(exemption=None) ^ Q(rejection=""))),
                name="a_decided_act_names_its_person_and_outcome",
            ),
            # One person alone only up to the sum; an act whose worth nobody can say yet is never so small.
            models.CheckConstraint(
                condition=Q(exemption=None)
                | ~Q(decided_by=F("author"))
                | Q(worth__isnull=False, worth__lte=F("second_person_above")),
                name="a_second_person_approves_an_act",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="a_proposed_act_stays_as_proposed", exclude=["decided_by", "decided_at", "rejection", "exemption"]
            ),
            pgtrigger.Protect(
                name="a_decided_act_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False),
            ),
            pgtrigger.Protect(name="a_proposed_act_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.reason} ({self.document})"


class RevocationProposal(models.Model):
    """One person of the treasury says that an act was entered by mistake; a second person revokes it."""

    exemption = models.ForeignKey(Exemption, models.PROTECT, related_name="revocations", verbose_name="acto")
    reason = models.CharField("motivo", max_length=200)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="propuesto por")
    proposed_at = models.DateTimeField("propuesto", default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="decidido por"
    )
    decided_at = models.DateTimeField("decidido", null=True, blank=True)
    rejection = models.CharField("motivo del rechazo", max_length=200, blank=True)

    class Meta:
        verbose_name = "revocación propuesta"
        verbose_name_plural = "revocaciones propuestas"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["exemption"], condition=Q(decided_at=None), name="an_act_has_one_open_revocation"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, rejection="")
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="a_decided_revocation_names_its_person",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None) | ~Q(rejection="") | ~Q(decided_by=F("author")),
                name="a_second_person_revokes_an_act",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="a_proposed_revocation_stays_as_proposed", exclude=["decided_by", "decided_at", "rejection"]
            ),
            pgtrigger.Protect(
                name="a_decided_revocation_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False),
            ),
            pgtrigger.Protect(name="a_proposed_revocation_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"Revocar {self.exemption}: {self.reason}"
