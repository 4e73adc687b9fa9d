"""The database says no, also to code that goes round payments/ways/automatic/."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from members.models import User
from payments.models import (
    AutomaticCharge,
    AutomaticEvent,
    AutomaticLine,
    AutomaticPlan,
    AutomaticTry,
    Letter,
)
from payments.models.ways.automatic_states import CHARGE_TRANSITIONS, PLAN_TRANSITIONS
from simulators.niubiz.server import RunningSimulator
from tests.automatic.due_charges import a_due_charge
from tests.builders import an_order, month
from tests.payments.test_refusals import delete, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def charge(ana: User, simulator: RunningSimulator) -> AutomaticCharge:
    return a_due_charge(simulator.control, user=ana)


def changed(row: Any, **fields: Any) -> Callable[[], int]:
    return lambda: type(row).objects.filter(pk=row.pk).update(**fields)


def again(row: Any, **fields: Any) -> Callable[[], Any]:
    """The same row a second time, with these fields changed."""
    kept = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    kept.pop("id")
    return lambda: type(row).objects.create(**(kept | fields))


def another_letter() -> Letter:
    return Letter.objects.create(key=f"k:{Letter.objects.count()}", to="a@example.com", subject="s", body="b")


def test_a_plan_keeps_its_rules(charge: AutomaticCharge) -> None:
    plan = charge.plan
    refused("an_account_has_one_automatic_payment", again(plan))
    refused("an_automatic_payment_names_its_kinds", changed(plan, kinds=[]))
    refused("an_automatic_payment_names_its_kinds", changed(plan, kinds=["luz"]))
    refused("an_automatic_payment_has_a_ceiling", changed(plan, ceiling=0))
    for day in (5, 29):
        refused("an_automatic_payment_has_a_day_of_each_month", changed(plan, day=day))
    refused("only_an_active_automatic_payment_has_a_card", changed(plan, card_token=""))
    stop = {"state": "stopped", "stopped_at": timezone.now(), "stop_reason": "member"}
    refused("only_an_active_automatic_payment_has_a_card", changed(plan, **stop))
    refused("a_stopped_automatic_payment_says_when_and_why", changed(plan, state="stopped", card_token=""))
    refused("an_automatic_payment_stays_with_its_account", changed(plan, user=User.objects.create(email="x@y.pe")))
    refused("an_automatic_payment_is_never_deleted", delete(plan))


def test_a_stopped_plan_stays_stopped(charge: AutomaticCharge) -> None:
    plan = charge.plan
    changed(plan, state="stopped", stopped_at=timezone.now(), stop_reason="member", card_token="")()
    for state in PLAN_TRANSITIONS:
        if state != "stopped":
            refused("an_automatic_payment_moves_legally", changed(plan, state=state))


@pytest.mark.parametrize("start", ["skipped", "dropped"])
def test_a_charge_moves_only_along_the_table(charge: AutomaticCharge, start: str) -> None:
    changed(charge, state=start, reason="x")()
    for state in CHARGE_TRANSITIONS:
        if state != start:
            refused("an_automatic_charge_moves_legally", changed(charge, state=state, started_at=timezone.now()))


def test_a_charge_is_never_sent_without_a_letter_of_three_days(charge: AutomaticCharge) -> None:
    rule = "an_automatic_charge_has_a_letter_of_three_days"
    now = timezone.now()
    young = charge.letter.sent_at + timedelta(days=2, hours=23)  # type: ignore[operator]
    refused(rule, changed(charge, state="charging", started_at=young))
    refused(rule, changed(charge, state="charging"))
    unsent = AutomaticCharge.objects.create(
        plan=charge.plan,
        kind="semefa",
        month=charge.month,
        charge_on=charge.charge_on,
        next_on=charge.next_on,
        amount=1,
        card="x",
        letter=another_letter(),
    )
    refused(rule, changed(unsent, state="charging", started_at=now + timedelta(days=30)))
    assert changed(charge, state="charging", started_at=now)() == 1


def test_a_charge_keeps_its_rules(charge: AutomaticCharge) -> None:
    more = {"ref": "00000000-0000-4000-8000-000000000001"}
    refused("a_month_has_one_automatic_charge", lambda: again(charge, letter_id=another_letter().pk, **more)())
    changed(charge, state="charging", started_at=timezone.now())()
    next_month = {"month": month(-1), "charge_on": month(-1), "next_on": month(-1), "started_at": timezone.now()}
    old = charge.letter
    letter = Letter.objects.create(key="old", to=old.to, subject="s", body="b", state="sent", sent_at=old.sent_at)
    refused(
        "an_automatic_payment_charges_once_at_a_time",
        again(charge, state="charging", letter_id=letter.pk, **more, **next_month),
    )
    refused("an_automatic_charge_not_made_says_why", changed(charge, state="failed", reason=""))
    refused("an_automatic_charge_is_made_on_its_day_or_later", changed(charge, next_on=month(1)))
    refused("an_automatic_charge_keeps_what_its_letter_says", changed(charge, amount=61))
    refused("an_automatic_charge_is_more_than_nothing", again(charge, amount=0, letter_id=letter.pk, **more))
    refused("an_automatic_charge_is_never_deleted", delete(charge))


def test_lines_tries_and_history_never_change(charge: AutomaticCharge, ana: User) -> None:
    line = charge.lines.first()
    assert line
    refused("an_announced_due_stays_announced", changed(line, amount=1))
    refused(
        "a_letter_announces_a_due_once", lambda: AutomaticLine.objects.create(charge=charge, due=line.due, amount=1)
    )
    made = AutomaticTry.objects.create(charge=charge, order=an_order(ana, line.due), number=1)
    refused("an_automatic_try_never_changes", changed(made, number=2))
    order = an_order(ana, *charge.plan.member.dues.filter(kind="semefa")[:1])
    refused("an_automatic_try_is_counted_once", again(made, order_id=order.pk))
    refused("an_automatic_charge_is_tried_three_times", again(made, order_id=order.pk, number=4))
    event = AutomaticEvent.objects.create(plan=charge.plan, actor="reloj", what="x")
    refused("an_automatic_payments_history_never_changes", changed(event, what="y"))
    assert AutomaticPlan.objects.count() == 1
