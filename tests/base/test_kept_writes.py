"""What is written by a kept statement is what Django would have written."""

from collections.abc import Callable
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


# --- Several as one statement


def an_event(order: Order, sequence: int) -> Event:
    before = f"{sequence - 1}" if sequence > 1 else ""
    return Event(
        order=order,
        sequence=sequence,
        at=timezone.now(),
        actor="a",
        cause="c",
        previous_hash=before,
        hash=f"{sequence}",
    )


def together(*writes: Callable[[], object]) -> None:
    with kept_writes.together():
        for write in writes:
            write()


def test_what_is_written_together_is_one_statement(ana: User, dues: list[Due]) -> None:
    order = an_order(ana, *dues[:3])
    attempt = an_attempt(order)
    held = [Hold(due=due, holder=uuid4()) for due in dues[3:5]]
    events = [an_event(order, 1), an_event(order, 2)]
    attempt.staff_reason = "para revisión"
    with CaptureQueriesContext(connection) as asked, kept_writes.together():
        kept_writes.insert(held[:1])
        kept_writes.insert(events[:1])
        kept_writes.insert(held[1:])
        kept_writes.update(attempt, "staff_reason")
        with kept_writes.together():
            kept_writes.insert(events[1:])
    assert len(asked) == 1
    assert {hold.pk: hold.due_id for hold in held}.items() <= dict(Hold.objects.values_list("pk", "due")).items()
    assert dict(Event.objects.filter(order=order).values_list("sequence", "pk")) == {e.sequence: e.pk for e in events}
    assert Attempt.objects.get(pk=attempt.pk).staff_reason == "para revisión"


def test_what_is_deleted_together_goes_and_the_rest_stays(dues: list[Due]) -> None:
    ours, theirs, new = uuid4(), uuid4(), uuid4()
    kept_writes.insert([Hold(due=due, holder=ours) for due in dues[:2]])
    kept_writes.insert([Hold(due=dues[2], holder=theirs)])
    with kept_writes.together():
        kept_writes.delete(Hold, holder=ours)
        kept_writes.insert([Hold(due=dues[3], holder=new)])
    assert set(Hold.objects.values_list("due", "holder")) == {(dues[2].pk, theirs), (dues[3].pk, new)}


def test_together_nothing_is_nothing(db: None) -> None:
    with CaptureQueriesContext(connection) as asked, kept_writes.together():
        pass
    assert len(asked) == 0


def test_nothing_is_written_when_the_work_between_fails(dues: list[Due]) -> None:
    with pytest.raises(ZeroDivisionError):
        together(lambda: kept_writes.insert([Hold(due=dues[0], holder=uuid4())]), lambda: 1 / 0)
    assert not Hold.objects.exists()
    kept_writes.insert([Hold(due=dues[0], holder=uuid4())])
    assert Hold.objects.count() == 1


def test_all_is_refused_when_one_part_is(dues: list[Due]) -> None:
    kept_writes.insert([Hold(due=dues[0], holder=uuid4())])
    holds = [Hold(due=due, holder=uuid4()) for due in (dues[1], dues[0])]
    with pytest.raises(IntegrityError, match="a_due_is_held_by_one_order"), transaction.atomic():
        together(lambda: kept_writes.insert(holds[:1]), lambda: kept_writes.insert(holds[1:]))
    assert Hold.objects.count() == 1


def test_together_too_a_row_that_is_gone_is_not_made_again(ana: User, dues: list[Due]) -> None:
    gone = Due(pk=10**9, member=dues[0].member, kind=Kind.SEMEFA, period=date(2026, 1, 1), amount=Decimal("1.00"))
    with pytest.raises(Due.DoesNotExist), transaction.atomic():
        together(
            lambda: kept_writes.update(gone, "amount"), lambda: kept_writes.insert([Hold(due=dues[0], holder=uuid4())])
        )
    assert not Hold.objects.exists()


def test_one_row_is_not_changed_twice_at_once(ana: User, dues: list[Due]) -> None:
    """PostgreSQL would keep one of the two changes, and not say which."""
    order = an_order(ana, *dues[:1])
    order.state = "cancelled"
    with pytest.raises(ValueError, match="twice"):
        together(lambda: kept_writes.update(order, "state"), lambda: kept_writes.update(order, "expires_at"))
    assert Order.objects.get(pk=order.pk).state != "cancelled"


def test_a_row_whose_default_the_database_chooses_is_not_sent_with_others(ana: User, dues: list[Due]) -> None:
    order = an_order(ana, *dues[:3])
    attempt = Attempt(order=order, environment="simulator", merchant_id="1", amount=order.total)
    with pytest.raises(ValueError, match="by themselves"):
        together(lambda: kept_writes.insert([attempt]), lambda: kept_writes.update(order, "state"))
    assert not Attempt.objects.exists()
