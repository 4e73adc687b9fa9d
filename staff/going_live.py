"""The page *Puesta en marcha*: what is missing before members pay, and who saw done what only a person can see."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from members.requests import AccountRequest
from staff import golive
from staff.access import page, staff_page
from staff.treasury.forms import ReasonForm


@staff_page("payments.view_confirmation")
@require_safe
def steps(request: AccountRequest) -> HttpResponse:
    found = golive.steps()
    return page(request, "golive", "Puesta en marcha", {"steps": found, "missing": [s for s in found if not s.done]})


@staff_page("payments.add_confirmation")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: AccountRequest, key: str) -> HttpResponse:
    """Write down who saw the step done, and what was seen."""
    if key not in golive.BY_HAND:
        raise Http404
    form = ReasonForm(request.POST or None)
    form.fields["reason"].label = "Qué comprobó y cómo"
    if request.method == "POST" and form.is_valid():
        golive.confirm(key, note=form.cleaned_data["reason"], author=request.user)
        messages.success(request, "Anotado, con su nombre y la hora.")
        return redirect("staff_golive")
    context = {"step": golive.BY_HAND[key], "form": form}
    return page(request, "actions/confirm_step", "Confirmar un paso", context, status=400 if form.errors else 200)
