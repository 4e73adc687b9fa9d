"""The list of charges that look like one payment made twice, and the word that two of them were meant."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from members.requests import AccountRequest
from payments.books import duplicates as duplicate_charges
from payments.models import Attempt
from staff.access import page, staff_page
from staff.treasury.forms import ReasonForm


@staff_page("payments.view_attempt")
@require_safe
def duplicates(request: AccountRequest) -> HttpResponse:
    context = {"pairs": duplicate_charges.pairs(), "days": duplicate_charges.LOOK_BACK.days}
    return page(request, "duplicates", "Posibles duplicados", context)


@staff_page("payments.add_clearedpair")
@require_http_methods(["GET", "HEAD", "POST"])
def clear(request: AccountRequest, first_id: int, second_id: int) -> HttpResponse:
    """Say why both charges were meant. Asked or said twice it is written once."""
    pair = _pair(first_id, second_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        duplicate_charges.clear(pair.first, pair.second, by=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, "Revisado: no se devuelve nada y el par sale de la lista.")
        return redirect("staff_duplicates")
    context = {"pair": pair, "form": form}
    return page(
        request, "actions/clear_pair", "Descartar el posible duplicado", context, status=400 if form.errors else 200
    )


def _pair(first_id: int, second_id: int) -> duplicate_charges.Pair:
    attempts = Attempt.objects.select_related("order__member")
    pair = duplicate_charges.Pair(get_object_or_404(attempts, pk=first_id), get_object_or_404(attempts, pk=second_id))
    if not pair.of_one_sum or not pair.alike:
        raise Http404
    return pair
