"""Dependants who take over the SEMEFA of a physician who died."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from base.files.attachments import AttachmentType
from base.peru.documents import DocumentType
from members.models.roll import Member


class SuccessionQuerySet(models.QuerySet["Succession"]):
    def current(self) -> Self:
        return self.filter(ended_at=None)


class Succession(models.Model):
    """A dependant (derechohabiente) holds a deceased member's SEMEFA from a month on; the account pays that and nothing
    else, and its boletas name the dependant. Ended, never edited."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="successions", verbose_name="cuenta"
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="successions", verbose_name="titular fallecido")
    first_period = models.DateField("titular desde el mes")
    document_type = models.CharField("tipo de documento del sucesor", max_length=1, choices=DocumentType)
    document_number = models.CharField("número de documento del sucesor", max_length=15)
    name = models.CharField("nombre del sucesor", max_length=200)
    attachment = models.BinaryField("documento que lo prueba")
    attachment_type = models.CharField("tipo del documento", max_length=20, choices=AttachmentType)
    reason = models.CharField("motivo", max_length=500)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="registrada por"
    )
    recorded_at = models.DateTimeField("registrada", default=timezone.now)
    ended_at = models.DateTimeField("terminada", null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="terminada por"
    )
    end_reason = models.CharField("motivo del fin", max_length=500, blank=True)

    objects = SuccessionQuerySet.as_manager()

    class Meta:
        verbose_name = "sucesión de SEMEFA"
        verbose_name_plural = "sucesiones de SEMEFA"
        permissions = [("record_succession", "Puede registrar quién sucede a un titular fallecido de SEMEFA")]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended_at__isnull=True), name="an_account_succeeds_one_holder"
            ),
            models.UniqueConstraint(
                fields=["member"], condition=Q(ended_at__isnull=True), name="a_holder_has_one_successor"
            ),
            models.CheckConstraint(condition=Q(first_period__day=1), name="a_succession_begins_with_a_month"),
            models.CheckConstraint(
                condition=Q(attachment_type__in=["application/pdf", "image/jpeg"]),
                name="a_succession_is_proved_by_a_pdf_or_a_photo",
            ),
            models.CheckConstraint(
                condition=Q(name__regex=r"\S")
                & (
                    Q(document_type=DocumentType.DNI, document_number__regex=r"^[0-9]{8}$")
                    | Q(
                        document_type__in=[DocumentType.FOREIGN_CARD, DocumentType.PASSPORT],
                        document_number__regex=r"^[A-Z0-9]+$",
                    )
                ),
                name="a_successor_is_a_person_with_a_document",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, end_reason="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(end_reason="")),
                name="an_ended_succession_says_by_whom_and_why",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="a_succession_follows_a_death",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func="""
                IF NOT EXISTS (
                    SELECT FROM members_member WHERE id = NEW.member_id AND status = 'deceased'
                       AND left_date < NEW.first_period
                ) THEN
                    RAISE EXCEPTION 'member % had not died before %', NEW.member_id, NEW.first_period
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_succession_follows_a_death';
                END IF;
                RETURN NEW;
                """,
            ),
            pgtrigger.ReadOnly(name="a_succession_is_only_ended", exclude=["ended_at", "ended_by", "end_reason"]),
            pgtrigger.Protect(
                name="an_ended_succession_stays_ended",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
            pgtrigger.Protect(name="a_succession_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.name} sucede a {self.member}"
