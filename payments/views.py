"""The member's pages. Each view finds its rows, calls one domain function and renders the answer."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial, wraps
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.db.models import FilteredRelation, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from base.postgres.kept_queries import kept_query, parameter, read_both
from dues import ledger, oldest_first, successions
from dues.charging import ahead as charging_ahead
from dues.exceptions import LedgerRule
from dues.imports.freshness import freshness
from dues.models import Due, Kind
from dues.standing import Standing, rule_and_overdue, standing_from, standing_read
from members import mail_problems
from members.login import sessions
from members.models import Member
from members.numbers import registrations
from members.requests import AccountRequest
from payments import due_list, reminders, trail, transfers
from payments.checkout import card_form, charge, give_up, limits, offer, start
from payments.checkout.card_holder import card_holder
from payments.exceptions import CheckoutRule, PaymentInDoubt, PaymentsPaused, TooManyAttempts
from payments.forms import ChoiceForm
from payments.gateway import GatewayUnavailable, Payer, environment_from_settings, from_settings
from payments.models import Attempt, Order, OrderLine
from payments.refunds import refunds
from payments.states import AttemptState, OrderState
from payments.ways import links, pagoefectivo, yape
from payments.ways.explanations import explanation_of
from payments.ways.masks import masked_payer

View = Callable[..., HttpResponseBase]

# The signature proves that the address is ours; amount and dues come from the database.
RETURN_SIGNER = signing.Signer(salt="payments.return_path")
# The gateway's script loads these from its own host and opens its form in a frame of that host.
GATEWAY_SOURCES = ("script-src", "style-src", "img-src", "frame-src", "connect-src", "font-src")
# Query parameter of the page of dues: the kinds whose coming months are shown.
AHEAD = "adelantar"
# In the address of the page of choosing: a kind and how many of its oldest dues are ticked.
PICK = "cuotas"
# Also there: the one kind that is to be paid while a charge of the other is in doubt.
KIND = "tipo"
FORM_COOKIE = "card_form"
REFRESH_SECONDS = 5
DECLINED = "payments/declined.html"


def for_paying_member(view: View) -> View:
    """Passes the account's member to the view. Redirects to the greeting without a member or during an open report."""

    @wraps(view)
    @login_required
    def guarded(request: AccountRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        payer = sessions.whom(request, request.user)
        if payer.member is None:
            return redirect("greeting")
        request.heir = payer.succession
        return view(request, payer.member, *args, **kwargs)

    return guarded


@kept_query
def _orders_with_outcome() -> "QuerySet[Any]":
    orders: QuerySet[Any] = Order.objects.alias(deciding=FilteredRelation("attempts"))
    orders = orders.filter(user=parameter("account"), ref=parameter("ref")).annotate(
        moved_to=transfers.transferred_to()
    )
    orders = orders.annotate(lines_json=OrderLine.as_json(OuterRef("pk")))
    orders = orders.select_related("member__regional_council", "deciding")
    return orders.order_by("-deciding__settles_order", "-deciding__pk")[:1]


def own_order(request: AccountRequest, ref: UUID) -> tuple[Order, Attempt | None]:
    """Returns the account's order with the attempt that decides its outcome: the paying one, or the latest.

    Raises Http404 for another account's order. One query reads both, because a charge concluded between two queries
    would seem never made.
    """
    return _own(request, _orders_with_outcome.all(account=request.user.pk, ref=ref))


def own_order_and_standing(request: AccountRequest, ref: UUID) -> tuple[Order, Attempt | None, Standing | None]:
    """Returns `own_order` and the standing today of the order's member, in one round trip."""
    orders, rules = read_both(
        _orders_with_outcome, _standing, account=request.user.pk, ref=ref, on=timezone.localdate()
    )
    order, attempt = _own(request, orders)
    return order, attempt, standing_read(order.member, rules)


@kept_query
def _standing() -> "QuerySet[Any]":
    member = Subquery(Order.objects.filter(user=parameter("account"), ref=parameter("ref")).values("member"))
    return rule_and_overdue(member, on=parameter("on"))


def _own(request: AccountRequest, orders: "list[Any]") -> tuple[Order, Attempt | None]:
    if not orders:
        raise Http404
    [order] = orders
    order.user = request.user
    order.lines_by_month = [OrderLine.from_json(**line) for line in order.lines_json]
    return order, getattr(order, "deciding", None)


@login_required
@require_safe
def greeting(request: AccountRequest) -> HttpResponse:
    payer = sessions.whom(request, request.user)
    unfinished, mail_problem = start.unfinished_and_mail_problem(request.user)
    ctx = {
        "member": payer.claimed,
        "succession": payer.succession,
        "report": payer.report,
        "claim": None if payer.claimed else registrations.latest_claim(request.user),
        "unfinished": unfinished,
        "pause": limits.announced_pause(),
        "webmaster_email": settings.WEBMASTER_EMAIL,
        "mail_problem": mail_problem,
    }
    return render(request, "payments/greeting.html", ctx)


@for_paying_member
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: AccountRequest, member: Member) -> HttpResponse:
    unfinished, every_due = start.unfinished_and_open(request.user, member)
    kinds, buyer = successions.kinds_of(request.heir), offer.buyer_of(member, request.heir)
    if unfinished and (attempt := unfinished.latest_attempt) and attempt.unknown:
        kinds = _other_kinds(request, kinds, unfinished)
        if not kinds:
            return redirect("order", ref=unfinished.ref)
        unfinished = None
    today = timezone.localdate()
    ahead = _kinds_ahead(request, unfinished, today)
    open_dues = [due for due in every_due if due.kind in kinds]
    payable = offer.choosable(request.user, open_dues, today=today, ahead=ahead)
    to_pay_ahead = charging_ahead.kinds_ahead(member, today).intersection(kinds) - ahead
    # SEMEFA is offered to who has it; a kind that was posted stays, so that its sentence can be shown.
    has = {due.kind for due in payable} | to_pay_ahead | {request.POST.get("kind")}
    form = ChoiceForm(
        request.POST or None,
        buyer=buyer,
        payable=payable,
        draft=unfinished,
        ahead=ahead,
        kinds=[kind for kind in kinds if kind in has] or kinds[:1],
        email=request.user.email,
        pick=_quick_pick(request),
    )
    if request.method == "POST" and form.is_valid():
        try:
            order = start.start_order(user=request.user, member=member, choice=form.choice())
            return redirect("summary", ref=order.ref)
        except oldest_first.SelectionRule as rule:
            form.refuse_selection(form.cleaned_data["kind"], rule)
        except (LedgerRule, CheckoutRule) as rule:
            form.add_error(None, rule.sentence)
    ctx = {
        "form": form,
        "member": member,
        "succession": request.heir,
        "to_pay_ahead": to_pay_ahead,
        "freshness": freshness(),
        "unfinished": unfinished,
        "pause": limits.announced_pause(),
    }
    ctx |= _lists(form, payable, standing_from(member, every_due, on=today), today)
    return render(request, "payments/choose.html", ctx | _too_old(open_dues, today))


def _lists(form: ChoiceForm, payable: Sequence[Due], standing: Standing | None, today: date) -> dict[str, Any]:
    """The dues to tick, and what of them it takes to be hábil."""
    college = [due.period for due in payable if due.kind == Kind.COLEGIADO]
    enough = standing.enough(college) if standing else None
    lists = [
        due_list.listed(kind, payable, ticked=form.ticked, skipped=form.skipped, enough=enough, today=today)
        for kind in form.kinds
    ]
    return {"lists": lists, "standing": standing, "enough": enough}


def _too_old(open_dues: Sequence[Due], today: date) -> dict[str, Any]:
    start_of_window = oldest_first.window_start(today)
    return {"too_old": ledger.totals_before(open_dues, start_of_window), "window_start": start_of_window}


def _quick_pick(request: HttpRequest) -> tuple[str, int] | None:
    """The kind and how many of its oldest dues the address asks to tick: colegiado-12."""
    kind, _, count = request.GET.get(PICK, "").rpartition("-")
    return (kind, int(count)) if kind in Kind.values and count.isdecimal() else None


def _other_kinds(request: AccountRequest, kinds: Sequence[Kind], in_doubt: Order) -> tuple[Kind, ...]:
    """What may be paid while a charge of one kind is in doubt: the kind that the address or the form asks for."""
    asked = request.GET.get(KIND) or request.POST.get("kind")
    return tuple(kind for kind in kinds if kind == asked and kind != in_doubt.kind)


def _kinds_ahead(request: AccountRequest, draft: Order | None, today: date) -> set[str]:
    """Returns the kinds whose coming months the page shows: named in the address, or in the order being changed."""
    kinds = set(request.GET.getlist(AHEAD)) & set(Kind.values)
    if draft and any(line.period > oldest_first.window_end(today) for line in draft.lines_by_month):
        kinds.add(draft.kind)
    return kinds


@for_paying_member
@require_POST
def pay_ahead(request: AccountRequest, member: Member, kind: str) -> HttpResponse:
    """Charges the coming months of one kind at today's tariff and shows them."""
    if kind not in successions.kinds_of(request.heir):
        raise Http404
    if not charging_ahead.months_ahead(member, kind, timezone.localdate()):
        messages.info(request, f"{Kind(kind).label}: no hay meses que se puedan pagar por adelantado.")
    return redirect(reverse("choose", query={AHEAD: kind}, fragment="id_dues"))


@login_required
@require_safe
def summary(request: AccountRequest, ref: UUID) -> HttpResponse:
    order, attempt, standing = own_order_and_standing(request, ref)
    if order.paid_by_other or not order.unfinished or order.lapsed(timezone.now()) or (attempt and attempt.unknown):
        return redirect("order", ref=ref)
    ctx = {
        "order": order,
        "lines": order.lines_by_month,
        "standing": standing,
        "after": standing and standing.after_paying([line.period for line in order.lines_by_month], kind=order.kind),
        "freshness": freshness(),
    }
    if settings.PAYMENT_LINKS:
        ctx |= _link_of(request, order)
    return render(request, "payments/summary.html", ctx)


def _link_of(request: AccountRequest, order: Order) -> dict[str, Any]:
    """The order's live link, and its address if this browser made it: the token is kept nowhere else."""
    link = links.live_link(order)
    salt = f"{order.ref}:{link.pk}" if link else ""
    token = request.get_signed_cookie(links.COOKIE, None, salt=salt) if link else None
    address = request.build_absolute_uri(reverse("link_page", args=[token])) if token else ""
    may_make = sessions.whom(request, request.user).succession is None
    return {"links_offered": may_make, "link": link, "link_address": address}


@for_paying_member
@require_POST
def open_card_form(request: AccountRequest, member: Member, ref: UUID) -> HttpResponse:
    """PAGA AQUÍ: opens the gateway's session and sends its key to this browser alone.

    The key is in a cookie for the card page that expires with the form. Back and reload work, and the database never
    sees the key.
    """
    order, _ = own_order(request, ref)
    if order.paid_by_other:
        return redirect("order", ref=ref)
    try:
        _, session = card_form.open_form(
            order,
            user=request.user,
            payer=_payer(request, order, member),
            gateway=from_settings(),
            once_open=partial(_end_link, order, trail.actor(request.user)),
        )
    except (PaymentsPaused, TooManyAttempts) as rule:
        refused = {"order": order, "rule": rule, "pause": limits.current_pause()}
        return render(request, "payments/not_now.html", refused, status=429)
    except CheckoutRule:
        return redirect("order", ref=ref)
    except GatewayUnavailable:
        return render(request, "payments/gateway_unavailable.html", {"order": order}, status=503)
    response = redirect("card", ref=ref)
    response.set_signed_cookie(
        FORM_COOKIE,
        session.key,
        salt=str(ref),
        max_age=settings.NIUBIZ_FORM_MINUTES * 60,
        path=reverse("card", args=[ref]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _end_link(order: Order, actor: str) -> None:
    if settings.PAYMENT_LINKS:
        links.pay_herself(order.pk, actor=actor)


@login_required
@require_safe
def card(request: AccountRequest, ref: UUID) -> HttpResponseBase:
    """Opens the gateway's form; without an open form, redirects to the order."""
    order, attempt = own_order(request, ref)
    key = request.get_signed_cookie(FORM_COOKIE, None, salt=str(ref), max_age=settings.NIUBIZ_FORM_MINUTES * 60)
    if not key or attempt is None or attempt.state != AttemptState.FORM_OPEN or order.lapsed(timezone.now()):
        return redirect("order", ref=ref)
    gateway = environment_from_settings()
    ctx = {
        "order": order,
        "attempt": attempt,
        "session_key": key,
        "checkout_js": gateway.checkout_js,
        "form_minutes": settings.NIUBIZ_FORM_MINUTES,
        "return_path": return_path(order, attempt),
        "back_url": reverse("summary", args=[ref]),
        "holder": card_holder(order),
        "yape": yape.offered(),
        "yape_limit": yape.USUAL_LIMIT if order.total > yape.USUAL_LIMIT else None,
        "bank_seconds": settings.NIUBIZ_READ_TIMEOUT,
        "timeout_url": request.build_absolute_uri(reverse("form_timed_out", args=[ref])),
    }

    @csp_update({source: [gateway.static_host] for source in GATEWAY_SOURCES})
    def page_that_lets_the_gateway_in(request: HttpRequest) -> HttpResponse:
        return render(request, "payments/card.html", ctx)

    return page_that_lets_the_gateway_in(request)


def _payer(request: HttpRequest, order: Order, member: Member) -> Payer:
    return Payer(
        email=order.email,
        client_ip=get_adapter(request).get_client_ip(request),
        document_type=member.get_document_type_display(),
        document_number=member.document_number,
        customer_id=f"CMP{member.cmp_number}",
        days_registered=(timezone.now() - order.user.date_joined).days,
    )


@csrf_exempt  # the gateway's script makes this form and cannot add the token
@never_cache
@require_http_methods(["GET", "POST"])
def come_back(request: HttpRequest, signed: str) -> HttpResponse:
    """Receives the card's token from the gateway's form. Charges once, then redirects; a reload only reads."""
    attempt_id, owner_id, ref = _read_return(signed)
    if request.user.is_authenticated and request.user.pk != owner_id:
        return render(request, "payments/other_account.html", status=403)
    if request.method == "POST" and _take(request, attempt_id):
        # The page names nobody, so a session that ended meanwhile does not matter.
        return render(request, "payments/code_refused.html", pagoefectivo.refusal(reverse("summary", args=[ref])))
    if request.method == "POST" and not request.user.is_authenticated:
        # A browser sends our cookie with no post from another site; with the next request it does, if there is one.
        return redirect(request.path)
    if not request.user.is_authenticated:
        # The session ended while the card was typed. The payment counts, but a stranger must not see its details.
        return render(request, "payments/session_ended.html", {"attempt": Attempt.objects.get(pk=attempt_id)})
    return redirect("order", ref=ref)


def _take(request: HttpRequest, attempt_id: int) -> bool:
    """Charges the card that the form posted. Returns True for a refused code of PagoEfectivo that charged nothing."""
    if cash := pagoefectivo.read_return(request.POST.dict()):
        return pagoefectivo.refuse(attempt_id, cash)
    if token := request.POST.get("transactionToken", ""):
        charge.authorise(attempt_id, transaction_token=token, gateway=from_settings())
    return False


def return_path(order: Order, attempt: Attempt) -> str:
    """Returns the signed path to which the gateway's form posts: attempt, account and order."""
    return reverse("payment_return", args=[RETURN_SIGNER.sign_object([attempt.pk, order.user_id, str(order.ref)])])


def _read_return(signed: str) -> tuple[int, int, UUID]:
    try:
        attempt_id, owner_id, ref = RETURN_SIGNER.unsign_object(signed)
    except signing.BadSignature as error:
        raise Http404 from error
    return attempt_id, owner_id, UUID(ref)


@login_required
@require_safe
def order_page(request: AccountRequest, ref: UUID) -> HttpResponse:
    """Renders one page per outcome; its first sentence says whether money was taken."""
    order, attempt, standing = own_order_and_standing(request, ref)
    if order.lapsed(timezone.now()) and give_up.expire(order.pk):
        order, attempt = own_order(request, ref)
    ctx = {
        "order": order,
        "attempt": attempt,
        "lines": order.lines_by_month,
        "explanation": explanation_of(attempt) if attempt else None,
        "refresh_seconds": REFRESH_SECONDS,
        "other_kind": _other_kind(order) if attempt and attempt.unknown else None,
        "returned": refunds.returned_otherwise(attempt) if attempt and attempt.given_back else [],
    } | _standing_left(standing if order.state == OrderState.PAID else None)
    template = outcome_template(order, attempt)
    if order.paid_by_other:
        ctx |= {"payer": masked_payer(order), "link": links.live_link(order)}
    if template == DECLINED:
        ctx["tries"] = limits.tries_of(request.user)
    return render(request, template, ctx)


def _standing_left(standing: Standing | None) -> dict[str, Any]:
    """The standing after a payment, and how many overdue months of colegiado remain, online and at the council."""
    overdue, today = standing.overdue if standing else (), timezone.localdate()
    online = sum(oldest_first.is_payable(period, today) for period in overdue)
    return {"standing": standing, "left_online": online, "left_at_council": len(overdue) - online}


def _other_kind(in_doubt: Order) -> Kind | None:
    """The kind that the account can pay meanwhile; a successor pays one kind only."""
    other = Kind.SEMEFA if in_doubt.kind == Kind.COLEGIADO else Kind.COLEGIADO
    return other if ledger.open_dues(in_doubt.member, kind=other).filter(held_by=None).exists() else None


def outcome_template(order: Order, attempt: Attempt | None) -> str:
    if order.paid_by_other:
        return "payments/links/for_member.html"
    if order.paid_at:
        return "payments/paid.html"
    if attempt and attempt.unknown:
        return "payments/verifying.html"
    if attempt and attempt.paid_too_much:
        return "payments/double_payment.html"
    if order.state == OrderState.EXPIRED:
        return "payments/expired.html"
    if order.state == OrderState.CANCELLED:
        return "payments/cancelled.html"
    if attempt and attempt.state in (AttemptState.DECLINED, AttemptState.ABSENT, AttemptState.VOIDED):
        return DECLINED
    return "payments/unfinished.html"


@login_required
@require_GET
def form_timed_out(request: AccountRequest, ref: UUID) -> HttpResponse:
    """The gateway's form timed out and sent the browser here."""
    order, attempt = own_order(request, ref)
    if order.unfinished and not (attempt and attempt.unknown):
        messages.warning(
            request, "El tiempo para escribir la tarjeta terminó. No se cobró nada; puede intentarlo otra vez."
        )
    return redirect("order", ref=ref)


@login_required
@require_POST
def cancel(request: AccountRequest, ref: UUID) -> HttpResponse:
    order, _ = own_order(request, ref)
    try:
        give_up.cancel(order.pk, actor=trail.actor(order.user))
        messages.success(request, "El pedido se canceló. No se cobró nada y sus cuotas siguen pendientes.")
    except PaymentInDoubt as rule:
        messages.warning(request, rule.sentence)
    except CheckoutRule:
        pass  # already finished: its page explains
    return redirect("order", ref=ref)


@login_required
@require_POST
def mail_works(request: AccountRequest) -> HttpResponse:
    """The person says that the address from which a letter came back works."""
    mail_problems.forget(request.user)
    messages.success(request, "Gracias. Volveremos a escribirle a ese correo.")
    return redirect("greeting")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop_reminders(request: HttpRequest, signed: str) -> HttpResponse:
    """A mail program's one click posts here without our form; the signed address is its proof (RFC 8058)."""
    try:
        if request.method == "POST":
            reminders.stop(signed)
        return render(request, "payments/stop_reminders.html", {"stopped": reminders.stopped(signed), "signed": signed})
    except signing.BadSignature:
        raise Http404 from None


@require_POST
def resume_reminders(request: HttpRequest, signed: str) -> HttpResponse:
    try:
        reminders.resume(signed)
    except signing.BadSignature:
        raise Http404 from None
    messages.success(request, "Volverá a recibir recordatorios de sus cuotas pendientes.")
    return redirect("stop_reminders", signed)
