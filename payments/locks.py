"""The row of an order is the lock of all that belongs to it: attempts, refunds, holds and trail.

So two rows are never locked crosswise. What hangs on the order is read after the lock was had, in a statement of its
own: one that waited would show it as it was before.
"""

from typing import Any

from django.db.models import FilteredRelation, Q, QuerySet

from members.compiled import compiled, given
from members.models import User
from payments import audit
from payments.models import Attempt, Order
from payments.states import LIVE_ATTEMPT_STATES, UNFINISHED_ORDER_STATES


def lock_order(order_id: int) -> Order:
    """The order with its account, its row locked until the transaction ends. Raises Order.DoesNotExist."""
    return _order.get(order=order_id)


def lock_unfinished(user: User) -> list[Order]:
    """As `lock_order`, the account's unfinished order if there is one (an_account_has_one_unfinished_order)."""
    return _unfinished.all(account=user.pk)


def lock_attempt(attempt_id: int) -> tuple[Order, Attempt]:
    """As `lock_order`, the order of an attempt, and the attempt. Raises Order.DoesNotExist."""
    order = _order_of.get(attempt=attempt_id)
    attempt: Any = _attempt.get(attempt=attempt_id)
    audit.remember_last_event(order, attempt.said)
    attempt.order = order
    return order, attempt


def live_attempt(order: Order) -> Attempt | None:
    """The attempt of a locked order that may yet be charged, if there is one."""
    read = _order_and_live_attempt.get(order=order.pk)
    audit.remember_last_event(order, read.said)
    live: Attempt | None = getattr(read, "living", None)
    if live:
        live.order = order
    return live


def _locking() -> QuerySet[Order]:
    return Order.objects.select_for_update(of=("self",)).select_related("user")


@compiled
def _order() -> "QuerySet[Order]":
    return _locking().filter(pk=given("order"))


@compiled
def _unfinished() -> "QuerySet[Order]":
    return _locking().filter(user=given("account"), state__in=UNFINISHED_ORDER_STATES)


@compiled
def _order_of() -> "QuerySet[Order]":
    return _locking().filter(attempts=given("attempt"))


@compiled
def _attempt() -> "QuerySet[Any]":
    return audit.with_last_event(Attempt.objects.filter(pk=given("attempt")), "order")


@compiled
def _order_and_live_attempt() -> "QuerySet[Any]":
    living = FilteredRelation("attempts", condition=Q(attempts__state__in=LIVE_ATTEMPT_STATES))
    orders = audit.with_last_event(Order.objects.alias(living=living).filter(pk=given("order")), "pk")
    return orders.select_related("living")
