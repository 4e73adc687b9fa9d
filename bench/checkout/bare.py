"""The bare flow: the least that Django can do with the same requests, middleware, tables and gateway.

No rules, no holds, no trail, no states but those the tables insist on, no page but its data in a small template, no
receipt. Logging in asks for no password, so that the hash stands apart in both.
"""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth import login as log_in
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import Context, Engine
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from dues.models import Channel, Due, Settlement
from members.models import Assignment, Member, User
from payments.gateway import Payer, from_settings
from payments.models import Attempt, Order, OrderLine

PAGE = Engine().from_string(
    "<!doctype html><title>{{ title }}</title><h1>{{ title }}</h1>{{ member.cmp_number }} {{ member.full_name }}"
    '<fieldset data-kind="{{ lines.0.kind }}">{% for line in lines %}<p><input name="dues" value="{{ line.pk }}">'
    "{{ line.period }} {{ line.amount }}{% endfor %}</fieldset>{{ token }}"
)


def page(title: str, **found: Any) -> HttpResponse:
    return HttpResponse(PAGE.render(Context({"title": title, **found})))


def bare(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """A view that does nothing: what the middleware alone costs."""
    return HttpResponse("ok")


@csrf_exempt
def login(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return page("login form")
    log_in(request, User.objects.get(email=request.POST["login"]), "members.login.backends.EmailOrCmpBackend")
    return redirect("/")


@login_required
def menu(request: HttpRequest) -> HttpResponse:
    return page("menu", member=request.user)


def member_of(request: HttpRequest) -> Member:
    return Assignment.objects.current().select_related("member").get(user=request.user).member


@login_required
def greeting(request: HttpRequest) -> HttpResponse:
    return page("greeting", member=member_of(request))


@csrf_exempt
@login_required
def choose(request: HttpRequest) -> HttpResponse:
    member = member_of(request)
    if request.method == "GET":
        settled = Settlement.objects.standing().filter(due=OuterRef("pk"))
        return page(
            "choose", member=member, lines=list(Due.objects.filter(~Exists(settled), member=member, kind="colegiado"))
        )
    dues = list(Due.objects.filter(pk__in=request.POST.getlist("dues"), member=member))
    with transaction.atomic():
        order = _order(request, member, dues)
        OrderLine.objects.bulk_create(OrderLine(order=order, due=d, period=d.period, amount=d.amount) for d in dues)
    return redirect(f"/pago/{order.ref}/resumen/")


def _order(request: HttpRequest, member: Member, dues: list[Due]) -> Order:
    now = timezone.now()
    return Order.objects.create(
        user_id=request.user.pk, member=member, kind=dues[0].kind, document="03", email=request.POST["email"],
        buyer_document_type=member.document_type, buyer_document_number=member.document_number,
        buyer_name=member.full_name, total=sum((due.amount for due in dues), Decimal(0)), terms_version="1",
        terms_accepted_at=now, expires_at=now,
    )  # fmt: skip


@login_required
def summary(request: HttpRequest, ref: UUID) -> HttpResponse:
    order = Order.objects.select_related("member").get(ref=ref, user=request.user)
    return page("summary", member=order.member, lines=order.lines.all())


@csrf_exempt
@login_required
def pay(request: HttpRequest, ref: UUID) -> HttpResponse:
    order = Order.objects.select_related("member").get(ref=ref, user=request.user)
    payer = Payer(
        email=order.email, client_ip="10.0.0.1", document_type="DNI", document_number="1", customer_id="1",
        days_registered=1,
    )  # fmt: skip
    session = from_settings().open_session(amount=order.total, payer=payer)
    attempt = Attempt.objects.create(order=order, environment="simulator", merchant_id="1", amount=order.total)
    response = redirect(f"/pago/{ref}/tarjeta/")
    response.set_signed_cookie("bare_form", f"{attempt.pk} {session.key}")
    return response


@login_required
def card(request: HttpRequest, ref: UUID) -> HttpResponse:
    attempt, key = str(request.get_signed_cookie("bare_form")).split()
    order = Order.objects.get(ref=ref, user=request.user)
    form = f'data-action="/pago/retorno/{attempt}/" data-sessiontoken="{key}"'
    return HttpResponse(f"<!doctype html><h1>card</h1>{order.total}<p {form}>")


@csrf_exempt
def come_back(request: HttpRequest, attempt: int) -> HttpResponse:
    found = Attempt.objects.select_related("order").get(pk=attempt)
    answer = from_settings().authorise(
        purchase_number=found.number, amount=found.amount, currency="PEN",
        transaction_token=request.POST["transactionToken"],
    )  # fmt: skip
    with transaction.atomic():
        Settlement.objects.bulk_create(
            Settlement(due_id=line.due_id, amount=line.amount, channel=Channel.CARD, reference=found.number,
                       paid_at=timezone.now())
            for line in found.order.lines.all()
        )  # fmt: skip
        Attempt.objects.filter(pk=attempt).update(card=getattr(answer, "card", ""))
        Order.objects.filter(pk=found.order_id).update(email="pagado@example.com")
    return redirect(f"/pago/{found.order.ref}/")


@login_required
def confirmation(request: HttpRequest, ref: UUID) -> HttpResponse:
    order = Order.objects.select_related("member").get(ref=ref, user=request.user)
    return page("FINALIZAR COMPRA", member=order.member, lines=order.lines.all(), token=order.attempts.all())


urlpatterns = [
    path("bare/", bare),
    path("cuenta/login/", login, name="account_login"),
    path("", menu),
    path("pago/", greeting),
    path("pago/cuotas/", choose),
    path("pago/retorno/<int:attempt>/", come_back),
    path("pago/<uuid:ref>/", confirmation),
    path("pago/<uuid:ref>/resumen/", summary),
    path("pago/<uuid:ref>/pagar/", pay),
    path("pago/<uuid:ref>/tarjeta/", card),
]
