"""The row of an order is the lock of all that belongs to it: attempts, refunds, holds and trail.

So two rows are never locked crosswise. What hangs on the order is read after the lock was had, in a statement of its
own: one that waited would show it as it was before.
"""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast, JSONObject

from base.postgres.kept_queries import given, kept_query
from dues import ledger
from members.models import User
from members.numbers import assignments
from payments import trail
from payments.models import Attempt, ChosenDue, Order, OrderLine
from payments.states import LIVE_ATTEMPT_STATES, UNFINISHED_ORDER_STATES


def lock_order(order_id: int) -> Order:
    """The order with its account, its row locked until the transaction ends. Raises Order.DoesNotExist."""
    return _order.get(order=order_id)


def lock_unfinished(user: User) -> list[Order]:
    """As `lock_order`, the account's unfinished order if there is one (an_account_has_one_unfinished_order)."""
    return _unfinished.all(account=user.pk)


def lock_attempt(attempt_id: int) -> tuple[Order, Attempt]:
    """As `lock_order`, the order of an attempt, and the attempt; `order.chosen` says what is owed of it, and
    `attempt.payer_stands` whether the account may still pay for its member. Raises Order.DoesNotExist."""
    order = _order_of.get(attempt=attempt_id)
    attempt: Any = _attempt.get(attempt=attempt_id)
    _remember(order, attempt)
    attempt.order = order
    return order, attempt


def live_attempt(order: Order) -> Attempt | None:
    """The attempt of a locked order that may yet be charged, if there is one; `order.chosen` says what is owed."""
    read = _order_and_live_attempt.get(order=order.pk)
    _remember(order, read)
    live: Attempt | None = getattr(read, "living", None)
    if live:
        live.order = order
    return live


def _locking() -> QuerySet[Order]:
    return Order.objects.select_for_update(of=("self",)).select_related("user")


@kept_query
def _order() -> "QuerySet[Order]":
    return _locking().filter(pk=given("order"))


@kept_query
def _unfinished() -> "QuerySet[Order]":
    return _locking().filter(user=given("account"), state__in=UNFINISHED_ORDER_STATES)


@kept_query
def _order_of() -> "QuerySet[Order]":
    return _locking().filter(attempts=given("attempt"))


@kept_query
def _attempt() -> "QuerySet[Any]":
    payer_stands = assignments.is_payer(OuterRef("order__user"), OuterRef("order__member"))
    attempts = _with_belongings(Attempt.objects.filter(pk=given("attempt")), "order")
    told: QuerySet[Any] = attempts.annotate(payer_stands=payer_stands)
    return told


@kept_query
def _order_and_live_attempt() -> "QuerySet[Any]":
    living = FilteredRelation("attempts", condition=Q(attempts__state__in=LIVE_ATTEMPT_STATES))
    orders = _with_belongings(Order.objects.alias(living=living).filter(pk=given("order")), "pk")
    return orders.select_related("living")


def _with_belongings(rows: "QuerySet[Any]", order: str) -> "QuerySet[Any]":
    """These rows, each with what `_remember` takes; `order` is the field that names their order."""
    owed = ledger.payable_by(OuterRef("order__ref")).filter(due=OuterRef("due")).values("due__amount")
    lines = OrderLine.objects.filter(order=OuterRef(order)).order_by("due")
    chosen = lines.values_list(JSONObject(due="due_id", amount=_exact("amount"), owed=_exact(Subquery(owed))))
    told: QuerySet[Any] = trail.with_last_event(rows, order).annotate(chosen_dues=ArraySubquery(chosen))
    return told


def _exact(amount: Any) -> Cast:
    """JSON knows no decimals."""
    return Cast(amount, CharField())


def _remember(order: Order, read: Any) -> None:
    trail.remember_last_event(order, read.said)
    order.chosen = [ChosenDue.read(**line) for line in read.chosen_dues]
