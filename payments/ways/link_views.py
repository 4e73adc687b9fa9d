"""The pages of a link by which another person pays: the member's two acts, and the payer's pages without a login."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members import actors
from members.models import Member
from members.requests import AccountRequest
from payments.checkout import charge, limits
from payments.checkout.card_holder import card_holder
from payments.exceptions import CheckoutRule, LinkDead, PaymentInDoubt, PaymentsPaused, TooManyAttempts
from payments.gateway import GatewayUnavailable, environment_from_settings, from_settings
from payments.models import Attempt, Order, PaymentLink
from payments.states import AttemptState
from payments.views import (
    FORM_COOKIE,
    GATEWAY_SOURCES,
    REFRESH_SECONDS,
    for_paying_member,
    own_order,
)
from payments.ways import links, pagoefectivo, yape
from payments.ways.explanations import explanation_of
from payments.ways.link_form import LinkForm
from payments.ways.masks import initials, masked_cmp

View = Callable[..., HttpResponseBase]

#: Query parameter of the link's page after the gateway's form timed out.
TIMED_OUT = "vencio"


def private(view: View) -> View:
    """A page that no cache keeps and no search engine lists; of a dead link it says only that."""

    @wraps(view)
    @never_cache
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except LinkDead as rule:
            response = render(request, "payments/links/dead.html", {"rule": rule}, status=410)
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return guarded


# --- The member


@for_paying_member
@require_POST
def make_link(request: AccountRequest, member: Member, ref: UUID) -> HttpResponse:  # noqa: ARG001
    """Makes the link and sends its address to this browser alone, in a cookie for the summary."""
    order, _ = own_order(request, ref)
    if not settings.PAYMENT_LINKS:
        raise Http404
    try:
        link, token = links.make(order.pk, user=request.user)
    except PaymentInDoubt:
        return redirect("order", ref=ref)
    except CheckoutRule as rule:
        messages.warning(request, rule.sentence)
        return redirect("order", ref=ref)
    response = redirect("summary", ref=ref)
    response.set_signed_cookie(
        links.COOKIE,
        token,
        salt=f"{ref}:{link.pk}",
        max_age=settings.PAYMENT_LINK_HOURS * 3600,
        path=reverse("summary", args=[ref]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@for_paying_member
@require_POST
def revoke_link(request: AccountRequest, member: Member, ref: UUID) -> HttpResponse:  # noqa: ARG001
    order, _ = own_order(request, ref)
    try:
        links.revoke(order.pk, actor=actors.actor(request.user))
        messages.success(request, "El enlace se anuló: ya nadie puede pagar con él.")
    except PaymentInDoubt as rule:
        messages.warning(request, rule.sentence)
    except CheckoutRule:
        pass  # paid or ended meanwhile: its page explains
    return redirect("order", ref=ref)


# --- Whoever has the link


@private
@require_http_methods(["GET", "HEAD", "POST"])
def link_page(request: HttpRequest, token: str) -> HttpResponse:
    """What is paid, and the payer's form; posting it opens the gateway's form."""
    link = links.find(token)
    form = LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _open_form(request, token, link, form)
    status = 422 if request.method == "POST" else 200
    ctx = _shown(link.order) | {
        "form": form,
        "link": link,
        "pause": limits.announced_pause(),
        "being_paid": links.being_paid(link),
        "timed_out": TIMED_OUT in request.GET,
        "yape": yape.offered(),
    }
    return render(request, "payments/links/pay.html", ctx, status=status if form.errors else 200)


def _shown(order: Order) -> dict[str, Any]:
    """All that the payer may see of the member and the order."""
    return {
        "initials": initials(order.member.full_name),
        "cmp": masked_cmp(order.member),
        "lines": order.lines_by_month,
        "kind": order.get_kind_display(),
        "sum": order.total,
    }


def _open_form(request: HttpRequest, token: str, link: PaymentLink, form: LinkForm) -> HttpResponse:
    address = get_adapter(request).get_client_ip(request)
    ctx: dict[str, Any] = {"token": token}
    try:
        attempt, session = links.open_form(link, form.payers_data(), client_address=address, gateway=from_settings())
    except (PaymentsPaused, TooManyAttempts) as rule:
        ctx |= {"rule": rule, "pause": limits.current_pause()}
        return render(request, "payments/links/not_now.html", ctx, status=429)
    except GatewayUnavailable:
        return render(request, "payments/links/not_now.html", ctx, status=503)
    except PaymentInDoubt:
        return redirect("link_page", token=token)
    except LinkDead:
        raise
    except CheckoutRule as rule:
        raise LinkDead from rule
    response = redirect("link_card", token=token)
    response.set_signed_cookie(
        FORM_COOKIE,
        f"{attempt.pk}:{session.key}",
        salt=token,
        max_age=settings.NIUBIZ_FORM_MINUTES * 60,
        path=reverse("link_card", args=[token]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@private
@require_safe
def link_card(request: HttpRequest, token: str) -> HttpResponseBase:
    """Opens the gateway's form for the browser that typed the payer's data; any other goes to the link's page."""
    link = links.find(token)
    kept = request.get_signed_cookie(FORM_COOKIE, "", salt=token, max_age=settings.NIUBIZ_FORM_MINUTES * 60)
    attempt_id, _, key = (kept or "").partition(":")
    attempt = link.order.attempts.filter(pk=attempt_id, state=AttemptState.FORM_OPEN).first() if key else None
    if attempt is None:
        return redirect("link_page", token=token)
    return _card_page(request, token, link.order, attempt, key)


def _card_page(request: HttpRequest, token: str, order: Order, attempt: Attempt, key: str) -> HttpResponseBase:
    gateway = environment_from_settings()
    page = reverse("link_page", args=[token])
    ctx = {
        "order": order,
        "attempt": attempt,
        "session_key": key,
        "checkout_js": gateway.checkout_js,
        "form_minutes": settings.NIUBIZ_FORM_MINUTES,
        "return_path": reverse("link_return", args=[token, _signer(token).sign_object(attempt.pk)]),
        "back_url": page,
        "holder": card_holder(order),
        "yape": yape.offered(),
        "yape_limit": yape.USUAL_LIMIT if order.total > yape.USUAL_LIMIT else None,
        "bank_seconds": settings.NIUBIZ_READ_TIMEOUT,
        "timeout_url": request.build_absolute_uri(f"{page}?{TIMED_OUT}=1"),
    }

    @csp_update({source: [gateway.static_host] for source in GATEWAY_SOURCES})
    def page_that_lets_the_gateway_in(request: HttpRequest) -> HttpResponse:
        return render(request, "payments/card.html", ctx)

    return page_that_lets_the_gateway_in(request)


@csrf_exempt  # the gateway's script makes this form and cannot add the token
@private
@require_http_methods(["GET", "HEAD", "POST"])
def link_return(request: HttpRequest, token: str, signed: str) -> HttpResponse:
    """Receives the gateway's token, charges once and redirects to itself; a reload only reads."""
    try:
        attempt = links.attempt_by_link(_signer(token).unsign_object(signed))
    except signing.BadSignature as error:
        raise Http404 from error
    if request.method == "POST":
        if cash := pagoefectivo.read_return(request.POST.dict()):
            if pagoefectivo.refuse(attempt.pk, cash):
                back = reverse("link_page", args=[token])
                return render(request, "payments/code_refused.html", pagoefectivo.refusal(back))
        elif transaction_token := request.POST.get("transactionToken", ""):
            charge.authorise(attempt.pk, transaction_token=transaction_token, gateway=from_settings())
        return redirect(request.path)
    ctx = _shown(attempt.order) | {
        "order": attempt.order,
        "attempt": attempt,
        "explanation": explanation_of(attempt),
        "refresh_seconds": REFRESH_SECONDS,
        "token": token,
        "alive": _alive(token),
    }
    return render(request, "payments/links/outcome.html", ctx)


def _signer(token: str) -> signing.Signer:
    """The signature proves that the return address is ours, of this attempt and of this link alone."""
    return signing.Signer(salt=f"payments.link_return:{token}")


def _alive(token: str) -> bool:
    try:
        return not links.being_paid(links.find(token))
    except LinkDead:
        return False
