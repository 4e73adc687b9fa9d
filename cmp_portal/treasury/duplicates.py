"""Charges that look like one payment made twice: approved both times, so no rule stopped them, and perhaps meant."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cmp_portal.treasury.access import page, staff_page
from payments.models import Attempt
from payments.states import AttemptState
from payments.views import AccountRequest

#: How far apart two charges may be and still look like one.
WINDOW = timedelta(minutes=60)
LOOK_BACK = timedelta(days=60)
MOST = 200


@dataclass(frozen=True)
class Pair:
    """Two charges of one member, and why they look alike; the most telling reason first."""

    first: Attempt
    second: Attempt
    reasons: tuple[str, ...]


def pairs() -> list[Pair]:
    """Of the last 60 days, newest first: same member and amount within the hour, by one card or under one kind.

    Charges given back whole are left out: somebody has seen to them.
    """
    since = timezone.now() - LOOK_BACK
    standing = Attempt.objects.filter(state=AttemptState.APPROVED, given_back__lt=F("amount"), created_at__gte=since)
    near = standing.filter(
        Q(card=OuterRef("card")) | Q(order__kind=OuterRef("order__kind")),
        order__member=OuterRef("order__member"),
        amount=OuterRef("amount"),
        created_at__lt=OuterRef("created_at"),
        created_at__gte=OuterRef("created_at") - WINDOW,
    )
    later = standing.filter(Exists(near)).select_related("order__member").order_by("-created_at")[:MOST]
    return [pair for second in later for pair in _with_earlier(second)]


def _with_earlier(second: Attempt) -> Iterator[Pair]:
    earlier = Attempt.objects.filter(
        state=AttemptState.APPROVED,
        order__member=second.order.member_id,
        amount=second.amount,
        created_at__lt=second.created_at,
        created_at__gte=second.created_at - WINDOW,
    )
    for first in earlier.select_related("order").order_by("-created_at"):
        yield Pair(first, second, tuple(_reasons(first, second)))


def _reasons(first: Attempt, second: Attempt) -> Iterator[str]:
    if first.double_payment or second.double_payment:
        yield "una de las dos no pagó ninguna cuota"
    if first.card and first.card == second.card:
        yield "la misma tarjeta"
    elif first.card and second.card:
        yield "otra tarjeta"
    if first.order.kind == second.order.kind:
        yield "el mismo tipo de cuota"
    if first.order.user_id != second.order.user_id:
        yield "desde dos cuentas"
    minutes = round((second.created_at - first.created_at).total_seconds() / 60)
    yield f"con {minutes} minuto{'' if minutes == 1 else 's'} de diferencia"


@staff_page("payments.view_attempt")
@require_safe
def duplicates(request: AccountRequest) -> HttpResponse:
    return page(request, "duplicates", "Posibles duplicados", {"pairs": pairs(), "days": LOOK_BACK.days})
