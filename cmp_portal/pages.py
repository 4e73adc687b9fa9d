"""The pages that belong to no app: the menu, the legal texts, and what is said when a form came without its token."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cmp_portal.home import home_of
from dues import oldest_first
from members.login import sessions
from members.models import RegionalCouncil, User


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
        "automatic_payment": settings.AUTOMATIC_PAYMENT,
        "complaint_days": settings.COMPLAINT_WORKING_DAYS,
        "ways": {"yape": settings.YAPE, "links": settings.PAYMENT_LINKS},
    }


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What a member owes and how to pay it; to anybody else, what this portal is."""
    if not isinstance(request.user, User):
        return render(request, "home_visitor.html")
    ctx = {"home": home_of(request, request.user), "window_start": oldest_first.window_start(timezone.localdate())}
    return render(request, "home.html", ctx | {"webmaster_email": settings.WEBMASTER_EMAIL})


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
    return render(request, "pages/contact.html", {"councils": RegionalCouncil.objects.order_by("number")})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/accessibility.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """The form's token was missing or old. Nothing was done with what was sent, so no money moved.

    The gateway's return is exempt from the check and never comes here.
    """
    return render(request, "403_csrf.html", status=403)
