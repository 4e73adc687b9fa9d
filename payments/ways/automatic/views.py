"""The member's pages of automatic payment. Each view finds its rows, calls one domain function and answers."""

from decimal import Decimal
from uuid import UUID

from allauth.account.adapter import get_adapter
from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from base.templatetags.portal import soles
from dues import ledger, successions
from dues.models import Kind
from members import actors
from members.login import sessions
from members.models import Member
from members.requests import AccountRequest
from payments.checkout import limits
from payments.exceptions import CheckoutRule, PaymentsPaused, TooManyAttempts
from payments.gateway import GatewayUnavailable, Payer, environment_from_settings, for_stored_cards
from payments.models import AutomaticCharge, AutomaticPlan
from payments.ways.automatic import consent, letters
from payments.ways.automatic.forms import TermsForm
from payments.ways.automatic.status import status_of_account
from payments.ways.automatic.terms import TEXT_VERSION, payable

# The signature proves that the address is ours: plan and account.
RETURN_SIGNER = signing.Signer(salt="payments.automatic_return")
# The gateway's script loads these from its own host and opens its form in a frame of that host.
GATEWAY_SOURCES = ("script-src", "style-src", "img-src", "frame-src", "connect-src", "font-src")
FORM_COOKIE = "automatic_form"
UNAVAILABLE = "La pasarela no responde ahora. No se cobró nada ni se guardó ninguna tarjeta; inténtelo más tarde."


@login_required
@require_safe
def page(request: AccountRequest) -> HttpResponse:
    """The account's automatic payment: its next charge, its history, and what may be done."""
    status = status_of_account(request.user)
    offered = settings.AUTOMATIC_PAYMENT
    if not offered and status is None:
        raise Http404
    ctx = {"status": status, "offered": offered, "pause": limits.announced_pause()}
    return render(request, "payments/automatic/page.html", ctx)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: AccountRequest) -> HttpResponse:
    """Takes the consent, and goes on to the card."""
    if not settings.AUTOMATIC_PAYMENT:
        raise Http404
    member, kinds = _payer_of(request)
    if member is None:
        return redirect("greeting")
    form = TermsForm(request.POST or None, kinds=kinds, ceiling=_suggested(member, kinds[0]))
    if request.method == "POST" and form.is_valid():
        try:
            return _open_form(request, consent.begin(request.user, form.terms()))
        except (PaymentsPaused, TooManyAttempts, CheckoutRule) as rule:
            form.add_error(None, rule.sentence)
        except GatewayUnavailable:
            form.add_error(None, UNAVAILABLE)
    ctx = {"form": form, "member": member, "text_version": TEXT_VERSION}
    return render(request, "payments/automatic/begin.html", ctx)


def _payer_of(request: AccountRequest) -> tuple[Member | None, tuple[Kind, ...]]:
    payer = sessions.whom(request, request.user)
    return payer.member, successions.kinds_of(payer.succession)


def _suggested(member: Member, kind: Kind) -> Decimal | None:
    """Twice the highest due of the kind that is ticked, so that a month left unpaid is made up."""
    amounts = [due.amount for due in payable(ledger.every_open_due(member), timezone.localdate()) if due.kind == kind]
    return 2 * max(amounts) if amounts else None


@login_required
@require_POST
def replace_card(request: AccountRequest) -> HttpResponse:
    plan = _own_plan(request)
    try:
        return _open_form(request, plan)
    except CheckoutRule as rule:
        messages.warning(request, rule.sentence)
    except GatewayUnavailable:
        messages.warning(request, UNAVAILABLE)
    return redirect("automatic_payment")


def _own_plan(request: AccountRequest) -> AutomaticPlan:
    return get_object_or_404(AutomaticPlan.objects.current(), user=request.user)


def _open_form(request: AccountRequest, plan: AutomaticPlan) -> HttpResponse:
    """Opens the gateway's session and sends its key to this browser alone, as for every card form."""
    form = consent.open_form(plan, payer=_payer(request, plan), gateway=for_stored_cards())
    response = redirect("automatic_card")
    response.set_signed_cookie(
        FORM_COOKIE,
        f"{form.purchase_number}:{form.session.key}",
        salt=str(plan.pk),
        max_age=settings.NIUBIZ_FORM_MINUTES * 60,
        path=reverse("automatic_card"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _payer(request: HttpRequest, plan: AutomaticPlan) -> Payer:
    member = plan.member
    return Payer(
        email=plan.user.email,
        client_ip=get_adapter(request).get_client_ip(request),
        document_type=member.get_document_type_display(),
        document_number=member.document_number,
        customer_id=f"CMP{member.cmp_number}",
        days_registered=(timezone.now() - plan.user.date_joined).days,
    )


@login_required
@require_safe
def card(request: AccountRequest) -> HttpResponseBase:
    """Opens the gateway's form for keeping a card; without an open form, redirects to the page."""
    plan = _own_plan(request)
    opened = request.get_signed_cookie(FORM_COOKIE, None, salt=str(plan.pk), max_age=settings.NIUBIZ_FORM_MINUTES * 60)
    if not opened:
        return redirect("automatic_payment")
    number, _, key = opened.partition(":")
    gateway = environment_from_settings()
    ctx = {
        "plan": plan,
        "session_key": key,
        "purchase_number": number,
        "merchant_id": for_stored_cards().merchant_id,
        "token_js": gateway.token_js,
        "form_minutes": settings.NIUBIZ_FORM_MINUTES,
        "return_path": return_path(plan),
        "timeout_url": request.build_absolute_uri(reverse("automatic_payment")),
    }

    @csp_update({source: [gateway.static_host] for source in GATEWAY_SOURCES})
    def page_that_lets_the_gateway_in(request: HttpRequest) -> HttpResponse:
        return render(request, "payments/automatic/card.html", ctx)

    return page_that_lets_the_gateway_in(request)


def return_path(plan: AutomaticPlan) -> str:
    """Returns the signed path to which the gateway's form posts: plan and account."""
    return reverse("automatic_return", args=[RETURN_SIGNER.sign_object([plan.pk, plan.user_id])])


@csrf_exempt  # the gateway's script makes this form and cannot add the token
@never_cache
@require_http_methods(["GET", "POST"])
def come_back(request: HttpRequest, signed: str) -> HttpResponse:
    """Receives the card's token from the gateway's form, puts it on file and redirects; a reload only reads."""
    try:
        plan_id, owner_id = RETURN_SIGNER.unsign_object(signed)
    except signing.BadSignature as error:
        raise Http404 from error
    if request.user.is_authenticated and request.user.pk != owner_id:
        return render(request, "payments/other_account.html", status=403)
    if request.method == "POST" and (token := request.POST.get("transactionToken", "")):
        _keep_card(request, plan_id, token)
    return redirect("automatic_payment")


def _keep_card(request: HttpRequest, plan_id: int, token: str) -> None:
    try:
        plan = consent.keep_card(plan_id, transaction_token=token, gateway=for_stored_cards())
        # The session may have ended meanwhile: a stranger must not read of the card.
        card = f" ({plan.card})" if request.user.is_authenticated else ""
        messages.success(request, f"Guardamos su tarjeta{card}. No se cobró nada todavía.")
    except CheckoutRule as rule:
        messages.warning(request, rule.sentence)
    except GatewayUnavailable:
        messages.warning(request, UNAVAILABLE)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: AccountRequest) -> HttpResponse:
    """Agrees to another ceiling, day or kinds."""
    member, kinds = _payer_of(request)
    plan = _own_plan(request)
    if member is None or not plan.active:
        return redirect("automatic_payment")
    form = TermsForm(request.POST or None, kinds=kinds, plan=plan)
    if request.method == "POST" and form.is_valid():
        try:
            consent.change(plan.pk, form.terms(), user=request.user)
            messages.success(request, "Cambiamos su pago automático. No se cobró nada.")
            return redirect("automatic_payment")
        except CheckoutRule as rule:
            form.add_error(None, rule.sentence)
    ctx = {"form": form, "member": member, "plan": plan, "text_version": TEXT_VERSION}
    return render(request, "payments/automatic/change.html", ctx)


@login_required
@require_POST
def skip(request: AccountRequest, charge_ref: UUID) -> HttpResponse:
    charge = get_object_or_404(AutomaticCharge, ref=charge_ref, plan__user=request.user)
    _skip(request, charge, actor=actors.actor(request.user))
    return redirect("automatic_payment")


def _skip(request: HttpRequest, charge: AutomaticCharge, *, actor: str) -> None:
    if consent.skip(charge.pk, actor=actor):
        messages.success(request, f"Omitimos el cobro de {soles(charge.amount)}. Su pago automático sigue activo.")
    else:
        messages.info(request, "Ese cobro ya no está pendiente: no había nada que omitir.")


@login_required
@require_POST
def stop(request: AccountRequest) -> HttpResponse:
    """Withdraws the consent; works also while automatic payment is no longer offered."""
    consent.stop(_own_plan(request).pk, actor=actors.actor(request.user))
    messages.success(request, "Su pago automático quedó detenido y borramos los datos con que se cobraba su tarjeta.")
    return redirect("automatic_payment")


# --- By the link of a letter, without a login


def _of_letter(signed: str) -> AutomaticCharge:
    try:
        ref = letters.ref_of(signed)
    except signing.BadSignature as error:
        raise Http404 from error
    return get_object_or_404(AutomaticCharge.objects.select_related("plan__user", "plan__member"), ref=ref)


@never_cache
@require_GET
def letter(request: HttpRequest, signed: str) -> HttpResponse:
    """Asks before anything is done: mail programs open links by themselves."""
    charge = _of_letter(signed)
    ctx = {"charge": charge, "signed": signed, "has_another": _has_another(charge)}
    return render(request, "payments/automatic/letter.html", ctx)


def _has_another(charge: AutomaticCharge) -> bool:
    """Whether the account agreed anew after the plan of this letter: the letter's link says nothing about that one."""
    return AutomaticPlan.objects.active().filter(user=charge.plan.user_id).exclude(pk=charge.plan_id).exists()


@require_POST
def skip_by_letter(request: HttpRequest, signed: str) -> HttpResponse:
    charge = _of_letter(signed)
    _skip(request, charge, actor=actors.actor(charge.plan.user))
    return redirect("automatic_letter", signed)


@require_POST
def stop_by_letter(request: HttpRequest, signed: str) -> HttpResponse:
    charge = _of_letter(signed)
    consent.stop(charge.plan_id, actor=actors.actor(charge.plan.user))
    # Of another plan, the page to which this leads says that it goes on.
    if not _has_another(charge):
        messages.success(
            request, "Su pago automático quedó detenido y borramos los datos con que se cobraba su tarjeta."
        )
    return redirect("automatic_letter", signed)
