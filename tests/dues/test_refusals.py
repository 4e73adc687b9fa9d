"""What the database refuses about dues and money, whatever the code above it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from dues.exceptions import broken_constraint
from dues.models import Channel, Due, Hold, Kind, Settlement
from tests.builders import a_due, a_member, a_settlement, an_exemption, month


@contextmanager
def refused_by(rule: str) -> Iterator[None]:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        yield
    assert broken_constraint(refusal.value) == rule


@contextmanager
def refused_by_trigger(rule: str) -> Iterator[None]:
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        yield
    # PostgreSQL names the trigger's function, which begins with the rule's name.
    assert f"pgtrigger_{rule}"[:40] in str(refusal.value)


@pytest.fixture
def due(db: None) -> Due:
    return a_due(a_member())


# --- Dues


def test_a_member_owes_a_month_once(due: Due) -> None:
    with refused_by("a_member_owes_a_month_once"):
        a_due(due.member, period=due.period, amount="99.00")


def test_the_same_month_of_the_other_kind_is_another_due(due: Due) -> None:
    assert a_due(due.member, Kind.SEMEFA, due.period).pk


@pytest.mark.parametrize("amount", ["0.00", "-30.00"])
def test_a_due_is_more_than_nothing(due: Due, amount: str) -> None:
    with refused_by("a_due_is_more_than_nothing"):
        Due.objects.update(amount=Decimal(amount))


def test_a_period_is_a_month(due: Due) -> None:
    with refused_by("a_period_is_a_month"):
        a_due(due.member, period=date(2026, 3, 2))


# --- Settlements


def test_a_due_is_settled_once(due: Due) -> None:
    a_settlement(due)
    with refused_by("a_due_is_settled_once"):
        a_settlement(due, Channel.CARD, "4711")


@pytest.mark.parametrize("amount", ["0.00", "-30.00"])
def test_a_settlement_is_more_than_nothing(due: Due, amount: str) -> None:
    with refused_by("a_settlement_is_more_than_nothing"):
        a_settlement(due, amount=Decimal(amount))


@pytest.mark.parametrize(
    "change",
    [
        {"amount": Decimal("1.00")},
        {"channel": Channel.MANUAL},
        {"reference": "otra"},
        {"paid_at": timezone.now()},
        {"recorded_at": timezone.now()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_settlement_is_only_reversed(due: Due, change: dict[str, object]) -> None:
    a_settlement(due)
    with refused_by_trigger("a_settlement_is_only_reversed"):
        Settlement.objects.update(**change)


def test_a_settlement_does_not_move_to_another_due(due: Due) -> None:
    a_settlement(due)
    other = a_due(due.member, period=month(1))
    with refused_by_trigger("a_settlement_is_only_reversed"):
        Settlement.objects.update(due=other)


@pytest.mark.parametrize(
    "reversal",
    [
        {"reversed_at": timezone.now()},
        {"reversed_at": timezone.now(), "reversed_by": "teresa@example.com"},
        {"reversed_at": timezone.now(), "reversal_reason": "El banco lo devolvió"},
        {"reversed_by": "teresa@example.com", "reversal_reason": "El banco lo devolvió"},
    ],
    ids=lambda reversal: "+".join(reversal),
)
def test_a_reversal_names_its_author_and_reason(due: Due, reversal: dict[str, object]) -> None:
    a_settlement(due)
    with refused_by("a_reversal_names_its_author_and_reason"):
        Settlement.objects.update(**reversal)


def test_a_reversal_is_final(due: Due) -> None:
    a_settlement(due, reversed_at=timezone.now(), reversed_by="teresa@example.com", reversal_reason="Devuelto")
    with refused_by_trigger("a_reversal_is_final"):
        Settlement.objects.update(reversed_at=None, reversed_by="", reversal_reason="")


def test_a_settlement_is_never_deleted(due: Due) -> None:
    a_settlement(due)
    with refused_by_trigger("a_settlement_is_never_deleted"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM dues_settlement")


# --- Holds and exemptions


def test_a_due_is_held_by_one_order(due: Due) -> None:
    Hold.objects.create(due=due, holder=uuid4())
    with refused_by("a_due_is_held_by_one_order"):
        Hold.objects.create(due=due, holder=uuid4())


def test_an_exemption_is_recorded_once(due: Due) -> None:
    an_exemption(due.member)
    with refused_by("an_exemption_is_recorded_once"):
        an_exemption(due.member)


def test_an_exemption_has_months(due: Due) -> None:
    with refused_by("an_exemption_has_months"):
        an_exemption(due.member, first_period=month(1), last_period=month(2))
