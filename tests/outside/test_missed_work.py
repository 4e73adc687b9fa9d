"""A worker that starts late makes up what was missed, once, and staff see what was not done by when."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from base import periodic
from base.models import PeriodicRun
from base.peru import months
from base.peru.lima import LIMA, midnight
from cmp_portal import tasks as portal_tasks
from dues import ledger
from dues import tasks as dues_tasks
from dues.charging import ahead, monthly
from dues.models import Due
from members.models import User
from payments import reminders
from payments import tasks as payments_tasks
from payments.models import Letter, ReminderStep
from receipts import tasks as receipts_tasks
from staff.outside import troubles as outside
from tests.builders import a_due, a_member, a_settlement, an_order, month, this_month
from tests.dues.priced import colegiado_tariff
from tests.payments.test_refusals import refused

pytestmark = pytest.mark.django_db


def late() -> list[str]:
    return [trouble.key for trouble in outside.missed_work(timezone.now())]


def charged(period: date) -> list[Decimal]:
    return list(Due.objects.filter(period=period).values_list("amount", flat=True))


def test_a_worker_25_minutes_late_charges_the_month_once() -> None:
    colegiado_tariff()
    a_member(), a_member()
    monthly.charge(date(2026, 11, 1), today=date(2026, 11, 1))
    with time_machine.travel(datetime(2026, 12, 1, 0, 35, tzinfo=LIMA)):
        assert late() == []
        for _ in range(3):
            dues_tasks.charge_month(timestamp=0)
    assert charged(date(2026, 12, 1)) == [Decimal("30.00")] * 2


def test_months_that_nobody_charged_are_told_and_made_up() -> None:
    colegiado_tariff()
    a_member()
    monthly.charge(date(2026, 9, 1), today=date(2026, 9, 1))
    with time_machine.travel(datetime(2026, 11, 14, 10, 0, tzinfo=LIMA)):
        assert late() == ["late:charge:2026-10", "late:charge:2026-11"]
        dues_tasks.charge_month(timestamp=0)
        assert late() == []
    assert [charged(date(2026, number, 1)) for number in (9, 10, 11)] == [[Decimal("30.00")]] * 3


def test_a_dry_run_charges_nothing_and_counts_as_nothing() -> None:
    colegiado_tariff()
    today = timezone.localdate()
    monthly.charge(month(), today=today, dry_run=True)
    assert (monthly.uncharged(today), PeriodicRun.objects.count()) == ([month()], 0)


def test_reminders_of_missed_days_come_once_and_not_to_who_paid(ana: User, bruno: User) -> None:
    today = timezone.localdate()
    ReminderStep.objects.create(days=0)
    Due.objects.update(due_date=today - timedelta(days=300))
    member = ana.assignments.get().member
    for back in (1, 2):
        a_due(member, period=month(-back), due_date=today - timedelta(days=back))
    paid = a_due(bruno.assignments.get().member, period=month(-1), due_date=today - timedelta(days=1))
    a_settlement(paid)
    periodic.mark_done(reminders.REMIND, today - timedelta(days=3))

    assert (reminders.write_due(today), reminders.write_due(today)) == (1, 0)

    letter = Letter.objects.get()
    assert (letter.to, "S/ 60.00" in letter.body) == ("ana@example.com", True)
    assert reminders.write_due(today + timedelta(days=1)) == 0


def test_daily_work_that_was_missed_is_told_until_it_is_done() -> None:
    for name in outside.DAILY_WORK:
        periodic.mark_done(name, date(2026, 11, 13))
    with time_machine.travel(datetime(2026, 11, 14, 12, 0, tzinfo=LIMA)):
        assert late() == [
            "late:payments.remind",
            "late:payments.announce",
            "late:portal.forget",
            "late:receipts.sweep_all",
        ]
        payments_tasks.announce(timestamp=0)
        portal_tasks.forget(timestamp=0)
        receipts_tasks.sweep_all(timestamp=0)
        reminders.write_due(timezone.localdate())
        assert late() == []


def test_a_run_is_recorded_once_and_stays() -> None:
    periodic.mark_done("x", month())
    runs = PeriodicRun._base_manager
    refused("periodic_work_is_done_once_for_a_day", lambda: PeriodicRun.objects.create(name="x", day=month()))
    refused("a_periodic_run_never_changes", lambda: runs.filter(name="x").update(day=month(1)))


def test_a_month_ahead_that_a_draft_held_over_midnight_is_priced_when_it_is_let_go(ana: User) -> None:
    colegiado_tariff(amount="30.00")
    member = ana.assignments.get().member
    this, following = this_month(), months.shift(this_month(), 1)
    [ahead_due] = ahead.months_ahead(member, "colegiado", this.replace(day=20))[:1]
    assert ahead_due.period == following
    colegiado_tariff(following, amount="35.00")
    monthly.charge(this, today=this)
    order = an_order(ana, ahead_due)
    with time_machine.travel(midnight(following) + timedelta(minutes=10)):
        dues_tasks.charge_month(timestamp=0)
        ahead_due.refresh_from_db()
        assert ahead_due.amount == Decimal("30.00")
        ledger.release(order.ref)
        dues_tasks.charge_month(timestamp=0)
        ahead_due.refresh_from_db()
        assert ahead_due.amount == Decimal("35.00")
        assert monthly.uncharged(timezone.localdate()) == []
