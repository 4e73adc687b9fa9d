"""What they get.

A *series* numbers the documents of one type (SUNAT: B001, F001). A *receipt* is an issued boleta, factura or credit
note: it copies everything it states and is never changed or deleted. A *credit* is the wish that a note takes something
back (receipts/models/credits.py). A receipt's *representation* is the PDF, which can always be made again
from it. A *delivery* is one letter with the PDF to one address, asked for once.
"""

import secrets
from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from base.postgres.triggers import never_deleted
from payments.models import Order, TaxDocument
from receipts.issuing.contents import Contents

if TYPE_CHECKING:
    pass


class Paper(models.TextChoices):
    """SUNAT's catalogue 01. An order asks for one of the first two (payments.models.TaxDocument)."""

    BOLETA = TaxDocument.BOLETA.value, TaxDocument.BOLETA.label
    FACTURA = TaxDocument.FACTURA.value, TaxDocument.FACTURA.label
    CREDIT_NOTE = "07", "Nota de crédito"


class Series(models.Model):
    """One run of numbers from 1. Numbering locks its row (receipts/issuing/numbering.py)."""

    document = models.CharField("tipo de comprobante", max_length=2, choices=Paper)
    code = models.CharField("serie", max_length=4)
    next_number = models.PositiveIntegerField("próximo número", default=1)

    class Meta:
        verbose_name = "serie"
        verbose_name_plural = "series"
        constraints = [
            models.UniqueConstraint(fields=["document", "code"], name="a_series_is_one_run_of_numbers"),
            # SUNAT's rule 1001: the letter tells the document, three letters or digits follow.
            models.CheckConstraint(
                condition=Q(document=Paper.BOLETA, code__regex=r"^B[A-Z0-9]{3}$")
                | Q(document=Paper.FACTURA, code__regex=r"^F[A-Z0-9]{3}$")
                # A note's is that of what it corrects (2116).
                | Q(document=Paper.CREDIT_NOTE, code__regex=r"^[BF][A-Z0-9]{3}$"),
                name="the_letter_of_a_series_tells_its_document",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="a_series_keeps_its_code", fields=["document", "code"]),
            pgtrigger.Protect(
                name="numbers_only_go_up",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__next_number__lt=pgtrigger.F("old__next_number")),
            ),
            never_deleted("a_series_is_never_deleted"),
        ]

    def __str__(self) -> str:
        return self.code


def unguessable_code() -> str:
    """128 random bits as text for a URL."""
    return secrets.token_urlsafe(16)


class Receipt(models.Model):
    """One issued document. `statement` is all it says (receipts/issuing/contents.py); the columns are for searching."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="documents", verbose_name="pedido")
    # The first document of an order is its receipt; what comes later corrects it or stands in its place.
    receipt_of = models.OneToOneField(
        Order, models.PROTECT, null=True, blank=True, related_name="receipt", verbose_name="primero del pedido"
    )
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="notes", verbose_name="corrige a"
    )
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replacement", verbose_name="reemplaza a"
    )
    series = models.ForeignKey(Series, models.PROTECT, related_name="receipts", verbose_name="serie")
    number = models.PositiveIntegerField("número")
    # Repeats "B001-123", so that a list of receipts reads one table.
    name = models.CharField("comprobante", max_length=13, unique=True)
    document = models.CharField("tipo de comprobante", max_length=2, choices=Paper)
    code = models.CharField("código de descarga", max_length=22, unique=True, default=unguessable_code)
    issued_at = models.DateTimeField("emitido")
    issue_date = models.DateField("fecha de emisión")
    buyer_number = models.CharField("RUC o documento", max_length=15)
    buyer_name = models.CharField("comprador", max_length=250)
    total = models.DecimalField("total", max_digits=9, decimal_places=2)
    currency = models.CharField("moneda", max_length=3)
    sample = models.BooleanField("de muestra")
    statement = models.JSONField("contenido")

    class Meta:
        verbose_name = "comprobante"
        verbose_name_plural = "comprobantes"
        permissions = [("replace_receipt", "Puede emitir de nuevo lo rechazado y cambiar boleta por factura")]
        constraints = [
            models.CheckConstraint(
                condition=Q(receipt_of__isnull=False, receipt_of=models.F("order"), corrects=None, replaces=None)
                & ~Q(document=Paper.CREDIT_NOTE)
                | Q(receipt_of=None, corrects=None, replaces__isnull=False) & ~Q(document=Paper.CREDIT_NOTE)
                | Q(receipt_of=None, corrects__isnull=False, document=Paper.CREDIT_NOTE),
                name="a_document_comes_first_corrects_or_replaces",
            ),
            models.UniqueConstraint(fields=["series", "number"], name="a_number_names_one_receipt"),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=99_999_999), name="a_receipt_number_has_1_to_8_digits"
            ),
            models.CheckConstraint(condition=Q(total__gt=0), name="a_receipt_is_more_than_nothing"),
        ]
        indexes = [models.Index(fields=["issue_date"], name="receipt_by_day")]
        triggers = [
            pgtrigger.Protect(name="an_issued_document_never_changes", operation=pgtrigger.Update | pgtrigger.Delete),
            # Rows inserted earlier by the same statement are seen, so a batch may come in one INSERT.
            pgtrigger.Trigger(
                name="numbers_of_a_series_have_no_gaps",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                declare=[("expected", "integer")],
                func="""
                SELECT coalesce(max(number), 0) + 1 INTO expected
                FROM receipts_receipt WHERE series_id = NEW.series_id;
                IF NEW.number <> expected THEN
                    RAISE EXCEPTION 'the next number of this series is %, not %', expected, NEW.number
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'numbers_of_a_series_have_no_gaps';
                END IF;
                RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="only_a_paid_order_has_a_receipt",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func="""
                IF NOT EXISTS (SELECT FROM payments_order WHERE id = NEW.order_id AND paid_at IS NOT NULL) THEN
                    RAISE EXCEPTION 'order % is not paid', NEW.order_id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'only_a_paid_order_has_a_receipt';
                END IF;
                RETURN NEW;
                """,
            ),
            # A rejected note is worth nothing, so the one that replaces it counts alone. The lock lets two notes of one
            # document see each other.
            pgtrigger.Trigger(
                name="a_note_stays_within_its_document",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__corrects__isnull=False),
                declare=[("available", "numeric"), ("credited", "numeric")],
                func="""
                SELECT total INTO available FROM receipts_receipt
                WHERE id = NEW.corrects_id AND order_id = NEW.order_id AND document <> '07' FOR NO KEY UPDATE;
                SELECT coalesce(sum(note.total), 0) INTO credited FROM receipts_receipt AS note
                WHERE note.corrects_id = NEW.corrects_id AND note.id IS DISTINCT FROM NEW.replaces_id
                  AND NOT EXISTS (SELECT FROM receipts_receipt AS later WHERE later.replaces_id = note.id);
                IF available IS NULL OR credited + NEW.total > available THEN
                    RAISE EXCEPTION 'a note of % on top of % exceeds %', NEW.total, credited, available
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_note_stays_within_its_document';
                END IF;
                RETURN NEW;
                """,
            ),
            # Two documents for the same money would be two incomes before SUNAT.
            pgtrigger.Trigger(
                name="a_replaced_document_is_worth_nothing",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__replaces__isnull=False),
                declare=[("worthless", "boolean")],
                func="""
                SELECT filing.state IN ('rejected', 'voided', 'withdrawn') OR gone.total <= (
                    SELECT coalesce(sum(note.total), 0) FROM receipts_receipt AS note
                    WHERE note.corrects_id = gone.id
                      AND NOT EXISTS (SELECT FROM receipts_receipt AS later WHERE later.replaces_id = note.id))
                INTO worthless FROM receipts_receipt AS gone
                LEFT JOIN receipts_filing AS filing ON filing.receipt_id = gone.id
                WHERE gone.id = NEW.replaces_id AND gone.order_id = NEW.order_id;
                IF worthless IS NOT TRUE THEN
                    RAISE EXCEPTION 'document % still stands', NEW.replaces_id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_replaced_document_is_worth_nothing';
                END IF;
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stated(self) -> Contents:
        return Contents.from_json(self.statement)

    @property
    def title(self) -> str:
        """As a letter or page names it: Boleta electrónica B001-123."""
        return f"{self.get_document_display()} electrónica {self.name}"


class Representation(models.Model):
    """The PDF, in a table of its own so that no list loads it. Made from the receipt; may be made again."""

    receipt = models.OneToOneField(
        Receipt, models.PROTECT, primary_key=True, related_name="representation", verbose_name="comprobante"
    )
    pdf = models.BinaryField("PDF")
    made_at = models.DateTimeField("hecha", default=timezone.now)

    class Meta:
        verbose_name = "representación impresa"
        verbose_name_plural = "representaciones impresas"

    def __str__(self) -> str:
        return f"PDF de {self.receipt_id}"
