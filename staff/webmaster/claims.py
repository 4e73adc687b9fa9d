"""A registration that the roll does not confirm: assign a CMP, assign none with a reason, or look at it again."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from members.exceptions import MemberRule
from members.models import Claim, ClaimState, User
from members.numbers import registrations
from members.numbers.assignments import NumberTaken
from members.numbers.registrations import AlreadyDecided, AlreadyOpen, NoPhoto
from members.requests import AccountRequest
from staff.access import staff_page
from staff.webmaster.forms import AssignForm, ClaimNumberForm, RefuseForm
from staff.webmaster.views import page

RULES = (AlreadyDecided, AlreadyOpen, NoPhoto, NumberTaken, MemberRule)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """The mail that a decision sends, word for word; or the obstacle, a sentence in Spanish."""

    message: EmailMessage | None = None
    obstacle: str = ""


def _rehearsed(claim: Claim, act: Callable[[Claim], object]) -> Mail:
    """The mail of a decision that is carried out and rolled back."""
    with transaction.atomic():
        try:
            act(claim)
            mail = Mail(message=registrations.mail_to_claimant(_claim(claim.pk)))
        except RULES as rule:
            mail = Mail(obstacle=rule.sentence)
        transaction.set_rollback(True)
    return mail


@staff_page("members.change_claim")
@require_safe
def claim(request: AccountRequest, claim_id: int) -> HttpResponse:
    """Both sides of a registration and what each answer does; `cmp` in the address compares another number."""
    number = ClaimNumberForm(request.GET if "cmp" in request.GET else None)
    return _shown(request, _claim(claim_id), number)


@staff_page("members.change_claim")
@require_POST
def assign(request: AccountRequest, claim_id: int) -> HttpResponse:
    """Give the account the CMP that the page compared."""
    found, form = _claim(claim_id), AssignForm(request.POST)
    if not form.is_valid():
        return _shown(request, found, ClaimNumberForm(), assign=form)
    member, answer = form.cleaned_data["member"], form.cleaned_data["answer"]
    return _do(
        request,
        found,
        lambda: registrations.accept(found, member=member, author=request.user, answer=answer),
        f"Asignado: la cuenta {found.user.email} paga el CMP {member.cmp_number}. Se le escribe.",
    )


@staff_page("members.change_claim")
@require_POST
def refuse(request: AccountRequest, claim_id: int) -> HttpResponse:
    """Assign no CMP, for a reason of the list."""
    found, form = _claim(claim_id), RefuseForm(request.POST)
    if not form.is_valid():
        return _shown(request, found, ClaimNumberForm(), refuse=form)
    return _do(
        request,
        found,
        lambda: registrations.refuse(found, author=request.user, answer=form.sentence()),
        "No se asignó ningún CMP. Se le escribe por qué.",
    )


@staff_page("members.change_claim")
@require_POST
def reopen(request: AccountRequest, claim_id: int) -> HttpResponse:
    """Look again at a registration that got no CMP."""
    found = _claim(claim_id)
    done = "Reabierta: vuelve a la lista por revisar. No se escribió a nadie."
    return _do(request, found, lambda: registrations.reopen(found), done)


def _do(request: AccountRequest, found: Claim, act: Callable[[], None], done: str) -> HttpResponse:
    try:
        act()
        messages.success(request, done)
    except RULES as rule:
        messages.error(request, rule.sentence)
    return redirect("webmaster_claim", found.pk)


def _shown(
    request: AccountRequest,
    found: Claim,
    number: ClaimNumberForm,
    *,
    assign: AssignForm | None = None,
    refuse: RefuseForm | None = None,
) -> HttpResponse:
    if found.state != ClaimState.WAITING and (assign or refuse):
        messages.error(request, AlreadyDecided.sentence)
        return redirect("webmaster_claim", found.pk)
    context = {
        "claim": found,
        "sides": registrations.compare(found),
        "has_photo": registrations.has_photo(found),
        "waiting": found.state == ClaimState.WAITING,
        "refused": found.state == ClaimState.REFUSED,
        "number": number,
    }
    if found.state == ClaimState.WAITING:
        context |= _answers(found, number, request.user, assign, refuse)
    return page(request, "claim", f"Registro de {found.full_name}", context)


def _answers(
    found: Claim, number: ClaimNumberForm, by: User, assign: AssignForm | None, refuse: RefuseForm | None
) -> dict[str, object]:
    member = number.member(found)
    given = assign or AssignForm(initial={"member": member and member.cmp_number})
    denied = refuse or RefuseForm()
    gives, denies = given["answer"].value() or "", denied.sentence_shown()
    return {
        "member": member,
        "assign": given,
        "refuse": denied,
        "assigned": member
        and _rehearsed(found, lambda row: registrations.accept(row, member=member, author=by, answer=gives)),
        "denied": _rehearsed(found, lambda row: registrations.refuse(row, author=by, answer=denies)),
    }


def _claim(claim_id: int) -> Claim:
    return get_object_or_404(Claim.objects.select_related("user", "decided_by").defer("photo"), pk=claim_id)
