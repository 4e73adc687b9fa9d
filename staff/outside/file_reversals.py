"""Payments that came by file, taken back by two people: the list of loads, the proposal, the decision."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from dues.exceptions import LedgerRule
from dues.models import DataLoad, Settlement
from members.requests import AccountRequest
from payments import file_reversals
from payments.exceptions import CheckoutRule
from payments.models import FileReversal
from staff.access import page, staff_page
from staff.decisions import rehearsals
from staff.treasury.actions import ask_or_do
from staff.treasury.forms import DecisionForm, ReasonForm, offered

LOADS = 25
ROWS = 200


@staff_page("payments.view_filereversal")
@require_safe
def listing(request: AccountRequest) -> HttpResponse:
    people = FileReversal.objects.select_related("author", "decided_by", "load", "settlement__due__member")
    loads = DataLoad.objects.filter(content=DataLoad.Content.PAYMENTS).order_by("-loaded_at")[:LOADS]
    context = {"reversals": people.order_by("-pk")[:LOADS], "loads": loads}
    return page(request, "file_reversals", "Pagos por archivo", context)


@staff_page("payments.view_filereversal")
@require_safe
def load(request: AccountRequest, load_id: int) -> HttpResponse:
    found = get_object_or_404(DataLoad, pk=load_id, content=DataLoad.Content.PAYMENTS)
    rows = file_reversals.settlements_of(found).select_related("due__member")
    context = {"load": found, "rows": rows[:ROWS], "count": rows.count(), "most": ROWS}
    return page(request, "file_load", f"Carga {found.file_name}", context)


@staff_page("payments.add_filereversal")
@ask_or_do
def propose_load(request: AccountRequest, load_id: int) -> HttpResponse:
    found = get_object_or_404(DataLoad, pk=load_id, content=DataLoad.Content.PAYMENTS)
    return _propose(request, f"la carga {found.file_name} entera", load=found)


@staff_page("payments.add_filereversal")
@ask_or_do
def propose_row(request: AccountRequest, settlement_id: int) -> HttpResponse:
    found = get_object_or_404(Settlement.objects.select_related("due__member"), pk=settlement_id)
    return _propose(request, f"{found.due} de {found.due.member}, {found.reference}", settlement=found)


def _propose(request: AccountRequest, what: str, **chosen: Any) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            file_reversals.propose(author=request.user, reason=form.cleaned_data["reason"], **chosen)
        except CheckoutRule as rule:
            messages.error(request, rule.sentence)
        else:
            messages.success(request, "Propuesto. Nada cambia hasta que otra persona lo confirme.")
        return redirect("staff_file_reversals")
    context = {"form": form, "what": what}
    status = 400 if form.is_bound else 200
    return page(request, "actions/file_reversal", "Proponer la reversión", context, status=status)


@staff_page("payments.confirm_filereversal")
@ask_or_do
def decide(request: AccountRequest, reversal_id: int) -> HttpResponse:
    """The second person's word: the dues are owed again."""
    people = FileReversal.objects.select_related("author", "load", "settlement__due__member")
    reversal = get_object_or_404(people, pk=reversal_id)
    own = reversal.author == request.user
    form = DecisionForm(request.POST or None, own=own, approve="Revertir los pagos")
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, _decide(request, reversal, form.cleaned_data["decision"]))
        except (CheckoutRule, LedgerRule) as rule:
            messages.error(request, rule.sentence)
        return redirect("staff_file_reversals")
    count = file_reversals.settlements_of(reversal.load).count() if reversal.load else 1
    effect = offered(form, None if own else rehearsals.file_reversal(reversal, by=request.user))
    context = {"reversal": reversal, "form": form, "own": own, "count": count, "consequences": effect}
    status = 400 if form.is_bound else 200
    return page(request, "actions/decide_file_reversal", "Decidir una reversión", context, status=status)


def _decide(request: AccountRequest, reversal: FileReversal, decision: str) -> str:
    if decision == "reject":
        file_reversals.reject(reversal.pk, by=request.user)
        return "Reversión rechazada. Nada cambió."
    file_reversals.confirm(reversal.pk, by=request.user)
    return "Revertido: las cuotas vuelven a deberse."
