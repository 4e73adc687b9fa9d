from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.forms import ReportForm
from members.login import sessions
from members.models import User
from members.numbers import assignments, registrations


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
