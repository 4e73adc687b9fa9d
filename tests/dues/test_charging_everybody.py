"""The pure schedule and the set-based charge say the same of any college."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from base.peru import months
from dues.charging import monthly
from dues.charging.schedule import DatedTariff, Relationship
from dues.models import Due, Kind, Tariff
from members.models import Member, MemberStatus
from tests.builders import a_member, a_user, the_succession
from tests.dues.priced import a_tariff, covers

FIRST, LAST = date(2026, 1, 1), date(2026, 4, 1)
TODAY = date(2026, 2, 14)

around = st.dates(date(2025, 10, 1), date(2026, 6, 30))
month = around.map(months.month_of)
price = st.decimals("0.01", "999.99", places=2).map(str)
# Birthdays within a few months of an age at which something changes.
birth = st.tuples(st.sampled_from([0, 18, 19, 30, 40, 41, 60, 90]), around).map(
    lambda age_on: age_on[1].replace(year=age_on[1].year - age_on[0], day=min(age_on[1].day, 28))
)
relative = st.tuples(st.sampled_from(Relationship), birth, month, st.one_of(st.none(), st.integers(0, 5)))
physician = st.fixed_dictionaries(
    {
        "registered": around,
        "left": st.one_of(st.none(), around, st.just("unknown")),
        "family": st.lists(relative, max_size=4),
        # Months from the death to the succession, and from there to its end.
        "succeeded": st.one_of(st.none(), st.tuples(st.integers(1, 3), st.one_of(st.none(), st.integers(0, 2)))),
    }
)
tariffs = st.dictionaries(month, st.dictionaries(st.sampled_from([0, 18, 40, 41, 60]), price, min_size=1), max_size=3)


def enrol(member: Member, family: list[tuple[Relationship, date, date, int | None]]) -> None:
    enrolled = False
    for number, (relationship, born, since, lasting) in enumerate(family):
        # One holder; the second one drawn is a parent.
        kinship = Relationship.PARENT if relationship == Relationship.HOLDER and enrolled else relationship
        enrolled = enrolled or kinship == Relationship.HOLDER
        until = None if lasting is None else months.shift(since, lasting)
        covers(member, kinship, born, since, until, name=f"Persona {number}")


def a_college(physicians: list[dict]) -> Iterator[Member]:
    for drawn in physicians:
        left = drawn["left"]
        member = a_member(
            registered_date=drawn["registered"],
            status=MemberStatus.ACTIVE if left is None else MemberStatus.WITHDRAWN,
            left_date=left if isinstance(left, date) else None,
        )
        enrol(member, drawn["family"])
        if drawn["succeeded"] and member.left_date:
            a_succession(member, *drawn["succeeded"])
        yield member


def a_succession(member: Member, after: int, lasting: int | None) -> None:
    assert member.left_date
    Member.objects.filter(pk=member.pk).update(status=MemberStatus.DECEASED)
    first = months.shift(months.month_of(member.left_date), after)
    ended = None if lasting is None else datetime.combine(months.shift(first, lasting), time(12), UTC)
    the_succession(member, a_user(), first_period=first, ended_at=ended)


Told = tuple[date, Decimal, date, str, tuple]


def expected(member: Member, kind: str, dated: list[DatedTariff]) -> list[Told]:
    dues = monthly.expected_of(member, kind, FIRST, LAST, tariffs=dated)
    return [
        (due.period, due.amount, due.due_date, due.basis, tuple((x.person_id, x.age, x.amount) for x in due.lines))
        for due in dues
    ]


def charged(member: Member, kind: str) -> list[Told]:
    dues = Due.objects.filter(member=member, kind=kind, exemption=None).order_by("period")
    return [
        (
            due.period,
            due.amount,
            due.due_date,
            due.basis,
            tuple(due.lines.filter(replaced_by=None).order_by("person").values_list("person", "age", "amount")),
        )
        for due in dues
    ]


@pytest.mark.django_db
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(physicians=st.lists(physician, min_size=1, max_size=4), colegiado=st.dictionaries(month, price), semefa=tariffs)
def test_sql_charges_what_the_schedule_says(
    physicians: list[dict], colegiado: dict[date, str], semefa: dict[date, dict[int, str]]
) -> None:
    with transaction.atomic():
        for first, amount in colegiado.items():
            a_tariff(Kind.COLEGIADO, first, amount)
        for first, prices in semefa.items():
            a_tariff(Kind.SEMEFA, first, prices)
        college = list(a_college(physicians))
        periods = [months.shift(FIRST, number) for number in range(months.between(FIRST, LAST) + 1)]

        for period in periods:
            monthly.charge(period, today=TODAY)
        again = [monthly.charge(period, today=TODAY) for period in periods]

        assert all(run.changes_nothing and run.kept.dues == 0 for run in again)
        for kind in Kind:
            dated = [monthly.dated(tariff) for tariff in Tariff.objects.filter(kind=kind)]
            for member in college:
                assert charged(member, kind) == expected(member, kind, dated)
        transaction.set_rollback(True)
