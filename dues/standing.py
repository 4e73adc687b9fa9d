"""Standing: whether a physician is *hábil*, and what would make one so.

A dated rule says how many overdue months of *Cuota Colegiado* are tolerated. SEMEFA is voluntary health cover and never
makes anybody inhábil. A due is overdue from the day after its due date; exempt and settled dues are not.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Expression, QuerySet, Subquery

from base.postgres.kept_queries import kept_query, parameter
from base.remembered import remembered
from dues import ledger
from dues.models import Due, Kind, StandingRule
from members.models import Member, MemberStatus


@dataclass(frozen=True)
class Standing:
    """`overdue` holds the overdue months of colegiado, each the first day of its month, oldest first."""

    overdue: tuple[date, ...]
    rule: StandingRule

    @property
    def overdue_months(self) -> int:
        return len(self.overdue)

    @property
    def habil(self) -> bool:
        return self.missing == 0

    @property
    def missing(self) -> int:
        """How many overdue months have to be paid to be hábil."""
        return max(0, self.overdue_months - self.rule.months_tolerated)

    def after_paying(self, periods: Collection[date], *, kind: str = Kind.COLEGIADO) -> "Standing":
        """The standing once these months of that kind are paid; months of SEMEFA change nothing."""
        if kind != Kind.COLEGIADO:
            return self
        return replace(self, overdue=tuple(period for period in self.overdue if period not in periods))

    def enough(self, payable: Iterable[date]) -> date | None:
        """The month up to which to pay, of those that may be paid, to be hábil.

        None when hábil already, or when all of them together are not enough.
        """
        offered = sorted(set(self.overdue).intersection(payable))
        return offered[self.missing - 1] if 0 < self.missing <= len(offered) else None


@dataclass(frozen=True)
class CouncilStanding:
    """The active members of one council: how many are hábil, and what is overdue, in soles, of each kind."""

    council: str
    habil: int
    inhabil: int
    colegiado: Decimal
    semefa: Decimal


@kept_query
def _rule() -> "QuerySet[StandingRule]":
    return _rules(parameter("on"))[:1]


@remembered
def rule_on(day: date) -> StandingRule | None:
    """The rule in force on that day: the one that began last. None before the first."""
    return _rule.first(on=day)


def _rules(day: date | Expression) -> QuerySet[StandingRule]:
    return StandingRule.objects.filter(valid_from__lte=day).order_by("-valid_from")


def rule_and_overdue(member: Expression | Subquery, *, on: Expression) -> "QuerySet[Any]":
    """What `standing_read` takes: the rule in force on that day, with the member's overdue months."""
    dues = ledger.open_dues(member, kind=Kind.COLEGIADO).filter(due_date__lt=on)
    return _rules(on).annotate(overdue=ArraySubquery(dues.values_list("period", flat=True)))[:1]


@kept_query
def _rule_and_overdue() -> "QuerySet[Any]":
    return rule_and_overdue(parameter("member"), on=parameter("on"))


def standing_of(member: Member, *, on: date) -> Standing | None:
    """The member's standing on that day, of the dues as they are recorded now, in one query.

    None when no rule was in force: then nothing is said, rather than something invented; nor of who has died.
    """
    return standing_read(member, _rule_and_overdue.all(member=member.pk, on=on))


def standing_read(member: Member, rules: Sequence[Any]) -> Standing | None:
    """As `standing_of`, of what `rule_and_overdue` read."""
    if not rules or member.status == MemberStatus.DECEASED:
        return None
    return Standing(tuple(rules[0].overdue), rules[0])


def standing_from(member: Member, open_dues: Iterable[Due], *, on: date) -> Standing | None:
    """As `standing_of`, of the member's open dues that somebody has read already, oldest first."""
    rule = rule_on(on) if member.status != MemberStatus.DECEASED else None
    overdue = tuple(due.period for due in open_dues if due.kind == Kind.COLEGIADO and due.due_date < on)
    return Standing(overdue, rule) if rule else None


# One pass over the dues for everybody. The members without debt come in by the outer join.
STANDING_OF_ALL = """
    WITH debt AS (
        SELECT due.member_id,
               count(*) FILTER (WHERE due.kind = 'colegiado') AS months,
               sum(due.amount) FILTER (WHERE due.kind = 'colegiado') AS colegiado,
               sum(due.amount) FILTER (WHERE due.kind = 'semefa') AS semefa
          FROM dues_due due
         WHERE due.due_date < %(on)s
           AND due.exemption_id IS NULL
           AND NOT EXISTS (SELECT FROM dues_settlement paid WHERE paid.due_id = due.id AND paid.reversed_at IS NULL)
         GROUP BY due.member_id
    )
    SELECT 'Consejo Regional ' || council.roman || ' ' || council.name,
           count(*) FILTER (WHERE coalesce(debt.months, 0) <= %(tolerated)s),
           count(*) FILTER (WHERE debt.months > %(tolerated)s),
           coalesce(sum(debt.colegiado), 0.00),
           coalesce(sum(debt.semefa), 0.00)
      FROM members_member member
      JOIN members_regionalcouncil council ON council.number = member.regional_council_id
      LEFT JOIN debt ON debt.member_id = member.id
     WHERE member.status = %(active)s
       AND (%(council)s::int IS NULL OR council.number = %(council)s)
     GROUP BY council.number
     ORDER BY council.number
"""


def standing_of_all(rule: StandingRule, *, on: date, council: int | None = None) -> list[CouncilStanding]:
    """The standing of every active member on that day, counted by council, in one statement; of one council's if its
    number is given."""
    tolerated, active = rule.months_tolerated, MemberStatus.ACTIVE.value
    with connection.cursor() as cursor:
        cursor.execute(STANDING_OF_ALL, {"on": on, "tolerated": tolerated, "active": active, "council": council})
        return [CouncilStanding(*row) for row in cursor.fetchall()]
