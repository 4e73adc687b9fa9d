"""Who may open a page of the desk, and what every page of it shows around its own content."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from members.login import second_factor
from members.models import User
from members.requests import AccountRequest

P = ParamSpec("P")
StaffView = Callable[Concatenate[AccountRequest, P], HttpResponseBase]


def staff_page(permission: str, *, fresh: bool = False) -> Callable[[StaffView[P]], Callable[..., HttpResponseBase]]:
    """For staff who hold the permission; others of the staff get 403, strangers the login.

    `fresh`: the second factor was proved within a quarter of an hour, else it is asked for again.
    """

    def wrap(view: StaffView[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            if fresh and (proof := second_factor.missing_fresh_proof(request, cast(User, request.user))):
                return redirect(proof)
            return view(request, *args, **kwargs)  # type: ignore[arg-type]

        return admin.site.admin_view(guarded)

    return wrap


def page(
    request: HttpRequest, template: str, title: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page of the desk in the admin's frame, under the staff's bar (staff/desk/shell.py).

    Not by each_context: it makes that list for every page, which costs more than a page of ours.
    """
    around = {
        "site_title": admin.site.site_title,
        "site_header": admin.site.site_header,
        "site_url": admin.site.site_url,
        "has_permission": True,
    }
    own = {"title": title, "is_nav_sidebar_enabled": False, **context}
    return render(request, f"treasury/{template}.html", around | own, status=status)
