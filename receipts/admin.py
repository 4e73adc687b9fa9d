"""Receipts as staff see them: everything to read and to search, nothing to edit, one thing to do (send again)."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from members.admin import CappedPaginator, ReadOnly
from receipts import delivery, exports
from receipts.models import Delivery, Receipt, Series


class DeliveryInline(ReadOnly, admin.TabularInline):
    model = Delivery
    fields = ["email", "state", "attempts", "queued_at", "sent_at", "author", "last_error", "message_id"]


@admin.register(Receipt)
class ReceiptAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["name", "download", "issue_date", "buyer_name", "buyer_number", "total"]
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

    @admin.action(description="Reenviar por correo", permissions=["view"])
    def send_again(self, request: HttpRequest, receipts: QuerySet[Receipt]) -> None:
        for receipt in receipts.select_related("order"):
            delivery.resend_by_staff(receipt, request.user)  # type: ignore[arg-type]
        self.message_user(request, f"{len(receipts)} comprobante(s) en camino.")

    def get_urls(self) -> list[URLPattern]:
        page = path("exportar/", self.admin_site.admin_view(exports.export), name="receipts_export")
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
