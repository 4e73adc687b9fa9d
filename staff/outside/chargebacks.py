"""Chargebacks at the desk: the notice, the evidence, the answer, and the end that two people give it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from base.files import downloads
from members.requests import AccountRequest
from payments.exceptions import CheckoutRule
from payments.models import Attempt, Chargeback, ChargebackPaper
from payments.refunds import chargebacks
from payments.states import OPEN_CHARGEBACK_STATES, ChargebackState
from staff.access import page, staff_page
from staff.decisions import rehearsals
from staff.outside import forms
from staff.treasury.actions import ask_or_do


@staff_page("payments.view_chargeback")
@require_safe
def listing(request: AccountRequest) -> HttpResponse:
    cases = Chargeback.objects.select_related("attempt__order__member")
    waiting = cases.filter(state__in=OPEN_CHARGEBACK_STATES).order_by("answer_by", "pk")
    closed = cases.exclude(state__in=OPEN_CHARGEBACK_STATES).order_by("-decided_at")
    context = {"waiting": waiting, "closed": Paginator(closed, 25).get_page(request.GET.get("page"))}
    return page(request, "chargebacks", "Contracargos", context)


@staff_page("payments.view_chargeback")
@require_safe
def case(request: AccountRequest, chargeback_id: int) -> HttpResponse:
    found = _case(chargeback_id)
    papers = found.papers.select_related("author").defer("content").order_by("pk")
    context = {"case": found, "papers": papers, "own": found.proposed_by_id == request.user.pk}
    return page(request, "chargeback", f"Contracargo {found.reference}", context)


@staff_page("payments.view_chargeback")
@require_safe
def paper(_request: AccountRequest, paper_id: int) -> HttpResponse:
    found = get_object_or_404(ChargebackPaper.objects.exclude(content=None), pk=paper_id)
    return downloads.inert_file(
        bytes(found.content or b""), found.media_type, f"contracargo-{found.chargeback_id}-{found.pk}"
    )


@staff_page("payments.add_chargeback")
@ask_or_do
def record(request: AccountRequest, attempt_id: int) -> HttpResponse:
    """Write down the gateway's notice about one charge."""
    attempt = get_object_or_404(Attempt.objects.select_related("order__member"), pk=attempt_id)
    form = forms.NoticeForm(request.POST or None, attempt=attempt)
    if request.method == "POST" and form.is_valid():
        try:
            found = chargebacks.record(attempt_id, author=request.user, **form.cleaned_data)
        except CheckoutRule as rule:
            form.add_error(None, rule.sentence)
        else:
            messages.success(request, "Contracargo registrado. Mientras esté abierto, ese dinero no se mueve.")
            return redirect("staff_chargeback", found.pk)
    status = 400 if form.is_bound else 200
    context = {"attempt": attempt, "form": form}
    return page(request, "actions/chargeback", "Registrar un contracargo", context, status=status)


@staff_page("payments.add_chargeback")
@ask_or_do
def add_paper(request: AccountRequest, chargeback_id: int) -> HttpResponse:
    def do(said: dict[str, Any]) -> str:
        content, media_type = said["file"] or (None, "")
        chargebacks.add_paper(
            chargeback_id, note=said["note"], author=request.user, content=content, media_type=media_type
        )
        return "Documento agregado."

    form = forms.PaperForm(request.POST or None, request.FILES or None)
    return _step(request, chargeback_id, form, "Agregar un documento", do)


@staff_page("payments.add_chargeback")
@ask_or_do
def contest(request: AccountRequest, chargeback_id: int) -> HttpResponse:
    def do(said: dict[str, Any]) -> str:
        chargebacks.contest(chargeback_id, by=request.user, note=said["note"])
        return "Anotado: el Colegio respondió y espera la decisión."

    return _step(request, chargeback_id, forms.WordForm(request.POST or None), "Anotar que se respondió", do)


@staff_page("payments.add_chargeback")
@ask_or_do
def win(request: AccountRequest, chargeback_id: int) -> HttpResponse:
    def do(said: dict[str, Any]) -> str:
        chargebacks.win(chargeback_id, by=request.user, note=said["note"])
        return "Contracargo ganado: el pago queda como estaba."

    return _step(request, chargeback_id, forms.WordForm(request.POST or None), "Anotar que se ganó", do)


@staff_page("payments.add_chargeback")
@ask_or_do
def propose_end(request: AccountRequest, chargeback_id: int) -> HttpResponse:
    def do(said: dict[str, Any]) -> str:
        end = ChargebackState(said["end"])
        chargebacks.propose_end(chargeback_id, end=end, by=request.user, reason=said["reason"])
        return "Propuesto. Nada cambia hasta que otra persona lo confirme."

    return _step(request, chargeback_id, forms.EndForm(request.POST or None), "Proponer el cierre con pérdida", do)


@staff_page("payments.close_chargeback")
@ask_or_do
def confirm_end(request: AccountRequest, chargeback_id: int) -> HttpResponse:
    """The second person's word: the dues are owed again."""
    found = _case(chargeback_id)
    if request.method != "POST":
        own = found.proposed_by_id == request.user.pk
        decidable = found.open and found.proposed_end and not own
        effect = rehearsals.chargeback(found, by=request.user) if decidable else None
        context = {"case": found, "own": own, "consequences": effect}
        return page(request, "actions/chargeback_end", "Confirmar el cierre con pérdida", context)
    try:
        chargebacks.confirm_end(chargeback_id, by=request.user)
    except CheckoutRule as rule:
        messages.error(request, rule.sentence)
    else:
        messages.success(
            request, "Contracargo cerrado: las cuotas vuelven a deberse, sale la nota de crédito y se le escribe."
        )
    return redirect("staff_chargeback", chargeback_id)


def _step(
    request: AccountRequest, chargeback_id: int, form: Any, title: str, do: Callable[[dict[str, Any]], str]
) -> HttpResponse:
    """One action on a case: asks with the form, does it once, and returns to the case."""
    found = _case(chargeback_id)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, do(form.cleaned_data))
        except CheckoutRule as rule:
            messages.error(request, rule.sentence)
        return redirect("staff_chargeback", chargeback_id)
    status = 400 if form.is_bound else 200
    return page(request, "actions/chargeback_step", title, {"case": found, "form": form}, status=status)


def _case(chargeback_id: int) -> Chargeback:
    people = ("author", "proposed_by", "decided_by", "attempt__order__member", "refund")
    return get_object_or_404(Chargeback.objects.select_related(*people), pk=chargeback_id)
