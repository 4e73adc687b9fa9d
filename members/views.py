from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.forms import CodeForm, PhotoForm, ReportForm
from members.login import devices, sessions
from members.models import Claim, User
from members.numbers import assignments, ownership, proof, registrations


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report_cmp(request: HttpRequest) -> HttpResponse:
    """Este CMP no es el mío (user guide step 2): what it does, the optional note, and afterwards where it stands."""
    user = cast(User, request.user)  # login_required
    member = assignments.current_member(user)
    form = ReportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and member and form.is_valid():
        assignments.report(user, form.cleaned_data["note"], form.cleaned_data["attachment"])
        return redirect("report_cmp")
    context = {
        "form": form,
        "member": member,
        "report": assignments.open_report(user),
        "answered": assignments.answered_report(user),
        "claim": registrations.latest_claim(user),
        "webmaster_email": settings.WEBMASTER_EMAIL,
    }
    return render(request, "members/report_cmp.html", context)


@login_required
@require_safe
def open_sessions(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)  # login_required
    context = {"sessions": sessions.open_sessions(user), "current": request.session.session_key}
    return render(request, "members/open_sessions.html", context)


@login_required
@require_POST
def close_other_sessions(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)  # login_required
    sessions.close_others(user, current=str(request.session.session_key))
    messages.info(request, "Cerró las otras sesiones.")
    return redirect("open_sessions")


def _open_claim(request: HttpRequest) -> Claim:
    """The registration of this account that waits for its proof; 404 when there is none."""
    return get_object_or_404(proof.unproved(cast(User, request.user)))


def _prove_page(request: HttpRequest, claim: Claim, form: CodeForm) -> HttpResponse:
    context = {
        "claim": claim,
        "ways": proof.ways(claim),
        "sent": proof.last_code(claim),
        "form": form,
        "webmaster_email": settings.WEBMASTER_EMAIL,
    }
    return render(request, "members/prove.html", context, status=400 if form.errors else 200)


@login_required
@require_safe
def prove(request: HttpRequest) -> HttpResponse:
    """How the person proves to be the physician: a code to the roll's address, or a photo with the carné."""
    return _prove_page(request, _open_claim(request), CodeForm())


@login_required
@require_POST
def send_proof_code(request: HttpRequest) -> HttpResponse:
    try:
        proof.send_code(_open_claim(request), request.POST.get("channel", ""))
    except proof.ProofRule as rule:
        messages.error(request, rule.sentence)
    return redirect("prove")


@login_required
@require_POST
def check_proof_code(request: HttpRequest) -> HttpResponse:
    claim, form = _open_claim(request), CodeForm(request.POST)
    if not form.is_valid():
        return _prove_page(request, claim, form)
    try:
        member = proof.check_code(claim, form.cleaned_data["code"])
    except proof.ProofRule as rule:
        form.add_error("code", rule.sentence)
        return _prove_page(request, claim, form)
    messages.success(request, f"Listo: su cuenta ya paga las cuotas del CMP {member.cmp_number}.")
    return redirect("greeting")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def prove_by_photo(request: HttpRequest) -> HttpResponse:
    """The college's own way: a photo of the person with the carné, which the webmaster compares."""
    claim, form = _open_claim(request), PhotoForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        proof.take_photo(claim, form.cleaned_data["photo"])
        return redirect("greeting")
    return render(request, "members/prove_by_photo.html", {"claim": claim, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def not_my_account(request: HttpRequest, token: str) -> HttpResponse:
    """The physician, by the link of the letter to the roll's address: this account is not mine. Works logged out."""
    try:
        assignment_of_link = ownership.by_link(token)
    except ownership.UnknownLink as rule:
        return render(request, "members/not_my_account.html", {"problem": rule.sentence}, status=404)
    if request.method == "POST":
        ownership.freeze(assignment_of_link)
    context = {
        "member": assignment_of_link.member,
        "frozen": assignments.open_report(assignment_of_link.user) is not None,
        "webmaster_email": settings.WEBMASTER_EMAIL,
    }
    return render(request, "members/not_my_account.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def let_through(request: HttpRequest, token: str) -> HttpResponse:
    """The owner, by the link of a letter: this browser gets tries of its own. It opens nothing by itself."""
    account = devices.account_of_link(token)
    if account is None or request.method != "POST":
        status = 200 if account else 404
        return render(request, "members/let_through.html", {"account": account}, status=status)
    response = redirect("account_login")
    devices.remember(request, response, account)
    return response
