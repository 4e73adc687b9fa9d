"""The pages that belong to no app: the menu, the legal texts, and what is said when a form came without its token."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.login import sessions
from members.models import User
from payments.checkout import start


def college(request: HttpRequest) -> dict[str, Any]:
    """Context processor: who runs the shop, as the gateway's certification wants to read on every page, and after how
    many seconds without use the session ends."""
    user = getattr(request, "user", None)
    return {
        # Called by the template that shows it: letters are rendered with a request too, and must not ask.
        "session_idle": lambda: sessions.idle_seconds(user) if isinstance(user, User) else 0,
        "college": settings.COLLEGE,
        "sample_data": settings.SAMPLE_DATA,
        "terms_version": settings.TERMS_VERSION,
    }


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    unfinished = start.unfinished_order(request.user) if isinstance(request.user, User) else None
    return render(request, "home.html", {"unfinished": unfinished})


@require_safe
def refund_policy(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/refund_policy.html")


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/terms.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/privacy.html")


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/contact.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/accessibility.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """The form's token was missing or old. Nothing was done with what was sent, so no money moved.

    The gateway's return is exempt from the check and never comes here.
    """
    return render(request, "403_csrf.html", status=403)
