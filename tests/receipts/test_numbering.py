"""Numbers under attack: many workers, the same orders, workers that die before the commit."""

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connection

from members.models import User
from payments.models import Order
from receipts.issuing import issue as issuing
from receipts.issuing.issue import issue, issue_pending
from receipts.models import Delivery, Receipt, Series
from tests.receipts.conftest import FACTURA, a_paid_order

pytestmark = pytest.mark.django_db(transaction=True)
Result = TypeVar("Result")


class Killed(BaseException):
    """What a worker meets that is killed in the middle of its work."""


def in_threads(works: list[Callable[[], Result]]) -> list[Result]:
    """All at once, each on a connection of its own."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Result]) -> Result:
        try:
            start.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def paid_orders(*users: User, each: int) -> list[Order]:
    orders = [a_paid_order(user, months=1) for user in users for _ in range(each)]
    return orders + [a_paid_order(users[0], months=1, **FACTURA) for _ in range(each)]


def assert_gapless(expected: int) -> None:
    assert Receipt.objects.count() == expected
    for series in Series.objects.all():
        receipts = series.receipts.order_by("number")
        numbers = list(receipts.values_list("number", flat=True))
        assert numbers == list(range(1, series.next_number))
        days = list(receipts.values_list("issued_at", flat=True))
        assert days == sorted(days)


def test_eight_workers_issue_one_order_once(ana: User) -> None:
    order = a_paid_order(ana)
    receipts = in_threads([lambda: issue(order.pk)] * 8)
    assert len({receipt.pk for receipt in receipts}) == 1
    assert_gapless(1)
    assert Delivery.objects.count() == 1


def test_different_orders_at_once_leave_no_gap(ana: User, bruno: User, carla: User) -> None:
    orders = paid_orders(ana, bruno, carla, each=5)
    in_threads([lambda order=order: issue(order.pk) for order in orders])  # type: ignore[misc]
    assert_gapless(20)


def test_workers_that_die_before_the_commit_give_their_numbers_back(
    ana: User, bruno: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = paid_orders(ana, bruno, each=8)
    chance = random.Random(7)
    number = issuing.number

    def number_and_perhaps_die(documents: Sequence[Receipt]) -> None:
        number(documents)
        if chance.random() < 0.6:
            raise Killed

    monkeypatch.setattr(issuing, "number", number_and_perhaps_die)

    def until_issued(order: Order) -> int:
        for deaths in range(100):
            try:
                issue(order.pk)
                return deaths
            except Killed:
                continue
        raise AssertionError("never issued")

    deaths = in_threads([lambda order=order: until_issued(order) for order in orders])  # type: ignore[misc]
    assert sum(deaths) > 5
    assert_gapless(24)


def test_sweeps_and_jobs_at_once_issue_each_order_once(ana: User, bruno: User) -> None:
    orders = paid_orders(ana, bruno, each=6)
    works: list[Callable[[], object]] = [lambda order=order: issue(order.pk) for order in orders[::3]]  # type: ignore[misc]
    in_threads([*works, issue_pending, issue_pending, lambda: issue_pending(limit=4)])
    issue_pending()
    assert_gapless(18)
    assert Delivery.objects.count() == 18
