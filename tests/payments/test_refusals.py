"""The database says no, also to code that goes round payments/checkout/."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Model
from django.utils import timezone

from dues.models import Due
from members.forms import BuyerNameField
from members.models import Member, User
from members.numbers import assignments
from payments import trail
from payments.models import (
    Attempt,
    Confirmation,
    Event,
    Letter,
    Order,
    OrderLine,
    Pause,
    PaymentLink,
    Refund,
    RefundLine,
    TrailHead,
)
from payments.states import ATTEMPT_TRANSITIONS, ORDER_TRANSITIONS, REFUND_TRANSITIONS
from tests.builders import an_order, month, the_succession

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(ana: User) -> Order:
    return an_order(ana, *Due.objects.filter(kind="colegiado").order_by("period")[:2])


@pytest.fixture
def attempt(order: Order) -> Attempt:
    return an_attempt(order)


def an_attempt(order: Order, **fields: Any) -> Attempt:
    made = Attempt.objects.create(
        order=order, environment="simulator", merchant_id="100000001", amount=order.total, **fields
    )
    made.refresh_from_db()
    return made


def refused(rule: str, act: Callable[[], Any]) -> None:
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        act()
    assert rule in str(caught.value) or _trigger_fired(rule, str(caught.value)), caught.value


def _trigger_fired(rule: str, complaint: str) -> bool:
    """A trigger complains in its own words and PostgreSQL adds the function, whose name begins with the rule's."""
    return "pgtrigger" in complaint and f"pgtrigger_{rule}"[:40] in complaint


def change(row: Order | Attempt | OrderLine | Event | Refund | PaymentLink, **fields: Any) -> Callable[[], int]:
    return lambda: type(row)._base_manager.filter(pk=row.pk).update(**fields)


def delete(row: Model) -> Callable[[], Any]:
    def act() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {row._meta.db_table} WHERE id = %s", [row.pk])

    return act


def test_an_order_is_more_than_nothing(ana: User, order: Order) -> None:
    refused("an_order_is_more_than_nothing", lambda: an_order(ana, total=0, state="paid", paid_at=timezone.now()))


def test_paid_at_is_set_exactly_when_paid(order: Order) -> None:
    refused("paid_at_is_set_exactly_when_paid", change(order, paid_at=timezone.now()))


@pytest.mark.parametrize(
    "fields", [{"kind": "colegiado"}, {"buyer_document_number": "41234567"}, {"buyer_document_type": "7"}]
)
def test_a_successor_pays_only_semefa(ana: User, fields: dict[str, str]) -> None:
    member = assignments.current_member(ana)
    assert member
    Member.objects.update(status="deceased", left_date=month(2))
    heir = the_succession(member, ana)
    own = {"kind": "semefa", "state": "expired", "buyer_document_number": heir.document_number}
    an_order(ana, **own)
    refused("a_successor_pays_only_semefa", lambda: an_order(ana, **own | fields))


def test_a_factura_names_a_ruc_and_its_address(ana: User) -> None:
    refused(
        "a_factura_names_a_ruc_and_its_address",
        lambda: an_order(ana, document="01", state="expired"),
    )


def test_an_account_has_one_unfinished_order(ana: User, order: Order) -> None:
    refused("an_account_has_one_unfinished_order", lambda: an_order(ana))


@pytest.mark.parametrize(
    ("before", "after"),
    [(b, a) for b in ORDER_TRANSITIONS for a in ORDER_TRANSITIONS if a not in ORDER_TRANSITIONS[b] and a != b],
)
def test_an_order_moves_legally(ana: User, before: str, after: str) -> None:
    paid = ("paid", "partly_refunded", "refunded")
    now = timezone.now()
    order = an_order(ana, state=before, paid_at=now if before in paid else None)
    refused("an_order_moves_legally", change(order, state=after, paid_at=now if after in paid else None))


def test_an_order_is_never_deleted(ana: User) -> None:
    refused("an_order_is_never_deleted", delete(an_order(ana)))


def test_an_order_keeps_what_was_chosen(order: Order) -> None:
    refused("an_order_keeps_what_was_chosen", change(order, total=1))
    refused("an_order_keeps_what_was_chosen", change(order, buyer_name="Otro"))


@pytest.mark.parametrize(
    "buyer",
    [
        {"buyer_document_number": "1234567"},
        {"buyer_document_type": "6", "buyer_document_number": "41234567"},
        {"buyer_document_type": "7", "buyer_document_number": " "},
        {"buyer_document_type": "0"},
        {"buyer_name": " "},
        {"buyer_name": "Xy"},
        {"buyer_name": " X "},
    ],
)
def test_a_buyer_has_a_name_and_a_fitting_document(ana: User, buyer: dict[str, str]) -> None:
    refused("a_buyer_has_a_name_and_a_fitting_document", lambda: an_order(ana, state="expired", **buyer))


@pytest.mark.parametrize("name", ["X", "Xy", " X  ", "X\u00a0"])
def test_a_form_refuses_a_buyers_name_that_sunat_finds_too_short(name: str) -> None:
    with pytest.raises(ValidationError, match="SUNAT rechaza menos de 3 caracteres"):
        BuyerNameField(label="Razón social").clean(name)
    assert BuyerNameField(label="Razón social").clean("3M  S") == "3M S"


def test_an_order_names_a_due_once(order: Order) -> None:
    line = order.lines.first()
    assert line
    again = OrderLine(order=order, due=line.due, period=line.period, amount=line.amount)
    refused("an_order_names_a_due_once", again.save)


def test_a_line_is_more_than_nothing(ana: User, order: Order) -> None:
    due = Due.objects.filter(kind="semefa").first()
    assert due
    refused("a_line_is_more_than_nothing", OrderLine(order=order, due=due, period=due.period, amount=0).save)


def test_a_line_never_changes(order: Order) -> None:
    line = order.lines.first()
    assert line
    refused("a_line_never_changes", change(line, amount=1))
    refused("a_line_is_never_deleted", delete(line))


def test_an_order_has_one_live_attempt(order: Order, attempt: Attempt) -> None:
    refused("an_order_has_one_live_attempt", lambda: an_attempt(order))


def test_an_order_is_settled_by_one_attempt(order: Order) -> None:
    an_attempt(order, state="approved", settles_order=True)
    refused("an_order_is_settled_by_one_attempt", lambda: an_attempt(order, state="approved", settles_order=True))


def test_only_an_approval_settles(attempt: Attempt) -> None:
    refused("only_an_approval_settles", change(attempt, settles_order=True))


def test_an_attempt_is_more_than_nothing(order: Order) -> None:
    refused(
        "an_attempt_is_more_than_nothing",
        Attempt(order=order, environment="simulator", merchant_id="1", amount=0).save,
    )


def a_link(order: Order, **fields: Any) -> PaymentLink:
    tomorrow = timezone.now() + timedelta(days=1)
    return PaymentLink.objects.create(order=order, **({"token_hash": uuid4().hex, "expires_at": tomorrow} | fields))


def test_an_order_has_one_live_link(order: Order) -> None:
    a_link(order, ended_at=timezone.now(), end="revoked")
    a_link(order)
    refused("an_order_has_one_live_link", lambda: a_link(order))


def test_an_ended_link_says_why_and_a_living_one_nothing(order: Order) -> None:
    refused("an_ended_link_says_why", change(a_link(order), ended_at=timezone.now()))
    refused("an_ended_link_says_why", lambda: a_link(order, end="revoked"))
    refused("an_ended_link_says_why", lambda: a_link(order, ended_at=timezone.now(), end="cansancio"))


def test_a_link_lives_for_a_while(order: Order) -> None:
    refused("a_link_lives_for_a_while", lambda: a_link(order, expires_at=timezone.now() - timedelta(days=1)))


def test_a_link_keeps_its_token_and_is_never_deleted(order: Order) -> None:
    link = a_link(order)
    refused("a_link_keeps_its_token", change(link, token_hash="0" * 64))
    refused("a_link_keeps_its_token", change(link, expires_at=timezone.now() + timedelta(days=9)))
    refused("a_link_is_never_deleted", delete(link))


def test_an_ended_link_stays_ended(order: Order) -> None:
    link = a_link(order, ended_at=timezone.now(), end="revoked")
    refused("an_ended_link_stays_ended", change(link, ended_at=None, end=""))


def test_only_a_yape_has_a_yape_id(attempt: Attempt) -> None:
    refused("only_a_yape_has_a_yape_id", change(attempt, yape_id="ed53cc2c"))
    refused("only_a_yape_has_a_yape_id", change(attempt, yape_phone_end="157"))


def test_instalments_are_two_or_more(attempt: Attempt) -> None:
    refused("instalments_are_two_or_more", change(attempt, instalments=1))
    refused("instalments_are_two_or_more", change(attempt, instalments=49))
    refused("instalments_are_two_or_more", change(attempt, instalment_amount="10.00"))


def test_an_attempt_is_paid_in_a_known_way(attempt: Attempt) -> None:
    refused("an_attempt_is_paid_in_a_known_way", change(attempt, way="trueque"))


def test_a_purchase_number_has_1_to_9_digits(order: Order) -> None:
    refused("a_purchase_number_has_1_to_9_digits", lambda: an_attempt(order, purchase_number=1_000_000_000))


def test_a_purchase_number_is_never_used_twice(order: Order) -> None:
    first = an_attempt(order, state="declined")
    with pytest.raises(IntegrityError, match="purchase_number"), transaction.atomic():
        an_attempt(order, purchase_number=first.purchase_number)
    assert an_attempt(order).purchase_number > first.purchase_number


def test_an_attempt_in_doubt_will_be_asked_about(order: Order) -> None:
    refused("an_attempt_in_doubt_will_be_asked_about", lambda: an_attempt(order, state="in_doubt"))


@pytest.mark.parametrize(
    ("before", "after"),
    [(b, a) for b in ATTEMPT_TRANSITIONS for a in ATTEMPT_TRANSITIONS if a not in ATTEMPT_TRANSITIONS[b] and a != b],
)
def test_an_attempt_moves_legally(order: Order, before: str, after: str) -> None:
    soon = timezone.now() + timedelta(minutes=1)
    attempt = an_attempt(order, state=before, next_question_at=soon)
    refused("an_attempt_moves_legally", change(attempt, state=after))


def test_an_attempt_is_never_deleted(attempt: Attempt) -> None:
    refused("an_attempt_is_never_deleted", delete(attempt))


def test_an_attempt_keeps_its_number_and_amount(attempt: Attempt) -> None:
    refused("an_attempt_keeps_its_number_and_amount", change(attempt, amount=1))


def test_an_event_never_changes(order: Order) -> None:
    event = trail.record(order, actor="prueba", cause="prueba")
    refused("an_event_never_changes", change(event, cause="otra"))
    refused("an_event_never_changes", delete(event))


def test_a_confirmation_never_changes(ana: User) -> None:
    seen = Confirmation.objects.create(step="correo", note="Llegó a Gmail y a Outlook.", author=ana)
    refused("a_confirmation_never_changes", change(seen, note="otra"))
    refused("a_confirmation_never_changes", delete(seen))


def test_a_confirmation_says_what_was_seen(ana: User) -> None:
    refused("a_confirmation_says_what_was_seen", Confirmation(step="correo", note="", author=ana).save)


def test_a_trail_head_never_changes() -> None:
    head = TrailHead.objects.create(day=date(2026, 11, 23), events=1, signature="0" * 64)
    refused("a_trail_head_never_changes", change(head, events=2))
    refused("a_trail_head_never_changes", delete(head))


def test_a_day_has_one_trail_head() -> None:
    TrailHead.objects.create(day=date(2026, 11, 23), events=1, signature="0" * 64)
    again = TrailHead(day=date(2026, 11, 23), events=1, signature="1" * 64)
    refused("a_day_has_one_trail_head", again.save)


def test_an_order_has_one_event_per_step(order: Order) -> None:
    event = trail.record(order, actor="prueba", cause="prueba")
    event.pk = None
    refused("an_order_has_one_event_per_step", lambda: event.save(force_insert=True))


def test_an_event_follows_the_one_before(order: Order) -> None:
    loose = Event(order=order, sequence=7, at=timezone.now(), actor="prueba", cause="prueba", hash="0")
    refused("an_event_follows_the_one_before", loose.save)


def test_a_move_changes_the_state(order: Order) -> None:
    still = Event(order=order, sequence=1, at=timezone.now(), actor="p", cause="p", from_state="paid", to_state="paid")
    refused("a_move_changes_the_state", still.save)


@pytest.fixture
def approval(order: Order) -> Attempt:
    return an_attempt(order, state="approved", settles_order=True)


def a_refund(attempt: Attempt, **fields: Any) -> Refund:
    defaults = {"method": "refund", "amount": 1, "reason": "prueba", "author": "prueba"}
    return Refund.objects.create(attempt=attempt, **(defaults | fields))


def test_no_more_is_given_back_than_was_charged(approval: Attempt) -> None:
    refused("no_more_is_given_back_than_was_charged", change(approval, given_back=approval.amount + 1))


def test_a_refund_is_more_than_nothing(approval: Attempt) -> None:
    refused("a_refund_is_more_than_nothing", lambda: a_refund(approval, amount=0))


def test_an_attempt_has_one_live_refund(approval: Attempt) -> None:
    a_refund(approval)
    refused("an_attempt_has_one_live_refund", lambda: a_refund(approval))


@pytest.mark.parametrize(
    ("before", "after"),
    [(b, a) for b in REFUND_TRANSITIONS for a in REFUND_TRANSITIONS if a not in REFUND_TRANSITIONS[b] and a != b],
)
def test_a_refund_moves_legally(approval: Attempt, before: str, after: str) -> None:
    refused("a_refund_moves_legally", change(a_refund(approval, state=before), state=after))


def test_a_refund_keeps_what_was_asked_and_is_never_deleted(approval: Attempt) -> None:
    refund = a_refund(approval)
    refused("a_refund_keeps_what_was_asked", change(refund, amount=2))
    refused("a_refund_is_never_deleted", delete(refund))


def test_a_line_is_given_back_once(approval: Attempt) -> None:
    line = approval.order.lines.first()
    assert line
    RefundLine.objects.create(refund=a_refund(approval, state="done"), line=line)
    again = RefundLine(refund=a_refund(approval), line=line)
    refused("a_line_is_given_back_once", again.save)


def test_a_letter_is_written_once(db: None) -> None:
    letter = {"key": "outcome:1", "to": "ana@example.com", "subject": "s", "body": "b"}
    Letter.objects.create(**letter)
    refused("a_letter_is_written_once", lambda: Letter.objects.create(**letter))


def test_payments_are_paused_by_one_pause(teresa: User) -> None:
    Pause.objects.create(notice="Mantenimiento", author=teresa)
    refused("payments_are_paused_by_one_pause", lambda: Pause.objects.create(notice="Otra", author=teresa))
