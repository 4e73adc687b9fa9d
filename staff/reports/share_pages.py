"""The pages of the councils' shares: list, propose, decide."""

from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from dues.models import Kind
from members.models import RegionalCouncil
from members.requests import AccountRequest
from staff.access import page, staff_page
from staff.models import CouncilShare
from staff.reports import shares
from staff.reports.shares import Proposed, ShareRefused


class ShareForm(forms.Form):
    council = forms.ModelChoiceField(RegionalCouncil.objects.order_by("number"), label="Consejo Regional")
    kind = forms.ChoiceField(label="Tipo de cuota", choices=Kind.choices)
    percent = forms.DecimalField(label="Porcentaje que le corresponde", min_value=0, max_value=100, decimal_places=2)
    valid_from = forms.DateField(label="Vigente desde el día", widget=forms.DateInput(attrs={"type": "date"}))
    basis = forms.CharField(label="Acuerdo o resolución", min_length=5, max_length=200)


class DecisionForm(forms.Form):
    reason = forms.CharField(label="Motivo del rechazo", max_length=150, required=False)


@staff_page("staff.view_councilshare")
@require_safe
def listing(request: AccountRequest) -> HttpResponse:
    context = {"shares": shares.current(), "waiting": shares.waiting()}
    return page(request, "reports/shares", "Participaciones de los consejos", context)


@staff_page("staff.add_councilshare")
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: AccountRequest) -> HttpResponse:
    form = ShareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            share = shares.propose(Proposed(**form.cleaned_data), author=request.user)
        except ShareRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"Propuesta registrada: {share}. Vale cuando otra persona la apruebe.")
            return redirect("informes_participaciones")
    status = 400 if form.errors else 200
    return page(request, "reports/share", "Proponer una participación", {"form": form}, status=status)


@staff_page("staff.approve_councilshare", fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: AccountRequest, share_id: int) -> HttpResponse:
    """Shows what is decided; POST approves, or rejects with a reason."""
    share = get_object_or_404(CouncilShare.objects.select_related("council", "author"), pk=share_id)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _decide(request, share, cast(str, form.cleaned_data["reason"]))
        except ShareRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("informes_participaciones")
    context = {"form": form, "share": share}
    return page(
        request, "reports/decide_share", "Decidir una participación", context, status=400 if form.errors else 200
    )


def _decide(request: AccountRequest, share: CouncilShare, reason: str) -> None:
    """Raises ShareRefused, also for a rejection that gives no reason."""
    if "reject" in request.POST:
        if not reason:
            raise ShareRefused("Escriba por qué se rechaza.")
        shares.reject(share.pk, by=request.user, reason=reason)
        messages.success(request, "La participación quedó rechazada: ningún estado cambia.")
    else:
        shares.approve(share.pk, by=request.user)
        messages.success(request, f"Aprobada: {share}.")
