from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from members import assignment, registration
from members.forms import ReportForm
from members.models import User


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report_cmp(request: HttpRequest) -> HttpResponse:
    """Este CMP no es el mío (user guide step 2): what it does, the optional note, and afterwards where it stands."""
    user = cast(User, request.user)  # login_required
    member = assignment.current_member(user)
    form = ReportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and member and form.is_valid():
        assignment.report(user, form.cleaned_data["note"], form.cleaned_data["attachment"])
        return redirect("report_cmp")
    context = {
        "form": form,
        "member": member,
        "report": assignment.open_report(user),
        "answered": assignment.answered_report(user),
        "claim": registration.latest_claim(user),
        "webmaster_email": settings.WEBMASTER_EMAIL,
    }
    return render(request, "members/report_cmp.html", context)
