"""The admin's page from which the accounts take a span of days."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from base.files.spreadsheets import MOST_ROWS, TooManyRows, csv_lines, write_workbook
from receipts.accounts import ledger_export
from receipts.accounts.ledger_export import EACH_HEADER, SUMS_HEADER, Span

PERMISSIONS = ("dues.view_settlement", "receipts.view_receipt", "payments.export_payments")
# A year of the whole college is about two and a half million rows: beyond it the command line is the way.
MOST_DAYS = 366


class ExportForm(forms.Form):
    first = forms.DateField(label="Desde el día")
    last = forms.DateField(label="Hasta el día")
    detail = forms.ChoiceField(
        label="Detalle",
        choices={"each": "Cada cuota, con su comprobante", "sums": "Sumas por día, tipo, consejo y canal"},
    )
    file_format = forms.ChoiceField(label="Formato", choices={"csv": "CSV para Excel", "xlsx": "Excel (XLSX)"})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", "Es anterior al primer día.")
        elif first and last and (last - first).days >= MOST_DAYS:
            self.add_error("last", f"Son más de {MOST_DAYS} días; pida menos, o use manage.py export_settlements.")
        return cleaned


@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """The form, and with its days in the address the file."""
    if not request.user.has_perms(PERMISSIONS):
        raise PermissionDenied
    today = timezone.localdate()
    initial = {"first": today.replace(day=1), "last": today}
    form = ExportForm(request.GET or None, initial=initial)
    if form.is_valid():
        try:
            return _file(form.cleaned_data)
        except TooManyRows:
            form.add_error("file_format", f"Son más de {MOST_ROWS:,} filas; elija CSV o menos días.")
    return _page(request, form)


def _page(request: HttpRequest, form: ExportForm) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": "Exportar para contabilidad", "form": form}
    return render(request, "admin/receipts/export.html", context)


def _file(chosen: dict[str, Any]) -> HttpResponseBase:
    span = Span(chosen["first"], chosen["last"])
    name = f"cuotas-pagadas-{span.first:%Y%m%d}-{span.last:%Y%m%d}"
    if chosen["detail"] == "sums":
        header, rows, name = SUMS_HEADER, ledger_export.sums(span), f"{name}-sumas"
    else:
        header, rows = EACH_HEADER, ledger_export.movements(span)
    if chosen["file_format"] == "xlsx":
        return _workbook(name, header, rows)
    answer = StreamingHttpResponse(csv_lines(header, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _workbook(name: str, header: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> FileResponse:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "export.xlsx")
        write_workbook(path, header, rows)
        return FileResponse(path.open("rb"), as_attachment=True, filename=f"{name}.xlsx")
