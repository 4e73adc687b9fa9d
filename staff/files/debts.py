"""The debts file for a bank: choose the dues, see their count and sum, download the file."""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import IO

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from base.files.spreadsheets import write_workbook
from dues.debts import debts, layouts
from dues.models import CollectionAccount
from members.requests import AccountRequest
from staff.access import page, staff_page
from staff.treasury.forms import DebtsForm

PERMISSION = "dues.write_debts_file"
#: The dues of the month that runs, and of the next one.
AHEAD = timedelta(days=31)


@staff_page(PERMISSION)
@require_safe
def choose(request: AccountRequest) -> HttpResponse:
    chosen = "until" in request.GET
    form = DebtsForm(request.GET if chosen else None, initial={"until": timezone.localdate() + AHEAD})
    context = {
        "form": form,
        "sums": debts.totals(form.choice()) if chosen and form.is_valid() else None,
        "query": request.GET.urlencode(),
        "accounts": CollectionAccount.objects.filter(active=True).exists(),
    }
    return page(request, "debts", "Archivo de deudas para el banco", context)


@staff_page(PERMISSION)
@require_safe
def download(request: AccountRequest) -> HttpResponseBase:
    form = DebtsForm(request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('staff_debts')}?{request.GET.urlencode()}")
    account, choice = form.cleaned_data["account"], form.choice()
    try:
        if form.cleaned_data["sheet"]:
            return FileResponse(sheet(choice), as_attachment=True, filename=file_name(account, "xlsx"))
        return FileResponse(debts.write(account, choice), as_attachment=True, filename=file_name(account, "txt"))
    except debts.NothingOwed as nothing:
        messages.error(request, nothing.sentence)
        return redirect(f"{reverse('staff_debts')}?{request.GET.urlencode()}")


def sheet(choice: debts.Choice) -> IO[bytes]:
    """BCP's own Excel sheet as an open file that is gone once closed. Raises NothingOwed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deudas.xlsx"
        write_workbook(path, layouts.SHEET_HEADER, debts.sheet_rows(choice))
        # Read on after its folder is gone: the open file keeps its bytes.
        return path.open("rb")


def file_name(account: CollectionAccount, ending: str) -> str:
    """BCP wants CREP.txt; others take any name."""
    if account.bank == CollectionAccount.Bank.BCP and ending == "txt":
        return "CREP.txt"
    return f"deudas-{account.bank}-{timezone.localdate():%Y%m%d}.{ending}"
