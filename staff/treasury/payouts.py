"""The gateway's settlement reports: load one, see what does not match, sign it."""

import tempfile
from datetime import timedelta
from pathlib import Path

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from base.files import tables
from base.files.tables import BadTable
from members.requests import AccountRequest
from payments.books import deposits as payout_deposits
from payments.books import payouts
from payments.exceptions import CheckoutRule
from payments.models import PayoutReport
from staff.access import page, staff_page
from staff.treasury.forms import DepositDayForm, ReportForm, SignForm, WithdrawForm

#: Of each list of differences; the totals above them are of all.
SHOWN = 200
DEPOSIT_DAYS = timedelta(days=90)


@staff_page("payments.view_payoutreport")
@require_safe
def reports(request: AccountRequest) -> HttpResponse:
    listed = PayoutReport.objects.select_related("author", "signed_by").order_by("-loaded_at")
    listing = Paginator(listed, 25).get_page(request.GET.get("page"))
    context = {"listing": listing, "form": ReportForm(), "layout": payouts.layout()}
    return page(request, "settlements", "Liquidaciones de la pasarela", context)


@staff_page("payments.add_payoutreport")
@require_POST
def load_report(request: AccountRequest) -> HttpResponse:
    form = ReportForm(request.POST, request.FILES)
    problems: list[tables.Problem] = []
    if form.is_valid():
        try:
            report = _load(form.cleaned_data["file"], request)
        except BadTable as bad:
            problems = bad.problems
        except CheckoutRule as rule:
            form.add_error("file", rule.sentence)
        else:
            return redirect("staff_settlement", report.pk)
    context = {"form": form, "problems": problems, "layout": payouts.layout()}
    return page(request, "settlements", "Liquidaciones de la pasarela", context, status=400)


def _load(upload: "UploadedFile[bytes]", request: AccountRequest) -> PayoutReport:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report"
        with path.open("wb") as file:
            file.writelines(upload.chunks())
        before = PayoutReport.objects.count()
        report = payouts.load(tables.examine(path, name=upload.name or "liquidación"), author=request.user)
    if PayoutReport.objects.count() == before:
        messages.info(request, "Este archivo ya se había cargado; aquí está. No se registró nada otra vez.")
    else:
        messages.success(request, f"Liquidación leída. Filas: {report.rows:,}. Revísela y regístrela, o deshágala.")
    return report


@staff_page("payments.view_payoutreport")
@require_safe
def report(request: AccountRequest, report_id: int) -> HttpResponse:
    return _show(request, get_object_or_404(PayoutReport, pk=report_id), SignForm())


def _show(request: AccountRequest, found: PayoutReport, form: SignForm) -> HttpResponse:
    context = {
        "report": found,
        "totals": payouts.totals(found),
        "matched": found.lines.filter(result=payouts.Result.MATCHED).count(),
        "differences": payouts.differences(found)[:SHOWN],
        "missing_charges": payouts.missing_charges(found)[:SHOWN],
        "missing_refunds": payouts.missing_refunds(found)[:SHOWN],
        "form": form,
        "withdraw_form": WithdrawForm(),
    }
    return page(request, "settlement", f"Liquidación {found}", context, status=400 if form.errors else 200)


@staff_page("payments.add_payoutreport")
@require_POST
def compare(_request: AccountRequest, report_id: int) -> HttpResponse:
    """Match again what differed: our rows may know more by now. Changes nothing of a signed report."""
    payouts.compare(get_object_or_404(PayoutReport, pk=report_id))
    return redirect("staff_settlement", report_id)


@staff_page("payments.add_payoutreport")
@require_POST
def confirm(request: AccountRequest, report_id: int) -> HttpResponse:
    get_object_or_404(PayoutReport, pk=report_id)
    payouts.confirm(report_id)
    messages.success(request, "Liquidación registrada.")
    return redirect("staff_settlement", report_id)


@staff_page("payments.add_payoutreport")
@require_POST
def withdraw(request: AccountRequest, report_id: int) -> HttpResponse:
    """Take back a wrong file; what it said stays readable, and it may be loaded again."""
    get_object_or_404(PayoutReport, pk=report_id)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        messages.error(request, "No cambió nada: diga por qué se deshace.")
        return redirect("staff_settlement", report_id)
    try:
        payouts.withdraw(report_id, by=request.user, reason=form.cleaned_data["reason"])
    except CheckoutRule as rule:
        messages.error(request, rule.sentence)
    else:
        messages.success(request, "Liquidación deshecha: sus filas ya no cuentan. El archivo se puede cargar otra vez.")
    return redirect("staff_settlement", report_id)


@staff_page("payments.view_payoutreport")
@require_safe
def deposits(request: AccountRequest) -> HttpResponse:
    """Sold, paid out, arrived: by day of deposit, of the last DEPOSIT_DAYS."""
    today = timezone.localdate()
    days = payout_deposits.days(today - DEPOSIT_DAYS, today)
    return page(request, "deposits", "Depósitos de la pasarela", {"days": days})


@staff_page("payments.add_payoutreport")
@require_POST
def accept_deposit(request: AccountRequest) -> HttpResponse:
    form = DepositDayForm(request.POST)
    if form.is_valid() and payout_deposits.accept(form.cleaned_data["day"], by=request.user):
        messages.success(request, "Depósito conforme: sale de los pagos por identificar.")
    else:
        messages.error(request, "No cambió nada: lo que llegó al banco no es lo que la pasarela abonó.")
    return redirect("staff_deposits")


@staff_page("payments.sign_payoutreport")
@require_http_methods(["POST"])
def sign(request: AccountRequest, report_id: int) -> HttpResponse:
    report = get_object_or_404(PayoutReport, pk=report_id)
    form = SignForm(request.POST)
    if not form.is_valid():
        return _show(request, report, form)
    try:
        payouts.sign(report_id, by=request.user, note=form.cleaned_data["note"])
    except CheckoutRule as rule:
        form.add_error("note", rule.sentence)
        return _show(request, report, form)
    messages.success(request, "Conformidad registrada: esta liquidación ya no cambia.")
    return redirect("staff_settlement", report_id)
