"""What a lock brings along is a value of its own: nothing is missing on an order that was read otherwise."""

from dataclasses import FrozenInstanceError

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from dues.models import Due
from members.models import User
from payments import trail
from payments.checkout import locks
from payments.models import Attempt, Order
from payments.states import AttemptState
from tests.builders import a_settlement, an_exemption, an_order
from tests.payments.test_refusals import an_attempt
from tests.round_trips import RoundTrips

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(ana: User) -> Order:
    return an_order(ana, *Due.objects.filter(member__assignments__user=ana, kind="colegiado")[:2])


def test_an_order_is_locked_and_read_in_one_round_trip(order: Order) -> None:
    attempt = an_attempt(order)
    first = trail.record(order, actor="a", cause="uno")
    with RoundTrips() as asked:
        locked = locks.lock_order(order.pk)
    assert asked.count == 1
    assert (locked.order, locked.live) == (order, attempt)
    assert {line.due: line.amount for line in locked.chosen} == dict(order.lines.values_list("due", "amount"))
    assert locked.still_owed
    second = locked.trail.record(actor="a", cause="dos")
    third = locked.trail.record(actor="a", cause="tres")
    assert [(e.sequence, e.previous_hash) for e in (second, third)] == [(2, first.hash), (3, second.hash)]


def test_an_attempt_is_locked_with_its_order(order: Order, ana: User) -> None:
    attempt = an_attempt(order)
    locked = locks.lock_charge(attempt.pk)
    assert (locked.order, locked.attempt, locked.payer_stands) == (order, attempt, True)
    assert locked.attempt.order is locked.order
    assert locks.lock_attempt(attempt.pk) == (order, attempt)


@pytest.mark.parametrize("taken", [a_settlement, lambda due: an_exemption(due.member, due)])
def test_what_was_paid_or_exempted_is_no_longer_owed(order: Order, taken: object) -> None:
    line = order.lines.select_related("due")[0]
    assert callable(taken)
    taken(line.due)
    locked = locks.lock_order(order.pk)
    assert [chosen.owed for chosen in locked.chosen if chosen.due == line.due_id] == [None]
    assert not locked.still_owed


def test_an_order_without_a_live_attempt_has_none(order: Order) -> None:
    Attempt.objects.filter(pk=an_attempt(order).pk).update(state=AttemptState.ABANDONED)
    assert locks.lock_order(order.pk).live is None


def test_nothing_hangs_on_the_rows(order: Order) -> None:
    locked = locks.lock_order(order.pk)
    assert not {"chosen", "last_event", "payer_stands", "trail"} & {*vars(locked.order), *vars(Order)}
    with pytest.raises(FrozenInstanceError):
        locked.live = None  # type: ignore[misc]


def test_an_order_or_attempt_that_is_not_there_is_not_locked(db: None) -> None:
    with pytest.raises(Order.DoesNotExist):
        locks.lock_order(10**9)
    with pytest.raises(Order.DoesNotExist):
        locks.lock_charge(10**9)


def test_an_account_without_an_unfinished_order_locks_none(ana: User, carla: User, order: Order) -> None:
    assert locks.lock_unfinished(carla, "colegiado") is None
    locked = locks.lock_unfinished(ana, "colegiado")
    assert locked
    assert locked.order == order


@pytest.mark.django_db(transaction=True)
def test_a_lock_needs_a_transaction(ana: User) -> None:
    with transaction.atomic():
        order = an_order(ana, *Due.objects.filter(member__assignments__user=ana, kind="colegiado")[:1])
    with pytest.raises(TransactionManagementError):
        locks.lock_order(order.pk)
