"""The dues of one physician as the page of staff shows them: what is open by age, and every month by year."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from django.db.models import Exists, FilteredRelation, OuterRef, Q

from dues import ageing
from dues.models import Channel, Due, Hold, Kind
from members.models import Member

READ = (
    "pk",
    "kind",
    "period",
    "amount",
    "due_date",
    "exemption__reason",
    "paid__channel",
    "paid__reference",
    "paid__paid_at",
    "held",
)


@dataclass(frozen=True, slots=True)
class MonthDue:
    """One due with what became of it: plain values, because a hundred model rows cost more than their query."""

    pk: int
    kind: str
    period: date
    amount: Decimal
    due_date: date
    exemption: str | None
    channel: str | None
    reference: str | None
    paid_at: datetime | None
    held: bool

    @property
    def open(self) -> bool:
        return self.channel is None and self.exemption is None

    @property
    def kind_words(self) -> str:
        return str(Kind(self.kind).label)

    @property
    def state(self) -> tuple[str, str]:
        """The words of the badge and its look."""
        if self.channel:
            return "Pagada", "ok"
        if self.exemption is not None:
            return "Exonerada", ""
        return ("En un pago", "wait") if self.held else ("Abierta", "bad")

    @property
    def how(self) -> str:
        """How it was paid or why it is not owed; the card payment's reference is its purchase number."""
        if self.channel:
            return f"{Channel(self.channel).label}: {self.reference}"
        return self.exemption or ""

    @property
    def purchase_number(self) -> str:
        return self.reference or "" if self.channel == Channel.CARD else ""


@dataclass(frozen=True)
class Ageing:
    """One row of the table of open dues: their number, and soles by age in the order of dues.ageing.BANDS."""

    words: str
    count: int
    amounts: Sequence[Decimal]

    @property
    def total(self) -> Decimal:
        return sum(self.amounts, Decimal("0.00"))


@dataclass(frozen=True)
class Year:
    number: int
    dues: Sequence[MonthDue]

    @property
    def open_count(self) -> int:
        return sum(due.open for due in self.dues)


@dataclass(frozen=True)
class Debt:
    """`owed` has one row for each kind with open dues, and a row of all of them when there are two."""

    dues: Sequence[MonthDue]
    owed: Sequence[Ageing]
    years: Sequence[Year]

    @property
    def total(self) -> Decimal:
        return sum((due.amount for due in self.dues if due.open), Decimal("0.00"))

    @property
    def open_count(self) -> int:
        return sum(due.open for due in self.dues)


def read(member: Member, *, today: date) -> Debt:
    """Returns the member's dues, newest first, with one query. Months to come that nobody chose are left out."""
    rows = Due.objects.filter(member=member).annotate(
        paid=FilteredRelation("settlements", condition=Q(settlements__reversed_at=None)),
        held=Exists(Hold.objects.filter(due=OuterRef("pk"))),
    )
    dues = [MonthDue(*values) for values in rows.order_by("-period", "kind").values_list(*READ)]
    shown = [due for due in dues if not due.open or due.held or due.period <= today]
    years = groupby(shown, key=lambda due: due.period.year)
    return Debt(shown, _owed(shown, today), [Year(number, list(some)) for number, some in years])


def _owed(dues: Iterable[MonthDue], today: date) -> list[Ageing]:
    of_kind: dict[str, list[MonthDue]] = defaultdict(list)
    for due in dues:
        if due.open:
            of_kind[due.kind].append(due)
    rows = [_ageing(str(Kind(kind).label), some, today) for kind, some in sorted(of_kind.items())]
    if len(rows) < 2:
        return rows
    amounts = [sum(column, Decimal("0.00")) for column in zip(*(row.amounts for row in rows), strict=True)]
    return [*rows, Ageing("Total", sum(row.count for row in rows), amounts)]


def _ageing(words: str, dues: Sequence[MonthDue], today: date) -> Ageing:
    sums = dict.fromkeys(ageing.BANDS, Decimal("0.00"))
    for due in dues:
        sums[ageing.band_of(due.due_date, today)] += due.amount
    return Ageing(words, len(dues), list(sums.values()))
