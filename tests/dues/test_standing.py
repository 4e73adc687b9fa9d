"""Hábil or inhábil: worked examples of the rule that tolerates two overdue months of colegiado."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from base.peru import months
from base.postgres.constraints import broken_constraint
from dues.models import Due, Kind, StandingRule
from dues.standing import Standing, rule_on, standing_of, standing_of_all
from members.models import Member, MemberStatus, User
from staff import roles
from tests.builders import (
    a_council,
    a_due,
    a_member,
    a_settlement,
    a_standing_rule,
    a_user,
    an_exemption,
    client_of,
    month,
    some_dues,
)


@pytest.fixture
def rosa(db: None) -> Iterator[Member]:
    a_standing_rule()
    return a_member()


def overdue(member: Member, count: int, kind: str = Kind.COLEGIADO) -> list[Due]:
    """Dues of the last so many months before this one, all past their day; oldest first."""
    return [a_due(member, kind, month(back), due_date=month(back)) for back in range(count, 0, -1)]


def today_of(member: Member) -> Standing:
    found = standing_of(member, on=timezone.localdate())
    assert found
    return found


# --- One physician


def test_a_physician_without_debt_is_habil(rosa: Member) -> None:
    a_settlement(overdue(rosa, 1)[0])

    assert today_of(rosa).habil
    assert today_of(rosa).overdue_months == 0


@pytest.mark.parametrize(("count", "habil"), [(2, True), (3, False)])
def test_two_overdue_months_are_tolerated_and_three_are_not(rosa: Member, count: int, habil: bool) -> None:
    overdue(rosa, count)

    assert today_of(rosa).habil is habil
    assert today_of(rosa).overdue_months == count


def test_a_due_is_overdue_the_day_after_its_due_date(rosa: Member) -> None:
    due = a_due(rosa)

    assert standing_of(rosa, on=due.due_date) == Standing((), rule_on(due.due_date))
    assert standing_of(rosa, on=due.due_date + timedelta(days=1)).overdue == (due.period,)


def test_paying_the_oldest_of_three_makes_habil(rosa: Member) -> None:
    oldest, second, third = (due.period for due in overdue(rosa, 3))
    before = today_of(rosa)

    assert before.enough([oldest, second, third]) == oldest
    assert before.after_paying([oldest]).habil
    assert before.after_paying([oldest]).overdue == (second, third)


def test_what_is_foretold_is_what_comes(rosa: Member) -> None:
    oldest, *_ = overdue(rosa, 4)
    foretold = today_of(rosa).after_paying([oldest.period])
    a_settlement(oldest)

    assert today_of(rosa) == foretold


def test_a_debt_of_semefa_alone_leaves_one_habil(rosa: Member) -> None:
    overdue(rosa, 12, Kind.SEMEFA)

    assert today_of(rosa).habil


def test_paying_semefa_does_not_make_habil(rosa: Member) -> None:
    periods = [due.period for due in overdue(rosa, 3)]

    assert today_of(rosa).after_paying(periods, kind=Kind.SEMEFA) == today_of(rosa)


def test_an_exempt_month_does_not_count(rosa: Member) -> None:
    an_exemption(rosa, overdue(rosa, 3)[1])

    assert today_of(rosa).habil


def test_months_that_are_not_payable_here_can_be_in_the_way(rosa: Member) -> None:
    periods = [due.period for due in overdue(rosa, 5)]

    assert today_of(rosa).enough(periods[3:]) is None
    assert today_of(rosa).enough(periods[2:]) == periods[4]


def test_a_reversed_payment_takes_the_standing_back(rosa: Member) -> None:
    due, *_ = overdue(rosa, 3)
    reversed_ = {"reversed_at": timezone.now(), "reversed_by": "teresa@example.com", "reversal_reason": "Rebotó"}
    a_settlement(due, **reversed_)

    assert not today_of(rosa).habil


def test_the_rule_changes_on_its_date(rosa: Member) -> None:
    overdue(rosa, 3)
    today = timezone.localdate()
    a_standing_rule(3, today)

    yesterday = standing_of(rosa, on=today - timedelta(days=1))
    assert yesterday is not None
    assert not yesterday.habil
    assert today_of(rosa).habil


def test_before_any_rule_nothing_is_said(rosa: Member) -> None:
    assert standing_of(rosa, on=date(1999, 12, 31)) is None


@pytest.mark.parametrize("count", [1, 60])
def test_the_standing_of_one_takes_one_query(
    rosa: Member, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    overdue(rosa, count)

    with django_assert_num_queries(1):
        today_of(rosa)


periods = st.dates(date(2000, 1, 1), date(2100, 12, 31)).map(months.month_of)


@given(st.sets(periods, max_size=40), st.integers(0, 12))
def test_paying_up_to_the_month_that_is_enough_is_enough_and_one_less_is_not(owed: set[date], tolerated: int) -> None:
    rule = StandingRule(valid_from=date(2000, 1, 1), months_tolerated=tolerated)
    standing = Standing(tuple(sorted(owed)), rule)
    until = standing.enough(owed)

    if until is None:
        assert standing.habil
        return
    paid = [period for period in owed if period <= until]
    assert standing.after_paying(paid).habil
    assert not standing.after_paying([period for period in paid if period != until]).habil


# --- Everybody


def test_all_are_counted_by_council_as_each_is_alone(rosa: Member) -> None:
    lima, cusco = a_council(), a_council(6, "VI", "Cusco")
    people = [rosa, *(a_member(regional_council=council) for council in (lima, cusco, cusco))]
    for person, count in zip(people, (3, 0, 4, 1), strict=True):
        overdue(person, count)
        overdue(person, 1, Kind.SEMEFA)
    overdue(a_member(status=MemberStatus.DECEASED), 9)
    today = timezone.localdate()

    found = {row.council: row for row in standing_of_all(rule_on(today), on=today)}

    assert sum(row.habil for row in found.values()) == sum(today_of(person).habil for person in people)
    row = found["Consejo Regional VI Cusco"]
    assert (row.habil, row.inhabil, row.colegiado, row.semefa) == (1, 1, Decimal("150.00"), Decimal("60.00"))
    assert found["Consejo Regional III Lima"].inhabil == 1


def test_the_command_counts_one_council_or_all(rosa: Member) -> None:
    overdue(rosa, 3)
    a_member(regional_council=a_council(6, "VI", "Cusco"))

    everybody, cusco = StringIO(), StringIO()
    call_command("standing", stdout=everybody)
    call_command("standing", "--council", "6", "--csv", stdout=cusco)

    assert "Resolución 7-1999" in everybody.getvalue()
    assert [line.split() for line in everybody.getvalue().splitlines()][-1] == ["Total", "1", "1", "90.00", "0.00"]
    assert cusco.getvalue().splitlines()[1] == "Consejo Regional VI Cusco,1,0,0.00,0.00"


def test_staff_read_the_standing_on_the_members_page(rosa: Member, teresa: User) -> None:
    overdue(rosa, 3)

    page = client_of(teresa).get(f"/admin/members/member/{rosa.pk}/change/").content.decode()

    assert "INHÁBIL. Cuotas de colegiado vencidas: 3." in page


def test_a_rule_is_added_and_never_rewritten(rosa: Member) -> None:
    rule = rule_on(timezone.localdate())
    client: Client = client_of(a_user(staff_role=roles.TREASURY, is_superuser=True))

    assert client.get("/admin/dues/standingrule/add/").status_code == 200
    assert client.post(f"/admin/dues/standingrule/{rule.pk}/change/", {"months_tolerated": 9}).status_code == 403
    assert client.post(f"/admin/dues/standingrule/{rule.pk}/delete/").status_code == 403


def test_the_statement_says_the_standing_and_the_rule(rosa: Member) -> None:
    some_dues(rosa, 5)
    user = a_user(rosa)

    page = client_of(user).get("/estado-de-cuenta/").content.decode()
    assert "INHÁBIL" in page
    assert "3 o más cuotas de colegiado vencidas" in page
    a_standing_rule(basis="Regla de muestra", is_sample=True)
    assert "Regla de muestra</strong>, no la del colegio" in client_of(user).get("/estado-de-cuenta/").content.decode()


def test_a_day_begins_one_standing_rule(rosa: Member) -> None:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        StandingRule.objects.create(valid_from=date(2000, 1, 1), months_tolerated=5, basis="Otra")
    assert broken_constraint(refusal.value) == "a_day_begins_one_standing_rule"
