"""A member's statement: why each month is as it is, and what that makes in all."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from django.db.models import Prefetch

from dues import ledger, oldest_first
from dues.ledger import Totals
from dues.models import Due, DueLine, Kind, Repricing, Settlement, Surplus
from members.models import Member


@dataclass(frozen=True)
class Line:
    """One due. Exactly one of paid, exempt, held and open is so; an open one may be too old to be paid online. `ahead`
    is a month to come; SEMEFA's has `people`, one row for each whom it covers."""

    due: Due
    settlement: Settlement | None
    held: bool
    too_old: bool
    overdue: bool
    ahead: bool
    people: Sequence[DueLine]
    repricings: Sequence[Repricing]

    @property
    def exempt(self) -> bool:
        return self.settlement is None and self.due.exemption is not None

    @property
    def open(self) -> bool:
        return self.settlement is None and not self.exempt

    @property
    def payable(self) -> bool:
        return self.open and not self.too_old and not self.ahead

    @property
    def shown(self) -> bool:
        """Months to come that were only looked at are not owed."""
        return not self.ahead or not self.open or self.held


@dataclass(frozen=True)
class Year:
    number: int
    lines: Sequence[Line]

    @property
    def open_count(self) -> int:
        return sum(line.open for line in self.lines)


@dataclass(frozen=True)
class Statement:
    years: Sequence[Year]  # newest first, and so the lines of each
    payable: dict[str, Totals]  # of each kind's label, what may be paid online today
    too_old: dict[str, Totals]  # of each kind's label that has any, open but over three years back (user guide step 3)
    credits: Sequence[Surplus]  # money received for months that did not owe it

    @property
    def credit(self) -> Decimal:
        return sum((surplus.amount for surplus in self.credits), Decimal("0.00"))


def of(member: Member, today: date, kinds: Collection[Kind] = tuple(Kind)) -> Statement:
    """The statement of one member's dues of these kinds as of `today` in Lima, in six queries however long the
    history."""
    lines = [line for line in (_line(due, today) for due in _dues(member, kinds)) if line.shown]
    surpluses = member.surpluses.open().filter(due__kind__in=kinds).select_related("due")
    return Statement(
        years=[Year(number, list(group)) for number, group in groupby(lines, key=lambda line: line.due.period.year)],
        payable={kind.label: _totals(x for x in lines if x.payable and x.due.kind == kind) for kind in kinds},
        too_old=_too_old(lines),
        credits=list(surpluses.order_by("paid_at", "pk")),
    )


def _too_old(lines: Iterable[Line]) -> dict[str, Totals]:
    found = [line for line in lines if line.open and line.too_old]
    totals = {kind.label: _totals(line for line in found if line.due.kind == kind) for kind in Kind}
    return {label: total for label, total in totals.items() if total.count}


def _dues(member: Member, kinds: Collection[Kind]) -> Iterable[Due]:
    live = Prefetch("settlements", Settlement.objects.standing())
    found = (
        Due.objects.filter(member=member, kind__in=kinds).select_related("exemption").prefetch_related(live, "holds")
    )
    dues = list(found.order_by("-period", "kind"))
    ledger.explain(dues)
    return dues


def _line(due: Due, today: date) -> Line:
    return Line(
        due=due,
        settlement=next(iter(due.settlements.all()), None),
        held=bool(due.holds.all()),
        too_old=due.period < oldest_first.window_start(today),
        overdue=due.due_date < today,
        ahead=due.period > oldest_first.window_end(today),
        people=due.people,
        repricings=list(due.repricings.all()) if due.tariff_id else (),
    )


def _totals(lines: Iterable[Line]) -> Totals:
    amounts = [line.due.amount for line in lines]
    return Totals(len(amounts), sum(amounts, Decimal("0.00")))
