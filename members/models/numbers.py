"""Which member an account pays for: claims, assignments and reports of a wrong number."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from base.files.attachments import AttachmentType
from base.peru.documents import DocumentType, masked
from members.models.roll import Member


class Assignment(models.Model):
    """Which member an account pays for, and since when. Ended, never edited."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments", verbose_name="cuenta"
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="assignments", verbose_name="colegiado")
    started_at = models.DateTimeField("desde", default=timezone.now)
    ended_at = models.DateTimeField("hasta", null=True, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="asignada por"
    )
    reason = models.CharField("motivo", max_length=500, default="Declarado en el registro")
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="terminada por"
    )
    end_reason = models.CharField("motivo del fin", max_length=500, blank=True)

    class Meta:
        verbose_name = "asignación de CMP"
        verbose_name_plural = "asignaciones de CMP"
        permissions = [("correct_assignment", "Puede corregir e intercambiar los CMP de las cuentas")]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended_at__isnull=True), name="an_account_claims_one_cmp"
            ),
            models.UniqueConstraint(
                fields=["member"], condition=Q(ended_at__isnull=True), name="a_cmp_has_one_account"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="an_assignment_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, end_reason="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(end_reason="")),
                name="an_ended_assignment_says_by_whom_and_why",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="an_assignment_is_only_ended", exclude=["ended_at", "ended_by", "end_reason"]),
            pgtrigger.Protect(
                name="an_ended_assignment_stays_ended",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
            pgtrigger.Protect(name="an_assignment_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.user} → {self.member}"


class ClaimState(models.TextChoices):
    UNCONFIRMED = "unconfirmed", "Espera la confirmación del correo"
    WAITING = "waiting", "Por revisar"
    LINKED = "linked", "Asignada"
    REFUSED = "refused", "No asignada"


OPEN_CLAIM_STATES = (ClaimState.UNCONFIRMED, ClaimState.WAITING)


class Claim(models.Model):
    """Who a person said to be at registration. Kept as it was typed, beside what was decided and by whom."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="claims", verbose_name="cuenta")
    cmp_number = models.PositiveIntegerField("número CMP declarado")
    document_type = models.CharField("tipo de documento declarado", max_length=1, choices=DocumentType)
    document_number = models.CharField("documento declarado", max_length=15)
    given_names = models.CharField("nombres declarados", max_length=100)
    surnames = models.CharField("apellidos declarados", max_length=100)
    state = models.CharField("estado", max_length=12, choices=ClaimState, default=ClaimState.UNCONFIRMED)
    made_at = models.DateTimeField("registrada", default=timezone.now)
    decided_at = models.DateTimeField("decidida", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="decidida por"
    )
    answer = models.TextField("respuesta del webmaster", max_length=1000, blank=True)

    class Meta:
        verbose_name = "solicitud de registro"
        verbose_name_plural = "solicitudes de registro"
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(state__in=OPEN_CLAIM_STATES), name="an_account_has_one_open_claim"
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_CLAIM_STATES, decided_at__isnull=True)
                | Q(state__in=["linked", "refused"], decided_at__isnull=False),
                name="a_claim_is_decided_exactly_when_it_says_so",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} dice ser CMP {self.cmp_number}"

    @property
    def full_name(self) -> str:
        return f"{self.given_names} {self.surnames}"

    @property
    def masked_document(self) -> str:
        return f"{self.get_document_type_display()} {masked(self.document_number)}"


class AssignmentReport(models.Model):
    """ "Este CMP no es el mío": open until the webmaster answers; an open report freezes paying."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reports", verbose_name="cuenta")
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name="CMP mostrado")
    note = models.TextField("nota del colegiado", max_length=1000, blank=True)
    attachment = models.BinaryField("adjunto", null=True, blank=True)
    attachment_type = models.CharField("tipo del adjunto", max_length=20, choices=AttachmentType, blank=True)
    opened_at = models.DateTimeField("abierto", default=timezone.now)
    closed_at = models.DateTimeField("cerrado", null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="cerrado por"
    )
    answer = models.TextField("respuesta del webmaster", max_length=1000, blank=True)

    class Meta:
        verbose_name = "aviso de CMP equivocado"
        verbose_name_plural = "avisos de CMP equivocado"
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(closed_at__isnull=True), name="an_account_has_one_open_report"
            ),
            models.CheckConstraint(
                condition=Q(attachment__isnull=True, attachment_type="")
                | Q(attachment__isnull=False, attachment_type__in=["application/pdf", "image/jpeg"]),
                name="an_attachment_is_a_pdf_or_a_photo",
            ),
        ]

    def __str__(self) -> str:
        return f"Aviso {self.pk} de {self.user}"
