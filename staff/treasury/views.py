"""The pages of the desk that only show. What changes something stands in actions.py."""

import logging
from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from base.files.spreadsheets import TooManyRows, csv_lines
from dues import acts, revocations
from dues.imports import drafts
from members.requests import AccountRequest
from payments import offline as elsewhere_payments
from payments.models import Attempt, OfflinePayment, RefundProposal, Transfer
from staff.access import page, staff_page
from staff.treasury import export, payments_list
from staff.treasury.home import charts, numbers, open_alerts, tasks
from staff.treasury.payment_page import load, may

logger = logging.getLogger(__name__)


@admin.site.admin_view
@require_safe
def home(request: AccountRequest) -> HttpResponse:
    """The admin's first page: the treasury's day for who may see payments, what waits for the webmaster for who may
    see accounts."""
    context: dict[str, Any] = {"numbers": numbers(request.user), "tasks": tasks(request.user)}
    if request.user.has_perm("payments.view_attempt"):
        context |= {"alerts": open_alerts(), "charts": charts()}
    return page(request, "home", "Inicio", context)


@staff_page("payments.view_attempt")
@require_safe
def payments(request: AccountRequest) -> HttpResponse:
    filters = payments_list.Filters(request.GET)
    if not filters.is_valid():
        return page(request, "payments", "Pagos", {"filters": filters, "rows": []}, status=400)
    found = payments_list.selection(filters.cleaned_data)
    shown = payments_list.page(
        found.attempts, before=request.GET.get("antes", ""), after=request.GET.get("despues", "")
    )
    data = {name: request.GET.get(name, "") for name in filters.fields}
    context = {
        "filters": filters,
        "rows": shown.rows,
        "found": found,
        "filtered": any(data.values()),
        "totals": payments_list.totals(found.attempts) if any(data.values()) else None,
        "shortcuts": payments_list.shortcuts(data, timezone.localdate()),
        "estimate": payments_list.about_how_many(),
        "query": payments_list.address(data),
        "older": shown.older and payments_list.address(data, antes=shown.older),
        "newer": shown.newer and payments_list.address(data, despues=shown.newer),
    }
    return page(request, "payments", "Pagos", context)


@staff_page("payments.export_payments")
@require_safe
def export_payments(request: AccountRequest, file_type: str) -> HttpResponseBase:
    filters = payments_list.Filters(request.GET)
    if not filters.is_valid():
        return page(request, "payments", "Pagos", {"filters": filters, "rows": []}, status=400)
    # Who took a copy of members' data; what was searched for may be a name and stays out of the log.
    used = ", ".join(sorted(name for name, value in filters.cleaned_data.items() if value))
    logger.info("payments exported by account %s as %s, filtered by: %s", request.user.pk, file_type, used or "nothing")
    attempts = payments_list.selection(filters.cleaned_data).attempts
    name = f"pagos-{timezone.localtime():%Y%m%d-%H%M}.{file_type}"
    if file_type == "xlsx":
        return _workbook(request, attempts, name)
    answer = StreamingHttpResponse(
        csv_lines(export.HEADER, export.rows(attempts)), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _workbook(request: AccountRequest, attempts: QuerySet[Attempt], name: str) -> HttpResponseBase:
    try:
        return FileResponse(export.workbook(attempts), as_attachment=True, filename=name)
    except TooManyRows:
        messages.error(request, "Excel no admite tantas filas: filtre más, o descargue el CSV.")
        return redirect("staff_payments")


@staff_page("payments.view_order")
@require_safe
def payment(request: AccountRequest, order_id: int) -> HttpResponse:
    loaded = load(order_id)
    context = {"it": loaded, "may": may(request.user, loaded.step, loaded.proposals)}
    return page(request, "payment", f"Pago {order_id}", context)


@staff_page("payments.view_attempt")
@require_safe
def attempt(_request: AccountRequest, attempt_id: int) -> HttpResponse:
    """Letters and other tables name the attempt; its page is its order's."""
    order_id = Attempt.objects.filter(pk=attempt_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise Http404
    return redirect("staff_payment", order_id)


@staff_page("payments.view_refundproposal")
@require_safe
def proposals(request: AccountRequest) -> HttpResponse:
    listed = RefundProposal.objects.select_related("attempt__order__member", "author", "decided_by", "refund")
    waiting = listed.pending().order_by("proposed_at")
    decided = Paginator(listed.exclude(decided_at=None).order_by("-decided_at"), 25).get_page(request.GET.get("page"))
    moves = Transfer.objects.pending().select_related("order__member", "member", "author")
    context = {
        "waiting": waiting,
        "decided": decided,
        "moves": moves.order_by("proposed_at"),
        "papers": elsewhere_payments.waiting(),
        "acts": acts.waiting(),
        "revocations": revocations.waiting(),
        "drafts": drafts.living().select_related("author").order_by("made_at"),
    }
    return page(request, "proposals", "Por aprobar", context)


@staff_page("payments.view_offlinepayment")
@require_safe
def elsewhere(request: AccountRequest) -> HttpResponse:
    listed = OfflinePayment.objects.select_related("member", "author", "decided_by", "reversed_by").defer("voucher")
    listing = Paginator(listed.order_by("-recorded_at"), 25).get_page(request.GET.get("page"))
    return page(request, "elsewhere", "Pagos registrados a mano", {"listing": listing})


@staff_page("payments.view_offlinepayment")
@require_safe
def voucher(_request: AccountRequest, payment_id: int) -> HttpResponse:
    payment = get_object_or_404(OfflinePayment.objects.exclude(voucher=None), pk=payment_id)
    answer = HttpResponse(bytes(payment.voucher or b""), content_type=payment.voucher_type)
    extension = payment.voucher_type.rpartition("/")[2]
    answer["Content-Disposition"] = f'attachment; filename="constancia-{payment.pk}.{extension}"'
    return answer
