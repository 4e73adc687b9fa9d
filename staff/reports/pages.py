"""The pages of the reports: one view for each thing to do, whatever the report."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import DataError
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from base.files.spreadsheets import MOST_ROWS, TooManyRows
from members.requests import AccountRequest
from staff.access import page
from staff.reports import files, kept, subscriptions
from staff.reports.all import REPORTS
from staff.reports.forms import ChoiceForm, SubscriptionForm
from staff.reports.report import ON_A_PAGE, Answer, Choice, Report
from staff.treasury.chart import chart

P = ParamSpec("P")
ReportView = Callable[Concatenate[AccountRequest, Report, P], HttpResponseBase]
#: So many columns of a chart are named at most.
LABELS = 12


def report_page(view: ReportView[P]) -> Callable[..., HttpResponseBase]:
    """Finds the report of the address; staff who may not read it get 403, strangers the login."""

    @wraps(view)
    def guarded(request: AccountRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        report = REPORTS.get(slug)
        if report is None:
            raise Http404
        if not request.user.has_perm(report.permission):
            raise PermissionDenied
        return view(request, report, *args, **kwargs)

    return admin.site.admin_view(guarded)


@admin.site.admin_view
@require_safe
def index(request: AccountRequest) -> HttpResponse:
    """The reports that this person may read; 403 for who may read none."""
    readable = [report for report in REPORTS.values() if request.user.has_perm(report.permission)]
    if not readable:
        raise PermissionDenied
    return page(request, "reports/index", "Informes", {"reports": readable})


@report_page
@require_safe
def show(request: AccountRequest, report: Report) -> HttpResponse:
    form, choice = _chosen(request, report)
    if choice is None:
        return page(request, "reports/report", report.title, {"report": report, "form": form}, status=400)
    shown = kept.show(report, choice)
    context = {
        "report": report,
        "form": form,
        "choice": choice,
        "shown": shown,
        "downloads": {key: name for key, (name, _) in report.downloads().items()},
        "subscription": SubscriptionForm(initial={"every": subscriptions.every(request.user, report)}),
        **(_drawn(shown.answer) if shown.answer else {}),
    }
    return page(request, "reports/report", report.title, context)


@report_page
@require_safe
def behind(request: AccountRequest, report: Report, line: str) -> HttpResponse:
    """The rows behind one line."""
    _, choice = _chosen(request, report)
    answer = _behind(report, choice, line, ON_A_PAGE)
    context = {"report": report, "choice": choice, "key": line, "limit": ON_A_PAGE, **_table(answer)}
    return page(request, "reports/behind", report.title, context | {"answer": answer})


@report_page
@require_safe
def table_file(request: AccountRequest, report: Report, file_type: str) -> HttpResponseBase:
    _, choice = _chosen(request, report)
    if choice is None:
        raise Http404
    shown = kept.show(report, choice)
    if shown.answer is None:
        return _wait(request, report, choice)
    return files.of_table(shown.answer, _name(report, choice), file_type)


@report_page
@require_safe
def rows_file(request: AccountRequest, report: Report, line: str, file_type: str) -> HttpResponseBase:
    _, choice = _chosen(request, report)
    limit = MOST_ROWS if file_type == "xlsx" else None
    try:
        return files.of_table(_behind(report, choice, line, limit), f"{report.slug}-filas", file_type)
    except TooManyRows:
        messages.error(request, f"Son más de {MOST_ROWS:,} filas: descárguelas en CSV.")
        return redirect(_address("informe_filas", report, choice, line=line))


@report_page
@require_safe
def paper(request: AccountRequest, report: Report) -> HttpResponse:
    """The PDF of a statement."""
    _, choice = _chosen(request, report)
    if choice is None or not report.printed:
        raise Http404
    shown = kept.show(report, choice)
    if shown.answer is None:
        return _wait(request, report, choice)
    return files.on_paper(report, choice, shown, {"choice": choice, **_table(shown.answer)})


@report_page
@require_safe
def download(request: AccountRequest, report: Report, layout: str) -> HttpResponse:
    """The file of a report for another program."""
    _, choice = _chosen(request, report)
    offered = report.downloads()
    if choice is None or layout not in offered:
        raise Http404
    return files.of_download(offered[layout][1](choice))


@report_page
@require_POST
def calculate(request: AccountRequest, report: Report) -> HttpResponse:
    """Has the worker calculate the chosen report now."""
    _, choice = _chosen(request, report)
    if choice is None:
        raise Http404
    kept.ask(report, choice)
    return _wait(request, report, choice)


@report_page
@require_POST
def subscribe(request: AccountRequest, report: Report) -> HttpResponse:
    form = SubscriptionForm(request.POST)
    if form.is_valid():
        subscriptions.choose(request.user, report, form.cleaned_data["every"])
        on = "Recibirá" if form.cleaned_data["every"] else "Ya no recibirá"
        messages.success(request, f"{on} «{report.title}» por correo.")
    return redirect("informe", report.slug)


def _chosen(request: AccountRequest, report: Report) -> tuple[ChoiceForm, Choice | None]:
    """The form and what it chooses: the report's own months for an address without any; None for a wrong one."""
    first = kept.first_choice(report, timezone.localdate())
    given = request.GET or {"desde": f"{first.first:%Y-%m}", "hasta": f"{first.last:%Y-%m}"}
    form = ChoiceForm(report, first, given)
    return form, form.choice() if form.is_valid() else None


def _behind(report: Report, choice: Choice | None, key: str, limit: int | None) -> Answer:
    """Raises Http404 for a wrong choice and for a key that no line has."""
    if choice is None:
        raise Http404
    try:
        return report.behind(choice, key, limit)
    except (ValueError, ArithmeticError, DataError) as error:
        raise Http404 from error


def _wait(request: AccountRequest, report: Report, choice: Choice) -> HttpResponse:
    messages.info(request, "El informe se está calculando: vuelva a abrir esta página en unos minutos.")
    return redirect(_address("informe", report, choice))


def _address(name: str, report: Report, choice: Choice | None, **parts: str) -> str:
    query = f"?{choice.address}" if choice else ""
    return reverse(name, kwargs={"slug": report.slug, **parts}) + query


def _name(report: Report, choice: Choice) -> str:
    return f"{report.slug}-{choice.first:%Y%m}-{choice.last:%Y%m}"


def _table(answer: Answer) -> dict[str, Any]:
    """The cells in words, each with the name of its column's shape."""
    shapes = [column.shape for column in answer.columns]

    def words(cells: tuple[Any, ...]) -> list[tuple[str, str]]:
        return [(files.as_words(cell, shape), shape.value) for cell, shape in zip(cells, shapes, strict=True)]

    rows = [(words(row.cells), row.key) for row in answer.rows]
    return {"columns": answer.columns, "rows": rows, "total": words(answer.total) if answer.total else None}


def _drawn(answer: Answer) -> dict[str, Any]:
    """The table, and the chart when there is something to draw."""
    bars = answer.bars
    if bars is None or not any(sum(amounts) for _, amounts in bars.columns):
        return _table(answer)
    every = max(1, len(bars.columns) // LABELS)
    return _table(answer) | {"chart": chart(bars.names, bars.columns, every=every), "bars": bars}
