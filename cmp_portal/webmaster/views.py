"""The webmaster's desk: one account with all its numbers, and the two ways to put a wrong one right. No money."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from cmp_portal.treasury.access import staff_page
from cmp_portal.webmaster.forms import NumberForm, OtherAccountForm, ReasonForm
from members import assignment, registration, succession
from members.models import Assignment, AssignmentReport, Member, User
from payments import corrections
from payments.exceptions import CheckoutRule
from payments.views import AccountRequest

# What a person sent in must not run as a page of ours, whatever a browser makes of it.
INERT = "default-src 'none'; sandbox"


def page(request: AccountRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
    around = admin.site.each_context(request) | {"title": title, "is_nav_sidebar_enabled": False}
    status = 400 if any(getattr(form, "errors", None) for form in context.values()) else 200
    return render(request, f"webmaster/{template}.html", around | context, status=status)


def facts(account: User) -> dict[str, Any]:
    """An account beside what the roll says of its number."""
    claim = registration.latest_claim(account)
    orders = corrections.in_the_way(account)
    side = {
        "account": account,
        "member": assignment.current_member(account),
        "report": assignment.open_report(account),
        "succession": succession.current(account),
        "claim": claim,
        "sides": claim and registration.compare(claim),
        "orders": orders,
        "in_doubt": any(attempt.unknown for order in orders for attempt in order.attempts.all()),
    }
    return side | {"side": side}


@staff_page("members.view_assignment")
@require_safe
def account(request: AccountRequest, user_id: int) -> HttpResponse:
    found = get_object_or_404(User, pk=user_id)
    context = facts(found) | {
        "history": assignment.history(found),
        "successions": succession.history(found),
        "may_correct": request.user.has_perm("members.correct_assignment"),
        "may_succeed": request.user.has_perm("members.record_succession"),
        "may_open": request.user.has_perm("members.change_assignmentreport"),
    }
    return page(request, "account", f"Cuenta {found.email}", context)


@staff_page("members.correct_assignment")
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: AccountRequest, user_id: int) -> HttpResponse:
    """First which number, then both sides with the reason."""
    found = get_object_or_404(User, pk=user_id)
    number = NumberForm(request.GET if "member" in request.GET else None)
    context = facts(found) | {"choice": number}
    if not number.is_valid():
        return page(request, "correct_choose", "Corregir el CMP de una cuenta", context)
    new: Member | None = number.cleaned_data["member"]
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = {"reason": form.cleaned_data["reason"], "seen": request.POST.get("seen", "")}
        if _done(request, lambda: corrections.correct(found, to=new, author=request.user, **said)):
            return redirect("webmaster_account", user_id)
    taken = Assignment.objects.select_related("user").filter(member=new, ended_at=None).first() if new else None
    context |= {"form": form, "new": new, "taken": taken, "seen": corrections.numbers([found])}
    return page(request, "correct", "Corregir el CMP de una cuenta", context)


@staff_page("members.correct_assignment")
@require_http_methods(["GET", "HEAD", "POST"])
def swap(request: AccountRequest, user_id: int) -> HttpResponse:
    """First with whom, then both accounts side by side with the reason."""
    found = get_object_or_404(User, pk=user_id)
    choice = OtherAccountForm(request.GET if "other" in request.GET else None, account=found)
    context = facts(found) | {"choice": choice}
    if not choice.is_valid():
        return page(request, "swap_choose", "Intercambiar los CMP de dos cuentas", context)
    other: User = choice.cleaned_data["other"]
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = {"reason": form.cleaned_data["reason"], "seen": request.POST.get("seen", "")}
        if _done(request, lambda: corrections.swap(found, other, author=request.user, **said)):
            return redirect("webmaster_account", user_id)
    context |= {"form": form, "other": facts(other), "seen": corrections.numbers([found, other])}
    return page(request, "swap", "Intercambiar los CMP de dos cuentas", context)


def _done(request: AccountRequest, change: Callable[[], None]) -> bool:
    try:
        change()
    except (CheckoutRule, assignment.NumberTaken) as rule:
        messages.error(request, rule.sentence)
        return False
    messages.success(request, "Corregido. No se movió ningún pago; se escribe por correo a quienes toca.")
    return True


@staff_page("members.change_assignmentreport")
@require_safe
def attachment(_request: AccountRequest, report_id: int) -> HttpResponse:
    report = get_object_or_404(AssignmentReport, pk=report_id)
    if report.attachment is None:
        raise Http404
    return inert_file(bytes(report.attachment), report.attachment_type, f"aviso-{report.pk}")


def inert_file(content: bytes, media_type: str, name: str) -> HttpResponse:
    """A file that a person sent, to be kept and not to be run."""
    extension = "pdf" if media_type == "application/pdf" else "jpg"
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{extension}"'
    answer["Content-Security-Policy"] = INERT
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
