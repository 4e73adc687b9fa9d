"""Months that are not charged yet and that a member may pay ahead."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from base.peru import months
from base.postgres.kept_queries import kept_query, parameter
from base.remembered import remembered
from dues import oldest_first
from dues.charging.monthly import dated, expected_of, tariff_of
from dues.charging.schedule import ExpectedDue
from dues.models import CoveredPerson, Due, DueLine, Kind, Tariff
from members.models import Member

# --- One member, months ahead


def kinds_ahead(member: Member, today: date) -> set[str]:
    """The kinds of which this member can pay coming months: with a tariff, and for SEMEFA somebody covered."""
    if not settings.PAY_AHEAD_MONTHS:
        return set()
    kinds = _charged_kinds(months.month_of(today))
    if Kind.SEMEFA in kinds and not _covered_now.first(member=member.pk):
        kinds.remove(Kind.SEMEFA)
    return kinds


@remembered
def _charged_kinds(month: date) -> set[str]:
    return set(Tariff.objects.filter(first_period__lte=month).values_list("kind", flat=True))


@kept_query
def _covered_now() -> "QuerySet[CoveredPerson, tuple[int]]":
    return CoveredPerson.objects.filter(member=parameter("member"), last_period=None).values_list("pk")[:1]


def months_ahead(member: Member, kind: str, today: date) -> list[Due]:
    """The dues of the coming PAY_AHEAD_MONTHS, made now at the tariff in force today where they are missing.

    Once paid, no later tariff touches them; unpaid, they are corrected or annulled by the charge of their month.
    Calling again makes nothing twice. Oldest first, whatever their state.
    """
    first = months.shift(months.month_of(today), 1)
    last = oldest_first.window_end(today, months_ahead=settings.PAY_AHEAD_MONTHS)
    tariff = tariff_of(kind, months.month_of(today))
    with transaction.atomic():
        # Two tabs of one member come one after the other.
        locked = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        dues = Due.objects.filter(member=member, kind=kind, period__range=(first, last))
        known = set(dues.values_list("period", flat=True))
        if tariff and len(known) < settings.PAY_AHEAD_MONTHS:
            expected = expected_of(locked, kind, first, last, tariffs=[dated(tariff)])
            add_expected(locked, kind, [due for due in expected if due.period not in known], tariff)
    return list(dues.order_by("period"))


def add_expected(member: Member, kind: str, expected: Sequence[ExpectedDue], tariff: Tariff) -> None:
    acts = list(member.exemptions.filter(kind=kind, revoked_at=None).order_by("pk"))
    dues = Due.objects.bulk_create(
        Due(
            member=member,
            kind=kind,
            period=due.period,
            amount=due.amount,
            due_date=due.due_date,
            basis=due.basis,
            tariff=tariff,
            exemption=next((act for act in acts if act.first_period <= due.period <= act.last_period), None),
        )
        for due in expected
    )
    DueLine.objects.bulk_create(
        DueLine(due=added, **asdict(line)) for added, due in zip(dues, expected, strict=True) for line in due.lines
    )
