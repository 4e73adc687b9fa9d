"""Refunds made outside the portal, and refunds that are owed no more: one person states it, another agrees."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from base.files import downloads
from members.requests import AccountRequest
from payments.exceptions import CheckoutRule
from payments.models import Attempt, Order, RefundProposal
from payments.refunds import proposals, remaining
from payments.ways.explanations import explanation_of
from staff.access import page, staff_page
from staff.outside import forms
from staff.treasury.actions import ask_or_do
from staff.treasury.forms import ReasonForm


@staff_page("payments.add_refundproposal")
@ask_or_do
def propose_elsewhere(request: AccountRequest, attempt_id: int) -> HttpResponse:
    """State that a charge, or dues of it, went back in the gateway's panel, by transfer or by cheque."""
    attempt = get_object_or_404(Attempt.objects.select_related("order__member"), pk=attempt_id)
    form = forms.ElsewhereForm(request.POST or None, request.FILES or None, attempt=attempt)
    if request.method == "POST" and form.is_valid():
        lines = form.cleaned_data.get("lines")
        try:
            proposals.propose(
                attempt_id,
                author=request.user,
                reason=form.cleaned_data["reason"],
                lines=None if lines is None else list(lines),
                elsewhere=form.elsewhere(),
            )
        except CheckoutRule as rule:
            form.add_error(None, rule.sentence)
        else:
            messages.success(request, "Devolución registrada. Las cuotas cambian cuando otra persona la apruebe.")
            return redirect("staff_payment", attempt.order_id)
    context = {"attempt": attempt, "form": form, "cap": remaining.amount(attempt)}
    context["obstacle"] = remaining.why_not(attempt)
    status = 400 if form.is_bound else 200
    return page(request, "actions/given_back", "Registrar una devolución por otro medio", context, status=status)


@staff_page("payments.add_refundproposal")
@ask_or_do
def propose_waiver(request: AccountRequest, attempt_id: int) -> HttpResponse:
    """Propose that what a refused refund promised is owed no more."""
    attempt = get_object_or_404(Attempt.objects.select_related("order__member"), pk=attempt_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            proposals.propose_waiver(attempt_id, author=request.user, reason=form.cleaned_data["reason"])
        except CheckoutRule as rule:
            messages.error(request, rule.sentence)
        else:
            messages.success(request, "Propuesto. Nada cambia hasta que otra persona lo apruebe.")
        return redirect("staff_payment", attempt.order_id)
    promised = list(remaining.promised().filter(order=attempt.order_id))
    context = {"attempt": attempt, "form": form, "promised": promised}
    status = 400 if form.is_bound else 200
    return page(request, "actions/waive", "Proponer que ya no se devuelva", context, status=status)


@staff_page("payments.view_refundproposal")
@require_safe
def voucher(_request: AccountRequest, proposal_id: int) -> HttpResponse:
    found = get_object_or_404(RefundProposal.objects.exclude(voucher=None), pk=proposal_id)
    return downloads.inert_file(bytes(found.voucher or b""), found.voucher_type, f"devolucion-{found.pk}")


@staff_page("payments.view_order")
@require_safe
def confirmation(request: AccountRequest, order_id: int) -> HttpResponse:
    """The copy of what the member saw when the payment was approved. The gateway may ask for it within 48 hours."""
    order = get_object_or_404(Order.objects.select_related("member", "user", "receipt"), pk=order_id)
    attempt = get_object_or_404(Attempt, order=order, settles_order=True)
    context = {"order": order, "attempt": attempt, "explanation": explanation_of(attempt)}
    return page(request, "confirmation", f"Copia de la confirmación {attempt.number}", context)
