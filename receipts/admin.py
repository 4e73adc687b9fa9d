"""Receipts as staff see them: everything to read and to search, nothing to edit, one thing to do (send again)."""

from datetime import date
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import truncatechars
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from base.admin import CappedPaginator, ReadOnly, ShowsSums, money_column
from members import actors
from members.admin import actor_column
from members.models import User
from receipts import standing_certificates
from receipts.accounts import pages
from receipts.delivery import letters
from receipts.exceptions import AlreadyRevoked, NotReturned, TakenBack
from receipts.models import (
    Affectation,
    Attestation,
    Credit,
    Delivery,
    Filing,
    FilingStep,
    FilingStop,
    Finding,
    Receipt,
    Series,
    StandingCertificate,
    Summary,
)
from receipts.tax_office import brakes, filing, findings
from receipts.tax_office.certificate import NoCertificate

# Asked one after the other while the person waits.
MOST_AT_ONCE = 20
WHO_ACTED = actor_column("actor", "quién")
WHO_ASKED = actor_column("author", "pedida por")


class DeliveryInline(ReadOnly, admin.TabularInline):
    model = Delivery
    fields = ["email", "state", "attempts", "queued_at", "sent_at", "author", "last_error", "message_id"]


@admin.register(Receipt)
class ReceiptAdmin(ShowsSums, admin.ModelAdmin):
    list_display = ["name", "download", "issue_date", "buyer_name", "buyer_number", money_column("total", "total")]
    list_filter = ["document", "sample", "issue_date"]
    search_fields = [
        "name",
        "=buyer_number",
        "buyer_name",
        "=order__member__cmp_number",
        "=order__attempts__purchase_number",
    ]
    ordering = ["-pk"]
    show_full_result_count = False
    paginator = CappedPaginator
    inlines = [DeliveryInline]
    actions = ["send_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Receipt]:
        return super().get_queryset(request).defer("statement")

    @admin.display(description="PDF")
    def download(self, receipt: Receipt) -> SafeString:
        return format_html('<a href="{}">PDF</a>', reverse("receipt_pdf", args=[receipt.code]))

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("receipts.add_delivery")

    @admin.action(description="Reenviar por correo", permissions=["resend"])
    def send_again(self, request: HttpRequest, receipts: QuerySet[Receipt]) -> None:
        sent = 0
        for receipt in receipts.select_related("order"):
            try:
                letters.resend_by_staff(receipt, request.user)  # type: ignore[arg-type]
                sent += 1
            except TakenBack as rule:
                self.message_user(request, f"{receipt.name}: {rule.sentence}", messages.ERROR)
        self.message_user(request, f"Comprobantes en camino: {sent}.")

    def get_urls(self) -> list[URLPattern]:
        page = path("exportar/", self.admin_site.admin_view(pages.export), name="receipts_export")
        return [page, *super().get_urls()]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["receipt", "email", "state", "attempts", "queued_at", "sent_at", "last_error"]
    list_filter = ["state", "queued_at"]
    search_fields = ["receipt__name", "email", "message_id"]
    list_select_related = ["receipt"]
    ordering = ["-pk"]
    show_full_result_count = False
    paginator = CappedPaginator


@admin.register(Series)
class SeriesAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["code", "document", "next_number"]


@admin.register(Affectation)
class AffectationAdmin(admin.ModelAdmin):
    """A new decision is added with its day; the old ones stay, because documents were issued by them."""

    list_display = ["kind", "code", "valid_from", "basis", "author", "recorded_at"]
    list_filter = ["kind"]
    list_select_related = ["author"]
    ordering = ["-valid_from", "kind"]

    def has_change_permission(self, request: HttpRequest, obj: Affectation | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Affectation | None = None) -> bool:
        begun = obj is not None and obj.valid_from <= timezone.localdate()
        return not begun and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Taken back one by one: among several chosen, one may be in force."""
        return {}

    def save_model(self, request: HttpRequest, obj: Affectation, form: object, change: bool) -> None:
        obj.author = request.user  # type: ignore[assignment]
        obj.save()


class StepInline(ReadOnly, admin.TabularInline):
    model = FilingStep
    fields = ["at", WHO_ACTED, "from_state", "to_state", "code", "message"]
    readonly_fields = [WHO_ACTED]


@admin.register(Filing)
class FilingAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["name", "issue_date", "state", "code", "due_on", "attempts", "answer"]
    list_filter = ["state", "environment", "due_on"]
    search_fields = ["receipt__name", "=receipt__buyer_number", "=receipt__order__member__cmp_number", "=code"]
    search_help_text = "Comprobante (B001-12), documento del comprador, CMP o código de SUNAT"
    list_select_related = ["receipt"]
    ordering = ["-pk"]
    show_full_result_count = False
    paginator = CappedPaginator
    exclude = ["xml", "cdr"]
    readonly_fields = ["files"]
    inlines = [StepInline]
    actions = ["send_now", "sign_and_send"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Filing]:
        return super().get_queryset(request).defer("xml", "cdr", "receipt__statement")

    def has_file_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("receipts.file_receipts")

    @admin.display(description="comprobante", ordering="receipt__name")
    def name(self, filed: Filing) -> str:
        return filed.receipt.name

    @admin.display(description="emitido", ordering="receipt__issue_date")
    def issue_date(self, filed: Filing) -> date:
        return filed.receipt.issue_date

    @admin.display(description="respuesta")
    def answer(self, filed: Filing) -> str:
        return truncatechars(filed.message, 90)

    @admin.display(description="archivos")
    def files(self, filed: Filing) -> SafeString:
        links = [("receipt_pdf", "PDF"), ("receipt_xml", "XML"), ("receipt_cdr", "Constancia (CDR)")]
        shown = links if filed.answered_at and filed.cdr else links[:2]
        code = filed.receipt.code
        return format_html_join(
            " · ", '<a href="{}">{}</a>', ((reverse(view, args=[code]), text) for view, text in shown)
        )

    @admin.action(description="Consultar a SUNAT ahora (envía lo que falte)", permissions=["file"])
    def send_now(self, request: HttpRequest, chosen: QuerySet[Filing]) -> None:
        """Safe for any document: one that has its outcome is left alone."""
        if brakes.stopped():
            messages.error(request, "Los envíos están detenidos: reanúdelos en «Detenciones de envíos a SUNAT».")
            return
        for pk in chosen.values_list("pk", flat=True)[:MOST_AT_ONCE]:
            told = findings.ask_again(pk, actor=actors.actor(request.user))  # type: ignore[arg-type]
            messages.info(
                request, f"{told.receipt.name}: {told.get_state_display()}. {told.code} {told.message}".strip()
            )

    @admin.action(description="Firmar de nuevo y enviar (solo devueltos)", permissions=["file"])
    def sign_and_send(self, request: HttpRequest, chosen: QuerySet[Filing]) -> None:
        for pk in chosen.values_list("pk", flat=True)[:MOST_AT_ONCE]:
            try:
                filing.sign_anew(pk, author=request.user)  # type: ignore[arg-type]
            except NotReturned as refusal:
                messages.error(request, refusal.sentence)
            except NoCertificate:
                messages.error(request, "No hay un certificado con que firmar.")
            else:
                told = findings.ask_again(pk, actor=actors.actor(request.user))  # type: ignore[arg-type]
                messages.info(request, f"{told.receipt.name}: {told.get_state_display()}. {told.code}".strip())


class FiledInline(ReadOnly, admin.TabularInline):
    model = Filing
    fields = ["state", "code", "message"]
    verbose_name_plural = "boletas del resumen"


@admin.register(Summary)
class SummaryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["name", "issued_on", "state", "code", "message", "ticket", "attempts", "next_try_at"]
    list_filter = ["state", "issued_on"]
    search_fields = ["name", "=ticket", "filings__receipt__name"]
    exclude = ["xml", "cdr"]
    inlines = [FiledInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Summary]:
        return super().get_queryset(request).defer("xml", "cdr")


@admin.register(Credit)
class CreditAdmin(ReadOnly, admin.ModelAdmin):
    """Notes that are owed: those without a note wait for SUNAT's acceptance of the receipt."""

    list_display = ["order", "reason", "description", "requested_at", WHO_ASKED, "note"]
    list_filter = [("note", admin.EmptyFieldListFilter), "reason"]
    list_select_related = ["order__member", "note"]
    search_fields = ["=order__member__cmp_number", "note__name"]
    search_help_text = "CMP o nota de crédito"
    exclude = ["instead", "author"]
    readonly_fields = [WHO_ASKED]
    ordering = ["-pk"]


@admin.register(Attestation)
class AttestationAdmin(ShowsSums, admin.ModelAdmin):
    list_display = ["member", "first_day", "last_day", money_column("total", "total"), "issued_at", "author"]
    list_select_related = ["member", "author"]
    search_fields = ["=member__cmp_number", "=code"]
    search_help_text = "CMP o código"
    exclude = ["pdf", "statement"]
    ordering = ["-pk"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attestation]:
        return super().get_queryset(request).defer("pdf", "statement")


@admin.register(FilingStop)
class FilingStopAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["code", "message", "stopped_at", "resumed_at", "author"]
    actions = ["resume"]

    def has_file_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("receipts.file_receipts")

    @admin.action(description="Reanudar los envíos", permissions=["file"])
    def resume(self, request: HttpRequest, chosen: QuerySet[FilingStop]) -> None:
        ended = filing.resume(request.user)  # type: ignore[arg-type]
        messages.success(request, "Los envíos a SUNAT están activos." if ended else "No estaban detenidos.")


@admin.register(Finding)
class FindingAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["about", "shows", "source", "author", "stated_at", "decided_by", "decided_at", "rejection"]
    list_filter = ["source", "shows", ("decided_at", admin.EmptyFieldListFilter)]
    list_select_related = ["filing__receipt", "summary", "author", "decided_by"]
    exclude = ["picture"]
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Finding]:
        return super().get_queryset(request).defer("picture")

    @admin.display(description="comprobante o archivo")
    def about(self, finding: Finding) -> str:
        return finding.about


class RevocationForm(forms.ModelForm):
    revocation_reason = forms.CharField(
        label="Motivo de la anulación", max_length=200, help_text="Lo lee quien la sacó. Una anulación no se deshace."
    )


@admin.register(StandingCertificate)
class StandingCertificateAdmin(admin.ModelAdmin):
    """To find one and, with a reason, to revoke it."""

    list_display = ["member", "issued_at", "valid_until", "revoked_at", "revoked_by"]
    list_select_related = ["member", "revoked_by"]
    search_fields = ["=member__cmp_number", "=code"]
    ordering = ["-issued_at"]
    readonly_fields = ["member", "author", "code", "issued_at", "valid_until", "revoked_at", "revoked_by"]
    fields = [*readonly_fields, "revocation_reason"]
    form = RevocationForm

    def get_queryset(self, request: HttpRequest) -> QuerySet[StandingCertificate]:
        return super().get_queryset(request).defer("pdf", "statement")

    def save_model(self, request: HttpRequest, obj: StandingCertificate, form: forms.ModelForm, change: bool) -> None:
        try:
            standing_certificates.revoke(
                obj, author=cast(User, request.user), reason=form.cleaned_data["revocation_reason"]
            )
        except AlreadyRevoked as rule:
            self.message_user(request, rule.sentence, messages.WARNING)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: StandingCertificate | None = None) -> bool:
        living = obj is None or obj.revoked_at is None
        return living and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: StandingCertificate | None = None) -> bool:
        return False
