"""An approval that does not match what was asked: one person says what it is, another confirms."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from members.requests import AccountRequest
from payments.checkout import mismatches
from payments.exceptions import CheckoutRule
from payments.models import Attempt, MismatchDecision
from staff.access import page, staff_page
from staff.decisions import rehearsals
from staff.outside.forms import MismatchForm
from staff.treasury.actions import ask_or_do
from staff.treasury.forms import DecisionForm, offered


@staff_page("payments.add_mismatchdecision")
@ask_or_do
def propose(request: AccountRequest, attempt_id: int) -> HttpResponse:
    """Propose what the approval is; an open proposal leads to its decision."""
    attempt = get_object_or_404(Attempt.objects.select_related("order__member"), pk=attempt_id)
    if waiting := attempt.mismatch_decisions.filter(decided_at=None).first():
        return redirect("staff_decide_mismatch", waiting.pk)
    form = MismatchForm(request.POST or None, attempt=attempt)
    if request.method == "POST" and form.is_valid():
        outcome = MismatchDecision.Outcome(form.cleaned_data["outcome"])
        try:
            mismatches.propose(attempt_id, outcome=outcome, author=request.user, reason=form.cleaned_data["reason"])
        except CheckoutRule as rule:
            messages.error(request, rule.sentence)
        else:
            messages.success(request, "Propuesto. Nada cambia hasta que otra persona lo confirme.")
        return redirect("staff_payment", attempt.order_id)
    context = {"attempt": attempt, "form": form}
    return page(request, "actions/mismatch", "Decidir qué es este cobro", context, status=400 if form.is_bound else 200)


@staff_page("payments.confirm_mismatch")
@ask_or_do
def decide(request: AccountRequest, decision_id: int) -> HttpResponse:
    """The second person's word."""
    people = MismatchDecision.objects.select_related("attempt__order__member", "author")
    decision = get_object_or_404(people, pk=decision_id)
    own = decision.author == request.user
    form = DecisionForm(request.POST or None, own=own, approve=f"Confirmar: {decision.get_outcome_display()}")
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, _decide(request, decision, form.cleaned_data))
        except CheckoutRule as rule:
            messages.error(request, rule.sentence)
        return redirect("staff_payment", decision.attempt.order_id)
    effect = offered(form, None if own else rehearsals.mismatch(decision, by=request.user))
    context = {"decision": decision, "attempt": decision.attempt, "form": form, "own": own, "consequences": effect}
    title = "Confirmar qué es este cobro"
    return page(request, "actions/decide_mismatch", title, context, status=400 if form.is_bound else 200)


def _decide(request: AccountRequest, decision: MismatchDecision, said: dict[str, Any]) -> str:
    if said["decision"] == "reject":
        mismatches.reject(decision.pk, by=request.user)
        return "Propuesta rechazada. Nada cambió."
    mismatches.confirm(decision.pk, by=request.user)
    return f"Confirmado: {decision.get_outcome_display()}."
