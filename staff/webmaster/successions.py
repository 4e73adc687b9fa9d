"""A dependant takes over the SEMEFA of a physician who died: recorded by the webmaster, proved by a document."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from base.files.downloads import inert_file
from dues import successions
from members.exceptions import MemberRule
from members.models import Assignment, Member, Succession, User
from members.numbers import registrations
from members.numbers.assignments import NumberTaken
from members.numbers.successions import SuccessionRule
from members.requests import AccountRequest
from payments import number_changes
from payments.exceptions import CheckoutRule
from staff.access import staff_page
from staff.webmaster.forms import HolderForm, SuccessionForm
from staff.webmaster.views import facts, page

TITLE = "Sucesión de SEMEFA"


@staff_page("members.record_succession")
@require_http_methods(["GET", "HEAD", "POST"])
def succeed(request: AccountRequest, user_id: int) -> HttpResponse:
    """Choose the holder first; then show both sides and ask for successor, first month, document and reason."""
    user = get_object_or_404(User, pk=user_id)
    holder = HolderForm(request.GET if "member" in request.GET else None)
    context = facts(user) | {"choice": holder}
    if not holder.is_valid():
        return page(request, "succeed_choose", TITLE, context)
    member: Member = holder.cleaned_data["member"]
    claim = registrations.latest_claim(user)
    form = SuccessionForm(request.POST or None, request.FILES or None, member=member, claim=claim)
    if request.method == "POST" and form.is_valid() and _recorded(request, user, member, form):
        return redirect("webmaster_account", user_id)
    context |= {
        "form": form,
        "holder": member,
        "family": successions.dependants(member),
        "former": Assignment.objects.current().select_related("user").filter(member=member).first(),
    }
    return page(request, "succeed", TITLE, context)


def _recorded(request: AccountRequest, account: User, member: Member, form: SuccessionForm) -> bool:
    dependant = form.cleaned_data.get("dependant")
    try:
        number_changes.succeed(account, member, form.claimed(), dependant, author=request.user)
    except (CheckoutRule, SuccessionRule, MemberRule, NumberTaken) as rule:
        messages.error(request, rule.sentence)
        return False
    messages.success(request, "Registrado. No se movió ningún pago; se escribe por correo a quienes toca.")
    return True


@staff_page("members.record_succession")
@require_safe
def proof(_request: AccountRequest, succession_id: int) -> HttpResponse:
    succession = get_object_or_404(Succession, pk=succession_id)
    return inert_file(bytes(succession.attachment), succession.attachment_type, f"sucesion-{succession.pk}")
