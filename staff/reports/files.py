"""A report as a file: CSV, XLSX, or the paper of a statement."""

import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

from base import printing
from base.files.spreadsheets import csv_lines, write_workbook
from staff.reports.kept import Shown
from staff.reports.report import Answer, Cell, Choice, Download, Report, Shape

STYLE = Path(__file__).with_name("printed.css")


def of_table(answer: Answer, name: str, file_type: str) -> HttpResponseBase:
    """The table with its sums as CSV or XLSX. Raises base.files.spreadsheets.TooManyRows for a workbook."""
    header = [column.title for column in answer.columns]
    if file_type == "csv":
        response = StreamingHttpResponse(csv_lines(header, _rows(answer)), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return response
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.xlsx"
        write_workbook(path, header, _rows(answer))
        # Read on after its folder is gone: the open file keeps its bytes.
        return FileResponse(path.open("rb"), as_attachment=True, filename=f"{name}.xlsx")


def on_paper(report: Report, choice: Choice, shown: Shown, context: dict[str, Any]) -> HttpResponse:
    """The statement as a PDF: the same numbers, their day and what they count."""
    html = render_to_string("treasury/reports/printed.html", context | {"report": report, "shown": shown})
    name = f"{report.slug}-{choice.first:%Y%m}-{choice.last:%Y%m}"
    response = HttpResponse(printing.pdf_of(html, stylesheet=STYLE, identifier=name), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response


def of_download(download: Download) -> HttpResponse:
    response = HttpResponse(download.content, content_type=download.media_type)
    response["Content-Disposition"] = f'attachment; filename="{download.name}"'
    return response


def as_words(cell: Cell, shape: Shape) -> str:
    """A cell as a page writes it."""
    if cell is None:
        return ""
    if shape == Shape.MONEY:
        return f"S/ {cell:,.2f}"
    if shape == Shape.PERCENT:
        return f"{cell} %"
    if isinstance(cell, datetime):
        return f"{cell:%d/%m/%Y %H:%M}"
    return f"{cell:%d/%m/%Y}" if isinstance(cell, date) else f"{cell:,}" if shape == Shape.COUNT else str(cell)


def _rows(answer: Answer) -> Iterator[list[Any]]:
    every = [row.cells for row in answer.rows] + ([answer.total] if answer.total else [])
    for cells in every:
        yield ["" if cell is None else cell.replace(microsecond=0, tzinfo=None) if isinstance(cell, datetime) else cell
               for cell in cells]  # fmt: skip
