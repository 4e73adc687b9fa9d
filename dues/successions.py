"""The effect of a succession on dues: SEMEFA continues under its new holder, and the college's fee stops.

What was charged, paid or printed before stays. See members/numbers/successions.py.
"""

from datetime import date

from django.conf import settings
from django.db.models import Q, QuerySet

from base.peru import months
from dues import exemptions
from dues.charging.schedule import Relationship
from dues.models import Act, CoveredPerson, Kind
from members.models import Member, Succession, User
from members.numbers import successions


class NoDependant(successions.SuccessionRule):
    """Only somebody whom the holder's SEMEFA covers takes it over."""

    sentence = "Elija a la persona cubierta que toma la titularidad. No cambió nada."


def kinds_of(heir: Succession | None) -> tuple[Kind, ...]:
    """What an account may pay: a successor's SEMEFA, everybody else's both kinds."""
    return (Kind.SEMEFA,) if heir else tuple(Kind)


def enrolled(member: Member) -> bool:
    """Whether we know whom this member's SEMEFA covers; else the college's own system charges it."""
    return member.covered_people.filter(relationship=Relationship.HOLDER).exists()


def dependants(member: Member, first_period: date | None = None) -> "QuerySet[CoveredPerson]":
    """Whom the holder's SEMEFA covers besides the holder; in this month and before it, if one is given."""
    people = member.covered_people.exclude(relationship=Relationship.HOLDER).order_by("birth_date")
    if first_period is None:
        return people.filter(last_period=None)
    return people.filter(_still(first_period), first_period__lt=first_period)


def take_over(record: Succession, dependant: CoveredPerson | None, *, author: User, today: date) -> None:
    """Make the dependant the holder from the succession's month on, and stop the college's fee after the death.

    Runs in the caller's transaction. Raises NoDependant; nobody is needed for a member whom we charge no SEMEFA.
    """
    if enrolled(record.member):
        if dependant is None or dependant not in dependants(record.member, record.first_period):
            raise NoDependant
        _pass_on(record, dependant)
    _stop_college_fee(record, author, today)


def _pass_on(record: Succession, dependant: CoveredPerson) -> None:
    held = record.member.covered_people.filter(_still(record.first_period), relationship=Relationship.HOLDER)
    for cover in [*held, dependant]:
        if cover.first_period >= record.first_period:
            raise NoDependant
        cover.last_period = months.shift(record.first_period, -1)
        cover.save(update_fields=["last_period"])
    CoveredPerson.objects.create(
        member=record.member,
        relationship=Relationship.HOLDER,
        name=record.name,
        birth_date=dependant.birth_date,
        first_period=record.first_period,
    )


def _still(period: date) -> Q:
    return Q(last_period=None) | Q(last_period__gte=period)


def _stop_college_fee(record: Succession, author: User, today: date) -> None:
    """Annul what was charged after the month of the death; what was paid of it becomes a surplus, as by any act."""
    died = record.member.left_date
    if died is None:
        return
    since = months.shift(months.month_of(died), 1)
    last = months.shift(months.month_of(today), settings.PAY_AHEAD_MONTHS)
    charged = record.member.dues.filter(kind=Kind.COLEGIADO, period__range=(since, last), exemption=None)
    if charged.exists():
        exemptions.grant(
            member=record.member,
            act=Act.ANNULMENT,
            kind=Kind.COLEGIADO,
            first_period=since,
            last_period=last,
            reason="Fallecimiento del colegiado",
            document=f"Sucesión de SEMEFA {record.pk}",
            granted_date=today,
            author=author,
        )
