"""What is written by a kept statement is what Django would have written."""

from datetime import date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DataError
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from base.postgres import kept_writes
from dues.models import Due, Hold, Kind
from members.models import User
from payments.models import Attempt, Event, Order
from tests.builders import an_order
from tests.payments.test_refusals import an_attempt
from tests.round_trips import RoundTrips

pytestmark = pytest.mark.django_db


@pytest.fixture
def dues(ana: User) -> list[Due]:
    return list(Due.objects.filter(member__assignments__user=ana).order_by("kind", "period"))


@pytest.mark.parametrize("count", [1, kept_writes.FEW, kept_writes.FEW + 1])
def test_many_are_one_statement_and_each_gets_its_own_key(dues: list[Due], count: int) -> None:
    holder = uuid4()
    held = [Hold(due=due, holder=holder) for due in dues[:count]]
    assert len(held) == count
    with CaptureQueriesContext(connection) as asked:
        kept_writes.insert(held)
    assert len(asked) == 1
    assert dict(Hold.objects.filter(holder=holder).values_list("pk", "due")) == {hold.pk: hold.due_id for hold in held}
    assert not any(hold._state.adding for hold in held)


def test_none_are_none(db: None) -> None:
    with CaptureQueriesContext(connection) as asked:
        kept_writes.insert([])
    assert len(asked) == 0


def test_a_default_of_the_database_is_told(ana: User, dues: list[Due]) -> None:
    order = an_order(ana, *dues[:3])
    attempt = Attempt(order=order, environment="simulator", merchant_id="1", amount=order.total)
    kept_writes.insert([attempt])
    assert attempt.purchase_number == Attempt.objects.get(pk=attempt.pk).purchase_number > 0


def test_every_kind_of_value_is_read_back_as_it_was(ana: User, dues: list[Due]) -> None:
    attempt = an_attempt(an_order(ana, *dues[:3]))
    at = datetime(2026, 11, 23, 12, 30, 15, 123456, tzinfo=timezone.get_default_timezone())
    attempt.client_address, attempt.next_question_at, attempt.given_back = "2001:db8::1", at, Decimal("12.30")
    attempt.staff_reason = "Ñandú «100 %»; DROP TABLE --"
    kept_writes.update(attempt)
    assert model_to_dict(Attempt.objects.get(pk=attempt.pk)) == model_to_dict(attempt)
    event = Event(order=attempt.order, sequence=1, at=at, actor="a", cause="c", details={"n": [1, None, "á"]}, hash="h")
    kept_writes.insert([event])
    assert model_to_dict(Event.objects.get(pk=event.pk)) == model_to_dict(event)


def test_only_what_is_named_is_changed(ana: User, dues: list[Due]) -> None:
    order = an_order(ana, *dues[:3])
    before = order.expires_at
    order.state, order.expires_at = "cancelled", timezone.now()
    kept_writes.update(order, "state")
    order.refresh_from_db()
    assert (order.state, order.expires_at) == ("cancelled", before)


def test_what_is_too_long_is_refused_and_not_cut(ana: User, dues: list[Due]) -> None:
    event = Event(order=an_order(ana, *dues[:3]), sequence=1, at=timezone.now(), actor="a", cause="c" * 201, hash="h")
    with pytest.raises(DataError, match="too long"), transaction.atomic():
        kept_writes.insert([event])


def test_a_constraint_is_an_integrity_error(dues: list[Due]) -> None:
    kept_writes.insert([Hold(due=dues[0], holder=uuid4())])
    with pytest.raises(IntegrityError, match="a_due_is_held_by_one_order"), transaction.atomic():
        kept_writes.insert([Hold(due=dues[0], holder=uuid4())])


def test_a_row_that_is_gone_is_not_made_again(dues: list[Due]) -> None:
    gone = Due(pk=10**9, member=dues[0].member, kind=Kind.SEMEFA, period=date(2026, 1, 1), amount=Decimal("1.00"))
    with pytest.raises(Due.DoesNotExist):
        kept_writes.update(gone, "amount")
    assert not Order.objects.filter(pk=10**9).exists()


# --- Several in one round trip


def test_a_pipeline_is_one_round_trip_of_ordinary_writes(ana: User, dues: list[Due]) -> None:
    order = an_order(ana, *dues[:3])
    attempt = an_attempt(order)
    ours, others = uuid4(), uuid4()
    kept_writes.insert([Hold(due=dues[3], holder=others)])
    held = [Hold(due=due, holder=ours) for due in dues[4:6]]
    attempt.staff_reason = "para revisión"
    with RoundTrips() as asked, kept_writes.pipelined():
        kept_writes.insert(held)
        kept_writes.update(attempt, "staff_reason")
        with kept_writes.pipelined():
            kept_writes.delete(Hold, holder=others)
        # It sees what the block wrote before: each runs by itself.
        kept_writes.insert([Hold(due=dues[3], holder=ours)])
    assert (asked.queries, asked.count) == (4, 1)
    assert (
        dict(Hold.objects.filter(holder=ours).values_list("pk", "due")).items()
        >= {h.pk: h.due_id for h in held}.items()
    )
    assert Hold.objects.get(due=dues[3]).holder == ours
    assert Attempt.objects.get(pk=attempt.pk).staff_reason == "para revisión"


def test_one_row_may_be_changed_twice_in_a_pipeline(ana: User, dues: list[Due]) -> None:
    order = an_order(ana, *dues[:1])
    until = timezone.now()
    with kept_writes.pipelined():
        order.state = "cancelled"
        kept_writes.update(order, "state")
        order.expires_at = until
        kept_writes.update(order, "expires_at")
    order.refresh_from_db()
    assert (order.state, order.expires_at) == ("cancelled", until)


def test_a_default_of_the_database_is_set_when_the_pipeline_ends(ana: User, dues: list[Due]) -> None:
    order = an_order(ana, *dues[:3])
    attempt = Attempt(order=order, environment="simulator", merchant_id="1", amount=order.total)
    with kept_writes.pipelined():
        kept_writes.insert([attempt])
        kept_writes.update(order, "state")
    assert attempt.purchase_number == Attempt.objects.get(pk=attempt.pk).purchase_number > 0


def test_an_empty_pipeline_writes_nothing(db: None) -> None:
    with RoundTrips() as asked, kept_writes.pipelined():
        pass
    assert asked.queries == 0


def hold_and_fail(due: Due) -> None:
    with transaction.atomic(), kept_writes.pipelined():
        kept_writes.insert([Hold(due=due, holder=uuid4())])
        raise ZeroDivisionError


def test_a_failure_between_the_writes_undoes_them_and_the_next_write_works(dues: list[Due]) -> None:
    with pytest.raises(ZeroDivisionError):
        hold_and_fail(dues[0])
    assert not Hold.objects.exists()
    kept_writes.insert([Hold(due=dues[0], holder=uuid4())])
    assert Hold.objects.count() == 1


def hold_both(first: Due, second: Due) -> None:
    with transaction.atomic(), kept_writes.pipelined():
        kept_writes.insert([Hold(due=first, holder=uuid4())])
        kept_writes.insert([Hold(due=second, holder=uuid4())])
        kept_writes.delete(Hold, holder=uuid4())


@pytest.mark.parametrize("taken", [0, 1])
def test_a_refused_write_refuses_the_whole_pipeline(dues: list[Due], taken: int) -> None:
    kept_writes.insert([Hold(due=dues[taken], holder=uuid4())])
    with pytest.raises(IntegrityError, match="a_due_is_held_by_one_order"):
        hold_both(dues[0], dues[1])
    assert Hold.objects.get().due == dues[taken]


def test_a_row_that_is_gone_refuses_the_whole_pipeline(dues: list[Due]) -> None:
    gone = Due(pk=10**9, member=dues[0].member, kind=Kind.SEMEFA, period=date(2026, 1, 1), amount=Decimal("1.00"))

    def write() -> None:
        with transaction.atomic(), kept_writes.pipelined():
            kept_writes.update(gone, "amount")
            kept_writes.insert([Hold(due=dues[0], holder=uuid4())])

    with pytest.raises(Due.DoesNotExist):
        write()
    assert not Hold.objects.exists()
