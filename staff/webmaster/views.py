"""The webmaster's desk: one account with all its numbers, and the two ways to put a wrong one right. No money."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from base.files.downloads import inert_file
from members.exceptions import MemberRule
from members.login import second_factor
from members.models import Assignment, AssignmentReport, Claim, Member, User
from members.numbers import assignments, registrations, successions
from members.requests import AccountRequest
from payments import number_changes
from payments.exceptions import CheckoutRule
from staff.access import staff_page
from staff.webmaster.forms import NumberForm, OtherAccountForm, ReasonForm

# What a person sent in must not run as a page of ours, whatever a browser makes of it.
CORRECTED = "Corregido. No se movió ningún pago; se escribe por correo a quienes toca."


def page(request: AccountRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
    around = admin.site.each_context(request) | {"title": title, "is_nav_sidebar_enabled": False}
    status = 400 if any(getattr(form, "errors", None) for form in context.values()) else 200
    return render(request, f"webmaster/{template}.html", around | context, status=status)


def facts(account: User) -> dict[str, Any]:
    """An account beside what the roll says of its number."""
    claim = registrations.latest_claim(account)
    orders = number_changes.in_the_way(account)
    side = {
        "account": account,
        "member": assignments.current_member(account),
        "report": assignments.open_report(account),
        "succession": successions.current(account),
        "claim": claim,
        "sides": claim and registrations.compare(claim),
        "orders": orders,
        "in_doubt": any(attempt.unknown for order in orders for attempt in order.attempts.all()),
    }
    return side | {"side": side}


@staff_page("members.view_assignment")
@require_safe
def account(request: AccountRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(User, pk=user_id)
    context = facts(user) | {
        "history": assignments.history(user),
        "proposed": number_changes.proposed(user),
        "successions": successions.history(user),
        "may_correct": request.user.has_perm("members.correct_assignment"),
        "may_succeed": request.user.has_perm("members.record_succession"),
        "may_open": request.user.has_perm("members.change_assignmentreport"),
    }
    return page(request, "account", f"Cuenta {user.email}", context)


@staff_page("members.correct_assignment")
@require_http_methods(["GET", "HEAD", "POST"])
def change_number(request: AccountRequest, user_id: int) -> HttpResponse:
    """Choose the number first; then show both sides and ask for the reason."""
    user = get_object_or_404(User, pk=user_id)
    number = NumberForm(request.GET if "member" in request.GET else None)
    context = facts(user) | {"choice": number}
    if not number.is_valid():
        return page(request, "correct_choose", "Corregir el CMP de una cuenta", context)
    new: Member | None = number.cleaned_data["member"]
    form = ReasonForm(request.POST or None)
    change = partial(_correct, request, user, new)
    if request.method == "POST" and form.is_valid() and _done(request, change, form.cleaned_data["reason"]):
        return redirect("webmaster_account", user_id)
    taken = Assignment.objects.current().select_related("user").filter(member=new).first() if new else None
    context |= {"form": form, "new": new, "taken": taken, "seen": number_changes.numbers([user])}
    return page(request, "correct", "Corregir el CMP de una cuenta", context)


def _correct(request: AccountRequest, account: User, new: Member | None, reason: str) -> str:
    """What was done, as a sentence: at once, or for an account of staff as a proposal."""
    if new is not None and second_factor.may_act(account):
        number_changes.propose(account, to=new, author=request.user, reason=reason)
        return "Propuesto: es una cuenta del personal. Otro webmaster o un superusuario lo aprueba en esta página."
    number_changes.change(account, to=new, author=request.user, reason=reason, seen=request.POST.get("seen", ""))
    return CORRECTED


@staff_page("members.correct_assignment")
@require_http_methods(["GET", "HEAD", "POST"])
def swap(request: AccountRequest, user_id: int) -> HttpResponse:
    """Choose the other account first; then show both side by side and ask for the reason."""
    user = get_object_or_404(User, pk=user_id)
    choice = OtherAccountForm(request.GET if "other" in request.GET else None, account=user)
    context = facts(user) | {"choice": choice}
    if not choice.is_valid():
        return page(request, "swap_choose", "Intercambiar los CMP de dos cuentas", context)
    other: User = choice.cleaned_data["other"]
    form = ReasonForm(request.POST or None)
    change = partial(_swap, request, user, other)
    if request.method == "POST" and form.is_valid() and _done(request, change, form.cleaned_data["reason"]):
        return redirect("webmaster_account", user_id)
    context |= {"form": form, "other": facts(other), "seen": number_changes.numbers([user, other])}
    return page(request, "swap", "Intercambiar los CMP de dos cuentas", context)


def _swap(request: AccountRequest, account: User, other: User, reason: str) -> str:
    number_changes.swap(account, other, author=request.user, reason=reason, seen=request.POST.get("seen", ""))
    return CORRECTED


def _done(request: AccountRequest, change: Callable[[str], str], reason: str) -> bool:
    try:
        messages.success(request, change(reason))
    except (CheckoutRule, MemberRule, assignments.NumberTaken) as rule:
        messages.error(request, rule.sentence)
        return False
    return True


@staff_page("members.change_assignmentreport")
@require_safe
def attachment(_request: AccountRequest, report_id: int) -> HttpResponse:
    report = get_object_or_404(AssignmentReport, pk=report_id)
    if report.attachment is None:
        raise Http404
    return inert_file(bytes(report.attachment), report.attachment_type, f"aviso-{report.pk}")


@staff_page("members.change_claim")
@require_safe
def photo(_request: AccountRequest, claim_id: int) -> HttpResponse:
    claim = get_object_or_404(Claim.objects.exclude(photo=None), pk=claim_id)
    return inert_file(bytes(claim.photo or b""), "image/jpeg", f"registro-{claim.pk}")
