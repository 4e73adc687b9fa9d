"""Which member an account pays for: claims, assignments and reports of a wrong number."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from base.files.attachments import AttachmentType
from base.peru.documents import DocumentType, masked
from members.models.roll import Member


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def current(self) -> Self:
        return self.filter(ended_at=None)


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

    objects = AssignmentQuerySet.as_manager()

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


class Proof(models.TextChoices):
    """What showed that a claim is true. CMP number and document are public, so that they prove nothing."""

    EMAIL = "email", "Código al correo del padrón"
    MOBILE = "mobile", "Código al celular del padrón"
    PHOTO = "photo", "Foto de la persona con su carné"
    WEBMASTER = "webmaster", "Asignación del webmaster fuera de la solicitud"
    BEFORE = "before", "Ninguna: registro de antes de pedir prueba"


class ClaimState(models.TextChoices):
    UNCONFIRMED = "unconfirmed", "Espera la confirmación del correo"
    PROVING = "proving", "Espera que la persona pruebe quién es"
    WAITING = "waiting", "Por revisar"
    LINKED = "linked", "Asignada"
    REFUSED = "refused", "No asignada"


OPEN_CLAIM_STATES = (ClaimState.UNCONFIRMED, ClaimState.PROVING, ClaimState.WAITING)


class ClaimQuerySet(models.QuerySet["Claim"]):
    def open(self) -> Self:
        return self.filter(state__in=OPEN_CLAIM_STATES)


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
    proof = models.CharField("cómo se probó", max_length=10, choices=Proof, blank=True, default="", db_default="")
    photo = models.BinaryField("foto de la persona con su carné", null=True, blank=True)

    objects = ClaimQuerySet.as_manager()

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
            models.CheckConstraint(condition=~Q(state="linked") | ~Q(proof=""), name="a_linked_claim_was_proved"),
            models.CheckConstraint(
                condition=~Q(state="linked", proof__in=["photo", "webmaster"]) | Q(decided_by__isnull=False),
                name="a_person_decides_what_no_code_proved",
            ),
        ]
        indexes = [models.Index(fields=["cmp_number"], name="claim_by_number")]

    def __str__(self) -> str:
        return f"{self.user} dice ser CMP {self.cmp_number}"

    @property
    def full_name(self) -> str:
        return f"{self.given_names} {self.surnames}"

    @property
    def masked_document(self) -> str:
        return f"{self.get_document_type_display()} {masked(self.document_number)}"


class AssignmentReportQuerySet(models.QuerySet["AssignmentReport"]):
    def open(self) -> Self:
        return self.filter(closed_at=None)


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
    # Not by the account: somebody who reads the roll's address of the physician says that the account is not his.
    by_owner = models.BooleanField("avisó el titular del CMP", default=False, db_default=False)

    objects = AssignmentReportQuerySet.as_manager()

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


class ProofCode(models.Model):
    """A code that went to the roll's address of the physician whom a claim names. The code itself is nowhere stored:
    it is made of the row and SECRET_KEY (members/numbers/proof.py)."""

    claim = models.ForeignKey(Claim, models.CASCADE, related_name="codes")
    member = models.ForeignKey(Member, models.PROTECT, related_name="+")
    channel = models.CharField(
        max_length=10, choices=[(each.value, each.label) for each in (Proof.EMAIL, Proof.MOBILE)]
    )
    nonce = models.CharField(max_length=32)
    sent_at = models.DateTimeField(default=timezone.now)
    wrong = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(wrong__lte=5), name="a_code_is_tried_five_times")]

    def __str__(self) -> str:
        return f"código de la solicitud {self.claim_id}"


class NumberProposal(models.Model):
    """A webmaster wants to give a CMP number to an account of staff: a second webmaster or a superuser decides."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="number_proposals", verbose_name="cuenta del personal"
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name="CMP propuesto")
    reason = models.CharField("motivo", max_length=500)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="propuesto por")
    proposed_at = models.DateTimeField("propuesto", default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="decidido por"
    )
    decided_at = models.DateTimeField("decidido", null=True, blank=True)
    rejection = models.CharField("motivo del rechazo", max_length=500, blank=True)

    class Meta:
        verbose_name = "CMP propuesto para una cuenta del personal"
        verbose_name_plural = "CMP propuestos para cuentas del personal"
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(decided_at=None), name="a_staff_account_has_one_open_proposal"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, rejection="")
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="a_decided_number_names_its_person",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None)
                | ~Q(rejection="")
                | (~Q(decided_by=F("author")) & ~Q(decided_by=F("user")) & ~Q(author=F("user"))),
                name="a_second_person_gives_staff_a_number",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="a_proposed_number_stays_as_proposed", exclude=["decided_by", "decided_at", "rejection"]
            ),
            pgtrigger.Protect(
                name="a_decided_number_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False),
            ),
            pgtrigger.Protect(name="a_proposed_number_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.user} → {self.member}"
