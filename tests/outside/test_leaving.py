"""Who died or left owes nothing after that month, however late the college heard of it, and money is not kept."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone

from base.peru.lima import LIMA
from dues import exemptions, leaving
from dues.charging import ahead, monthly
from dues.imports import loading
from dues.models import DataLoad, Due, Surplus
from members.models import Absence, Member, User
from payments.checkout import charge
from simulators.niubiz.server import RunningSimulator
from staff.outside import troubles as outside
from tests.builders import a_member, a_settlement
from tests.dues.priced import colegiado_tariff
from tests.outside.test_mismatches import an_approval
from tests.payments.browser import Browser, attempt_of
from tests.payments.test_refunds import open_dues

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "cmp;apellidos;nombres;tipo_documento;numero_documento;consejo;sede;fecha_colegiacion;estado;fecha_estado"


def load_roll(path: Path, member: Member, state: str, since: str = "") -> None:
    row = (
        f"{member.cmp_number};{member.surnames};{member.given_names};DNI;{member.document_number};3;Lima;15/03/2010;"
        f"{state};{since}"
    )
    file = path / f"padron-{state}-{since.replace('/', '')}.csv"
    file.write_text(f"{HEADER}\n{row}\n")
    loading.load(loading.Request(content=DataLoad.Content.ROLL, path=file))


def owed(member: Member) -> list[int]:
    return [due.period.month for due in Due.objects.filter(member=member, exemption=None).order_by("period")]


def charge_months(*numbers: int) -> None:
    for number in numbers:
        monthly.charge(date(2026, number, 1), today=date(2026, number, 2))


@pytest.fixture
def rosa() -> Member:
    colegiado_tariff()
    return a_member()


def test_a_roll_that_says_late_that_rosa_left_annuls_the_months_since(rosa: Member, tmp_path: Path) -> None:
    charge_months(8, 9, 10, 11)
    load_roll(tmp_path, rosa, "retirado", "15/09/2026")
    assert owed(rosa) == [8, 9]
    assert Surplus.objects.count() == 0


def test_what_rosa_paid_ahead_before_she_died_is_a_surplus_and_staff_are_told(rosa: Member, tmp_path: Path) -> None:
    charge_months(10)
    dues = ahead.months_ahead(rosa, "colegiado", date(2026, 10, 20))[:2]
    for due in dues:
        a_settlement(due)
    with time_machine.travel(datetime(2026, 10, 25, 12, tzinfo=LIMA)):
        load_roll(tmp_path, rosa, "fallecido", "22/10/2026")
        leaving.annul_after_leaving()
        assert [surplus.amount for surplus in Surplus.objects.all()] == [Decimal("30.00")] * 2
        [trouble] = outside.credits_of_leavers(datetime.now(LIMA))
    assert f"Saldo a favor de S/ 60.00 del CMP {rosa.cmp_number}" in trouble.words
    assert owed(rosa)[0] == 10


def test_money_approved_after_the_month_was_freed_is_a_surplus(
    ana: User, simulator: RunningSimulator, teresa: User
) -> None:
    browser = Browser(ana, simulator)
    due = open_dues(ana)[0]
    order = browser.order_of(due)
    browser.press_pay(order)
    attempt = attempt_of(order)
    charge._begin_authorising(attempt.pk)
    exemptions.grant(
        member=due.member, act="annulment", kind="colegiado", first_period=due.period, last_period=due.period,
        reason="Fallecimiento", document="Acta 1", granted_date=due.period, author=teresa,
    )  # fmt: skip
    charge.conclude(attempt.pk, an_approval(attempt, "30.00"), actor="x")
    surplus = Surplus.objects.get()
    assert (surplus.amount, surplus.reference) == (Decimal("30.00"), attempt.number)


def test_one_who_returns_is_not_charged_the_absence(rosa: Member, tmp_path: Path) -> None:
    charge_months(6)
    load_roll(tmp_path, rosa, "retirado", "15/06/2026")
    load_roll(tmp_path, rosa, "activo")
    absence = Absence.objects.get()
    assert (absence.left_on, absence.returned_on) == (date(2026, 6, 15), timezone.localdate())


def test_the_months_of_an_absence_are_not_owed(rosa: Member) -> None:
    charge_months(6)
    Absence.objects.create(member=rosa, left_on=date(2026, 6, 15), returned_on=date(2026, 9, 10))
    charge_months(7, 8, 9, 10)
    assert owed(rosa) == [6, 10]
    rosa.refresh_from_db()
    expected = monthly.expected_of(
        rosa, "colegiado", date(2026, 6, 1), date(2026, 10, 1), tariffs=[monthly.dated(rosa.dues.first().tariff)]
    )
    assert [due.period.month for due in expected] == [6, 10]
