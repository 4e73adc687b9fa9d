"""Charges that look like one payment made twice: approved both times, so no rule stopped them, and perhaps meant."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet, Window
from django.db.models.functions import Lag
from django.utils import timezone

from members.models import User
from payments import trail
from payments.models import Attempt, ClearedPair, Order
from payments.states import AttemptState, Way

#: How far apart two charges may be and still look like one.
WINDOW = timedelta(minutes=60)
LOOK_BACK = timedelta(days=60)
#: What the home page counts and the alerts tell: somebody should look within the week.
FRESH = timedelta(days=7)
MOST = 200


@dataclass(frozen=True)
class Pair:
    """Two charges of one member, and why they look alike; the most telling reason first."""

    first: Attempt
    second: Attempt

    @property
    def reasons(self) -> list[str]:
        return list(_reasons(self.first, self.second))

    @property
    def of_one_sum(self) -> bool:
        """Two charges to one member for one amount."""
        one_member = self.first.order.member_id == self.second.order.member_id
        return one_member and self.first != self.second and self.first.amount == self.second.amount

    @property
    def alike(self) -> bool:
        """For a due of the same month and kind, or one of them for no due at all: other months are another payment."""
        if self.first.double_payment or self.second.double_payment:
            return _by_one_means(self.first, self.second) or self.first.order.kind == self.second.order.kind
        return bool(_dues_of(self.first) & _dues_of(self.second))


def pairs(look_back: timedelta = LOOK_BACK) -> list[Pair]:
    """Newest first: same member and amount within the hour, and for the same dues or for none.

    Left out are charges given back whole and pairs that somebody has cleared.
    """
    seconds = list(_close_after_another(look_back))
    earlier: dict[tuple[int, object], list[Attempt]] = defaultdict(list)
    members = {second.order.member_id for second in seconds}
    for attempt in _of_members(members, look_back):
        earlier[attempt.order.member_id, attempt.amount].append(attempt)
    found = [pair for second in seconds for pair in _with(second, earlier[second.order.member_id, second.amount])]
    cleared = set(ClearedPair.objects.filter(second__in=seconds).values_list("first", "second"))
    return [pair for pair in found if (pair.first.pk, pair.second.pk) not in cleared]


def _of_members(members: set[int], look_back: timedelta) -> QuerySet[Attempt]:
    standing = _standing(look_back + WINDOW).filter(order__member__in=members)
    return standing.select_related("order").prefetch_related("order__lines")


def _standing(look_back: timedelta) -> QuerySet[Attempt]:
    since = timezone.now() - look_back
    standing = Attempt.objects.filter(state=AttemptState.APPROVED, given_back__lt=F("amount"), created_at__gte=since)
    return standing.order_by("-created_at", "-pk")


def _close_after_another(look_back: timedelta) -> QuerySet[Attempt]:
    """By one pass over the days: to look for a neighbour of each charge takes ten times as long."""
    before = Window(Lag("created_at"), partition_by=["order__member", "amount"], order_by=["created_at", "pk"])
    close = _standing(look_back).annotate(before=before).filter(before__gte=F("created_at") - WINDOW)
    ids = list(close.values_list("pk", flat=True)[:MOST])
    return (
        Attempt.objects.filter(pk__in=ids)
        .select_related("order__member")
        .prefetch_related("order__lines")
        .order_by("-created_at", "-pk")
    )


def _with(second: Attempt, charges: list[Attempt]) -> Iterator[Pair]:
    for first in charges:
        comes_before = (first.created_at, first.pk) < (second.created_at, second.pk)
        if comes_before and first.created_at >= second.created_at - WINDOW and (pair := Pair(first, second)).alike:
            yield pair


def _by_one_means(first: Attempt, second: Attempt) -> bool:
    """Whether one card or one Yape paid both, as far as their masks tell."""
    return bool(first.means) and (first.way, first.means) == (second.way, second.means)


def _dues_of(attempt: Attempt) -> set[int]:
    return {line.due_id for line in attempt.order.lines.all()}


def _reasons(first: Attempt, second: Attempt) -> Iterator[str]:
    if first.double_payment or second.double_payment:
        yield "una de las dos no pagó ninguna cuota"
    if _by_one_means(first, second):
        yield "el mismo Yape" if first.way == Way.YAPE else "la misma tarjeta"
    elif first.card and second.card:
        yield "otra tarjeta"
    if first.order.kind == second.order.kind:
        yield "el mismo tipo de cuota"
    if first.order.user_id != second.order.user_id:
        yield "desde dos cuentas"
    minutes = round((second.created_at - first.created_at).total_seconds() / 60)
    yield f"con {minutes} minuto{'' if minutes == 1 else 's'} de diferencia"


def clear(first: Attempt, second: Attempt, *, by: User, reason: str) -> ClearedPair:
    """Both were meant: they are listed no more, and their trails say who looked. A cleared pair stays as it is."""
    with transaction.atomic():
        ids = {first.order_id, second.order_id}
        orders = {order.pk: order for order in Order.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
        said = {"author": by, "reason": reason}
        pair, new = ClearedPair.objects.get_or_create(first=first, second=second, defaults=said)
        for attempt, other in ((first, second), (second, first)) if new else ():
            cause = f"no repite el intento {other.number}: {reason}"
            trail.record(orders[attempt.order_id], attempt=attempt, actor=trail.actor(by), cause=cause)
        return pair
