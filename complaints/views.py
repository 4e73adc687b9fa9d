"""The Libro de Reclamaciones, for anybody: the sheet to fill in, and the sheet as it was handed in."""

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from complaints import book
from complaints.forms import ComplaintForm
from complaints.models import Complaint, Item
from members.models import User


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def write(request: HttpRequest) -> HttpResponse:
    user = request.user if isinstance(request.user, User) else None
    known = {"email": user.email, "name": user.name} if user else {}
    form = ComplaintForm(request.POST or None, initial={"item": Item.SERVICE} | known)
    if request.method == "POST" and form.is_valid():
        if not book.may_write(get_adapter(request).get_client_ip(request)):
            return render(request, "429.html", status=429)
        return redirect("complaint", book.record(form.statement(), user=user).code)
    return render(request, "complaints/write.html", {"form": form})


@require_safe
@never_cache
def sheet(request: HttpRequest, code: str) -> HttpResponse:
    """The sheet behind its unguessable address, to print and to follow."""
    return render(request, "complaints/sheet.html", {"complaint": get_object_or_404(Complaint, code=code)})
