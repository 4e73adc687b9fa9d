"""Locks an order: its row is also the lock of its attempts, refunds, holds and trail.

Always lock the order first: that rules out deadlocks. Read its attempts, lines and events in a second query, once the
lock is held.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, CharField, Exists, FilteredRelation, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Cast, JSONObject

from base.postgres.kept_queries import KeptQuery, kept_query, parameter, read_both
from dues import ledger
from members.models import User
from members.numbers import assignments
from payments.models import Attempt, Order, OrderLine
from payments.models.orders import OrderQuerySet
from payments.states import LIVE_ATTEMPT_STATES, UNKNOWN_ATTEMPT_STATES
from payments.trail import Trail, last_event


@dataclass(frozen=True)
class ChosenDue:
    """A line of an order: the due's id, the soles chosen to be paid, and the soles owed now; None when the due is no
    longer open, or no longer held by this order."""

    due: int
    amount: Decimal
    owed: Decimal | None


@dataclass(frozen=True)
class LockedOrder:
    """An order whose row is locked until the transaction ends, and what belongs to it since.

    `live` is its attempt that may yet be charged, `trail` the events to which each step adds its own.
    """

    order: Order
    chosen: Sequence[ChosenDue]
    trail: Trail
    live: Attempt | None

    @property
    def still_owed(self) -> bool:
        return still_owed(self.chosen)


@dataclass(frozen=True)
class LockedAttempt:
    """As LockedOrder, for one attempt; `payer_stands` says whether the account may still pay for the order's member."""

    order: Order
    attempt: Attempt
    chosen: Sequence[ChosenDue]
    trail: Trail
    payer_stands: bool

    @property
    def still_owed(self) -> bool:
        return still_owed(self.chosen)


def still_owed(chosen: Sequence[ChosenDue]) -> bool:
    """Tells whether every due is open, held by the order, and of the chosen amount."""
    return all(line.amount == line.owed for line in chosen)


def lock_order(order_id: int) -> LockedOrder:
    """Locks an order until the transaction ends. Raises Order.DoesNotExist."""
    order, row = _lock_and_read(_order, _order_and_live_attempt, order=order_id)
    live: Attempt | None = getattr(row, "living", None)
    if live:
        live.order = order
    return LockedOrder(order, _chosen(row), _trail(order, row), live)


def lock_unfinished(user: User, kind: str) -> LockedOrder | None:
    """Locks the unfinished order that a choice of this kind replaces: one of the kind, else one of the other kind.

    One of the other kind whose charge is in doubt stays as it is: no choice replaces it.
    """
    order = _unfinished.first(account=user.pk, kind=kind)
    return lock_order(order.pk) if order else None


def lock_charge(attempt_id: int) -> LockedAttempt:
    """Locks the order of an attempt until the transaction ends. Raises Order.DoesNotExist."""
    order, attempt = _lock_and_read(_order_of, _attempt, attempt=attempt_id)
    attempt.order = order
    return LockedAttempt(order, attempt, _chosen(attempt), _trail(order, attempt), attempt.payer_may_pay)


def lock_attempt(attempt_id: int) -> tuple[Order, Attempt]:
    """Returns only the two rows of `lock_charge`: the locked order and the attempt."""
    locked = lock_charge(attempt_id)
    return locked.order, locked.attempt


def _lock_and_read(lock: KeptQuery[Order], belongings: KeptQuery[Any], **key: int) -> tuple[Order, Any]:
    orders, rows = read_both(lock, belongings, **key)
    if not orders:
        raise Order.DoesNotExist
    return orders[0], rows[0]


def _locking() -> OrderQuerySet:
    return Order.objects.select_for_update(of=("self",)).select_related("user")


@kept_query
def _order() -> "QuerySet[Order]":
    return _locking().filter(pk=parameter("order"))


@kept_query
def _unfinished() -> "QuerySet[Order]":
    in_doubt = Exists(Attempt.objects.filter(order=OuterRef("pk"), state__in=UNKNOWN_ATTEMPT_STATES))
    unfinished = _locking().unfinished().filter(user=parameter("account"))
    of_kind = Q(kind=parameter("kind"))
    return unfinished.filter(of_kind | ~in_doubt).order_by(Case(When(of_kind, then=0), default=1))


@kept_query
def _order_of() -> "QuerySet[Order]":
    return _locking().filter(attempts=parameter("attempt"))


@kept_query
def _attempt() -> "QuerySet[Any]":
    payer_may_pay = assignments.is_payer(OuterRef("order__user"), OuterRef("order__member"))
    attempts = _with_belongings(Attempt.objects.filter(pk=parameter("attempt")), "order")
    annotated: QuerySet[Any] = attempts.annotate(payer_may_pay=payer_may_pay)
    return annotated


@kept_query
def _order_and_live_attempt() -> "QuerySet[Any]":
    living = FilteredRelation("attempts", condition=Q(attempts__state__in=LIVE_ATTEMPT_STATES))
    orders = _with_belongings(Order.objects.alias(living=living).filter(pk=parameter("order")), "pk")
    return orders.select_related("living")


def _with_belongings(rows: "QuerySet[Any]", order: str) -> "QuerySet[Any]":
    """Annotates rows with what `_chosen` and `_trail` read; `order` is the field with the order."""
    owed = ledger.payable_by(OuterRef("order__ref")).filter(due=OuterRef("due")).values("due__amount")
    lines = OrderLine.objects.filter(order=OuterRef(order)).order_by("due")
    chosen = lines.values_list(JSONObject(due="due_id", amount=_exact("amount"), owed=_exact(Subquery(owed))))
    annotated: QuerySet[Any] = rows.annotate(last_event=last_event(order), chosen_dues=ArraySubquery(chosen))
    return annotated


def _exact(amount: Any) -> Cast:
    """JSON knows no decimals."""
    return Cast(amount, CharField())


def _chosen(row: Any) -> tuple[ChosenDue, ...]:
    return tuple(
        ChosenDue(line["due"], Decimal(line["amount"]), Decimal(line["owed"]) if line["owed"] else None)
        for line in row.chosen_dues
    )


def _trail(order: Order, row: Any) -> Trail:
    last = row.last_event
    return Trail(order, (last["n"], last["hash"]) if last else (0, ""))
