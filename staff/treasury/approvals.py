"""What takes money off the books waits for a second person: payments by hand and acts of the college."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from dues import acts, revocations
from dues.exceptions import LedgerRule
from dues.models import ActProposal, RevocationProposal
from members.requests import AccountRequest
from payments import offline
from payments.exceptions import CheckoutRule
from payments.models import OfflinePayment
from staff.access import page, staff_page
from staff.decisions import rehearsals
from staff.treasury.actions import ask_or_do
from staff.treasury.forms import DecisionForm, offered

PAY = [("approve", "Dar las cuotas por pagadas"), ("reject", "Rechazar el pago")]
FREE = [("approve", "Liberar los meses"), ("reject", "Rechazar el acto")]

REVOKE = [("approve", "Aprobar: sus meses vuelven a deberse"), ("reject", "Rechazar: el acto sigue en pie")]


def _form(request: AccountRequest, choices: list[tuple[str, str]], *, own: bool) -> DecisionForm:
    """Both answers, and only the second for whoever proposed it."""
    form = DecisionForm(request.POST or None)
    form.fields["decision"].choices = choices[own:]  # type: ignore[attr-defined]
    return form


def _ask(request: AccountRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
    status = 400 if context["form"].is_bound else 200
    return page(request, f"actions/{template}", title, context, status=status)


@staff_page("payments.approve_offlinepayment", fresh=True)
@ask_or_do
def decide_elsewhere(request: AccountRequest, payment_id: int) -> HttpResponse:
    """Compare a payment by hand with its paper, then let it pay its dues or not."""
    payments = OfflinePayment.objects.select_related("member", "author", "decided_by").defer("voucher")
    payment = get_object_or_404(payments, pk=payment_id)
    own = payment.author_id == request.user.pk
    form = _form(request, PAY, own=own)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, _decide_elsewhere(payment, request, **form.cleaned_data))
        except (CheckoutRule, LedgerRule) as rule:
            messages.error(request, rule.sentence)
        return redirect("staff_elsewhere")
    barred = own or payment.decided_at
    effect = offered(form, None if barred else rehearsals.offline_payment(payment, by=request.user))
    dues = payment.dues.order_by("period")
    context = {"payment": payment, "own": own, "dues": dues, "form": form, "consequences": effect}
    return _ask(request, "decide_elsewhere", "Decidir un pago registrado a mano", context)


def _decide_elsewhere(payment: OfflinePayment, request: AccountRequest, *, decision: str, reason: str) -> str:
    """What was done, as a sentence."""
    if decision == "reject":
        offline.reject(payment.pk, by=request.user, reason=reason)
        return "Pago rechazado: sus cuotas siguen pendientes."
    offline.approve(payment.pk, by=request.user)
    return f"Pago aprobado: S/ {payment.amount:,.2f} de {payment.member}. Sus cuotas están pagadas."


@staff_page("dues.approve_act", fresh=True)
@ask_or_do
def decide_act(request: AccountRequest, proposal_id: int) -> HttpResponse:
    """Compare an act with its document, then let it free its months or not."""
    proposals = ActProposal.objects.select_related("member", "author", "decided_by").defer("evidence")
    proposal = get_object_or_404(proposals, pk=proposal_id)
    own = proposal.author_id == request.user.pk
    form = _form(request, FREE, own=own)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, _decide_act(proposal, request, **form.cleaned_data))
        except LedgerRule as rule:
            messages.error(request, rule.sentence)
        return redirect("staff_proposals")
    barred = own or proposal.decided_at
    effect = offered(form, None if barred else rehearsals.act(proposal, by=request.user))
    context = {"proposal": proposal, "own": own, "form": form, "consequences": effect}
    return _ask(request, "decide_act", "Decidir un acto", context)


def _decide_act(proposal: ActProposal, request: AccountRequest, *, decision: str, reason: str) -> str:
    """What was done, as a sentence."""
    if decision == "reject":
        acts.reject(proposal.pk, by=request.user, reason=reason)
        return "Acto rechazado: sus meses se siguen debiendo."
    exemption = acts.approve(proposal.pk, by=request.user)
    freed, credited = exemption.dues.count(), exemption.credited()
    return f"Acto aprobado. Cuotas exoneradas: {freed}. Ya pagadas, que quedan como saldo a favor: {credited}."


@staff_page("dues.approve_act", fresh=True)
@ask_or_do
def decide_revocation(request: AccountRequest, proposal_id: int) -> HttpResponse:
    """Look at an act once more, then let its months be owed again or not."""
    proposals = RevocationProposal.objects.select_related("exemption__member", "author", "decided_by")
    proposal = get_object_or_404(proposals, pk=proposal_id)
    own = proposal.author_id == request.user.pk
    form = _form(request, REVOKE, own=own)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, _decide_revocation(proposal, request, **form.cleaned_data))
        except LedgerRule as rule:
            messages.error(request, rule.sentence)
        return redirect("staff_proposals")
    context = {"proposal": proposal, "act": proposal.exemption, "own": own, "form": form}
    return _ask(request, "decide_revocation", "Decidir la revocación de un acto", context)


def _decide_revocation(proposal: RevocationProposal, request: AccountRequest, *, decision: str, reason: str) -> str:
    """What was done, as a sentence."""
    if decision == "reject":
        revocations.reject(proposal.pk, by=request.user, reason=reason)
        return "Revocación rechazada: el acto sigue en pie."
    owed = revocations.approve(proposal.pk, by=request.user)
    return f"El acto quedó revocado. Cuotas que vuelven a deberse: {owed}."


@staff_page("dues.view_actproposal")
@require_safe
def act_evidence(_request: AccountRequest, proposal_id: int) -> HttpResponse:
    proposal = get_object_or_404(ActProposal, pk=proposal_id)
    answer = HttpResponse(bytes(proposal.evidence), content_type=proposal.evidence_type)
    extension = "pdf" if proposal.evidence_type == "application/pdf" else "jpg"
    answer["Content-Disposition"] = f'attachment; filename="acto-{proposal.pk}.{extension}"'
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
