"""The pages of the daily close, and its paper: PDF and workbook."""

import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods, require_safe

from base import printing
from base.files.spreadsheets import write_workbook
from base.peru.lima import wall_clock
from dues.models import Kind
from members.models import RegionalCouncil
from members.requests import AccountRequest
from payments.books import daily_close
from payments.exceptions import CheckoutRule
from payments.models import DailyClose, TaxDocument
from staff.access import page, staff_page
from staff.treasury.forms import CloseForm

STYLE = Path(__file__).with_name("close.css")
HEADER = (
    "Fecha y hora (Lima)",
    "Movimiento",
    "Número de pedido",
    "Monto (S/)",
    "Tipo de cuota",
    "Consejo Regional",
    "Comprobante",
    "Número del comprobante",
    "Marca",
)


@staff_page("payments.view_dailyclose")
@require_safe
def closes(request: AccountRequest) -> HttpResponse:
    listing = Paginator(DailyClose.objects.select_related("author").order_by("-day"), 31)
    context = {"listing": listing.get_page(request.GET.get("page")), "next": daily_close.next_day()}
    return page(request, "closes", "Cierre diario", context)


@staff_page("payments.add_dailyclose")
@require_http_methods(["GET", "HEAD", "POST"])
def close_next(request: AccountRequest) -> HttpResponse:
    """Shows what the day's close would say; POST freezes it. Posted twice it is closed once."""
    day = daily_close.next_day()
    form = CloseForm(request.POST or None, initial={"day": day})
    if request.method == "POST" and form.is_valid():
        try:
            closed = daily_close.close(form.cleaned_data["day"], author=request.user, note=form.cleaned_data["note"])
        except CheckoutRule as rule:
            form.add_error(None, rule.sentence)
        else:
            messages.success(request, f"{closed}: quedó congelado. Lo que aparezca después irá al día siguiente.")
            return redirect("staff_close", closed.pk)
    if day is None:
        messages.info(request, "No hay ningún día por cerrar.")
        return redirect("staff_closes")
    counted = list(daily_close.entries(day))
    context = {"form": form, "day": day, "count": len(counted), "books": daily_close.books(counted)}
    return page(request, "close_next", f"Cerrar el {day:%d/%m/%Y}", context, status=400 if form.errors else 200)


@staff_page("payments.view_dailyclose")
@require_safe
def close(request: AccountRequest, close_id: int) -> HttpResponse:
    return page(request, "close", "Cierre diario", _told(get_object_or_404(DailyClose, pk=close_id)))


@staff_page("payments.view_dailyclose")
@require_safe
def close_pdf(_request: AccountRequest, close_id: int) -> HttpResponse:
    closed = get_object_or_404(DailyClose.objects.select_related("author"), pk=close_id)
    answer = HttpResponse(_print(_told(closed)), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="cierre-{closed.day:%Y%m%d}.pdf"'
    return answer


@staff_page("payments.view_dailyclose")
@require_safe
def close_xlsx(_request: AccountRequest, close_id: int) -> FileResponse:
    closed = get_object_or_404(DailyClose, pk=close_id)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "close.xlsx"
        write_workbook(path, HEADER, _rows(closed))
        # Read on after its folder is gone: the open file keeps its bytes.
        return FileResponse(path.open("rb"), as_attachment=True, filename=f"cierre-{closed.day:%Y%m%d}.xlsx")


def _rows(closed: DailyClose) -> list[list[Any]]:
    entries = closed.entries.select_related("attempt", "council").order_by("happened_at", "pk")
    return [
        [
            wall_clock(entry.happened_at),
            "Devolución" if entry.refund_id else "Cobro",
            entry.attempt.purchase_number,
            entry.amount,
            entry.get_kind_display(),
            str(entry.council),
            entry.get_document_display(),
            entry.receipt,
            entry.brand,
        ]
        for entry in entries
    ]


def _told(closed: DailyClose) -> dict[str, Any]:
    """Everything the page and the paper say."""
    named = {
        "kind": dict(Kind.choices),
        "document": dict(TaxDocument.choices),
        "council__number": {str(council.number): str(council) for council in RegionalCouncil.objects.all()},
    }
    parts = {
        title: [(named.get(field, {}).get(part.name, part.name or "sin marca"), part) for part in found]
        for title, field in daily_close.BREAKDOWNS.items()
        if (found := daily_close.breakdown(closed, field))
    }
    found_books = daily_close.Books(closed.charged, closed.given_back, closed.ledger, closed.receipts, closed.surplus)
    return {"close": closed, "books": found_books, "parts": parts, "late": daily_close.late(closed)}


def _print(told: dict[str, Any]) -> bytes:
    html = render_to_string("treasury/close_printed.html", told)
    return printing.pdf_of(html, stylesheet=STYLE, identifier=f"cierre-{told['close'].day:%Y%m%d}")
