"""A CMP for an account of staff takes two: a webmaster proposes, a second webmaster or a superuser decides."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from members.exceptions import MemberRule
from members.models import NumberProposal
from members.numbers.assignments import NumberTaken
from members.requests import AccountRequest
from payments import number_changes
from payments.exceptions import CheckoutRule
from staff.access import staff_page
from staff.treasury.forms import DecisionForm
from staff.webmaster.views import facts, page

CHOICES = [("approve", "Asignar el CMP"), ("reject", "Rechazar la propuesta")]


@staff_page("members.correct_assignment", fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: AccountRequest, proposal_id: int) -> HttpResponse:
    """The second person's word."""
    proposals = NumberProposal.objects.select_related("user", "member__regional_council", "author", "decided_by")
    proposal = get_object_or_404(proposals, pk=proposal_id)
    own = request.user in (proposal.author, proposal.user)
    form = DecisionForm(request.POST or None)
    form.fields["decision"].choices = CHOICES[own:]  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, _decide(proposal, request, **form.cleaned_data))
        except (CheckoutRule, MemberRule, NumberTaken) as rule:
            messages.error(request, rule.sentence)
        return redirect("webmaster_account", proposal.user_id)
    context = facts(proposal.user) | {"proposal": proposal, "own": own, "form": form}
    return page(request, "decide_number", "Decidir el CMP de una cuenta del personal", context)


def _decide(proposal: NumberProposal, request: AccountRequest, *, decision: str, reason: str) -> str:
    """What was done, as a sentence."""
    if decision == "reject":
        number_changes.reject(proposal.pk, by=request.user, reason=reason)
        return "Propuesta rechazada: la cuenta sigue igual."
    number_changes.approve(proposal.pk, by=request.user)
    return f"Aprobado: la cuenta {proposal.user.email} paga el CMP {proposal.member.cmp_number}."
