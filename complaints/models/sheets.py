"""The sheets of the Libro de Reclamaciones (Ley 29571, DS 011-2011-PCM, annex I)."""

import secrets

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from base.peru.documents import DocumentType
from base.postgres.triggers import never_deleted


def sheet_code() -> str:
    """Returns 128 random bits as text for a URL: whoever has it reads the sheet."""
    return secrets.token_urlsafe(16)


class ComplaintKind(models.TextChoices):
    """The two kinds of annex I."""

    CLAIM = "reclamo", "Reclamo"
    GRIEVANCE = "queja", "Queja"


class Item(models.TextChoices):
    SERVICE = "servicio", "Servicio"
    PRODUCT = "producto", "Producto"


class Complaint(models.Model):
    """One sheet: what a consumer says, kept as written, and the college's answer."""

    year = models.PositiveSmallIntegerField("año")
    number = models.PositiveIntegerField("número")
    code = models.CharField("código", max_length=22, unique=True, default=sheet_code)
    made_at = models.DateTimeField("presentada", default=timezone.now)
    answer_by = models.DateField("responder hasta")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="complaints",
        verbose_name="cuenta",
        null=True,
        blank=True,
    )
    kind = models.CharField("tipo", max_length=10, choices=ComplaintKind)
    name = models.CharField("nombre completo", max_length=250)
    document_type = models.CharField("tipo de documento", max_length=1, choices=DocumentType)
    document_number = models.CharField("número de documento", max_length=15)
    address = models.CharField("domicilio", max_length=250)
    telephone = models.CharField("teléfono", max_length=30, blank=True)
    email = models.EmailField("correo", max_length=254)
    guardian = models.CharField("padre, madre o tutor", max_length=250, blank=True)
    item = models.CharField("bien contratado", max_length=10, choices=Item, default=Item.SERVICE)
    item_description = models.CharField("descripción", max_length=250)
    amount = models.DecimalField("monto reclamado (S/)", max_digits=9, decimal_places=2, null=True, blank=True)
    detail = models.TextField("detalle", max_length=3000)
    request = models.TextField("pedido", max_length=1000)
    answer = models.TextField("respuesta", max_length=3000, blank=True)
    answered_at = models.DateTimeField("respondida", null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="respondida por", null=True, blank=True
    )

    class Meta:
        verbose_name = "hoja de reclamación"
        verbose_name_plural = "hojas de reclamación"
        constraints = [
            models.UniqueConstraint(fields=["year", "number"], name="a_complaint_has_its_own_number"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None, answered_by=None)
                | (Q(answer__regex=r"\S", answered_at__isnull=False, answered_by__isnull=False)),
                name="an_answered_complaint_says_by_whom_and_what",
            ),
            models.CheckConstraint(
                condition=Q(answer_by__gte=F("made_at__date")), name="a_complaint_is_answered_after_it_is_made"
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="a_complaint_keeps_its_words", exclude=["answer", "answered_at", "answered_by"]),
            pgtrigger.Protect(
                name="an_answer_to_a_complaint_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__answered_at__isnull=False),
            ),
            never_deleted("a_complaint_is_never_deleted"),
        ]
        indexes = [
            models.Index(fields=["answer_by"], condition=Q(answered_at=None), name="complaint_to_answer"),
        ]

    def __str__(self) -> str:
        return f"Hoja de reclamación {self.sheet}"

    @property
    def sheet(self) -> str:
        """The number that annex I asks for: 000012-2026."""
        return f"{self.number:06d}-{self.year}"

    @property
    def overdue(self) -> bool:
        """Whether the legal term ran out without an answer."""
        return self.answered_at is None and timezone.localdate() > self.answer_by
