"""Everything on record about one physician outside the dues, read with one statement.

Each table is a branch of one UNION: a page of seventeen tables would else ask seventeen times. A branch names the
permission that its readers hold, and is not read for anybody else.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import CharField, DateTimeField, DecimalField, F, Func, IntegerField, QuerySet, Value
from django.db.models.functions import Cast
from django.urls import reverse

#: The newest rows of one table that a page shows.
MOST = 40
TEXT = CharField()
MONEY = DecimalField(max_digits=12, decimal_places=2, null=True)
COLUMNS = ("fact_table", "fact_at", "fact_title", "fact_detail", "fact_state", "fact_amount", "fact_key")
LOOKS = {
    **dict.fromkeys(("sent", "accepted", "observed", "linked", "vigente", "registrado"), "ok"),
    **dict.fromkeys(("failed", "bounced", "rejected", "refused", "abierto", "por devolver"), "bad"),
    **dict.fromkeys(("queued", "waiting", "proving", "unconfirmed", "pending", "in_doubt", "por decidir"), "wait"),
}


class MidnightInLima(Func):
    """The moment at which a day begins in Lima: a cast alone would begin it in the time zone of the connection."""

    template = "(%(expressions)s::timestamp AT TIME ZONE 'America/Lima')"
    output_field = DateTimeField()


@dataclass(frozen=True)
class Person:
    """Whose rows are read: the member's number in the table, its CMP, and the numbers and addresses of its accounts."""

    member: int
    cmp_number: int
    accounts: Collection[int]
    addresses: Collection[str]


@dataclass(frozen=True)
class Branch:
    """One table: who may read it, its rows, and the words for its codes. `page` is the page that the key opens."""

    permission: str
    words: str
    rows: "Callable[[Person], QuerySet[Any]]"
    titles: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    page: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of one table. `amount` is in soles; `key` names the row, or the one whose page shows it."""

    branch: Branch
    at: datetime
    title_code: str
    detail: str
    state: str
    amount: Decimal | None
    key: int

    @property
    def words(self) -> str:
        return self.branch.words

    @property
    def title(self) -> str:
        return self.branch.titles.get(self.title_code, self.title_code)

    @property
    def state_words(self) -> str:
        return self.branch.states.get(self.state, self.state).capitalize()

    @property
    def look(self) -> str:
        return LOOKS.get(self.state, "")

    @property
    def url(self) -> str:
        return reverse(self.branch.page, args=[self.key]) if self.branch.page else ""


def shape(
    rows: "QuerySet[Any]",
    *,
    at: Any,
    title: Any,
    detail: Any = "",
    state: Any = "",
    amount: Any = None,
    key: str = "pk",
) -> "QuerySet[Any]":
    """Returns the rows with the columns of a Fact, each of one type in every branch."""
    shaped: QuerySet[Any] = rows.annotate(
        fact_at=Cast(F(at) if isinstance(at, str) else at, DateTimeField()),
        fact_title=Cast(_value(title), TEXT),
        fact_detail=Cast(_value(detail), TEXT),
        fact_state=Cast(_value(state), TEXT),
        fact_amount=Cast(_value(amount), MONEY),
        fact_key=Cast(F(key), IntegerField()),
    )
    return shaped


def _value(text: Any) -> Any:
    return text if hasattr(text, "resolve_expression") else Value(text)


def read(branches: Mapping[str, Branch], person: Person) -> dict[str, list[Fact]]:
    """Returns the facts of each branch, newest first, with one query; none for no branches."""
    found: dict[str, list[Fact]] = {name: [] for name in branches}
    shaped = [_branch(name, branch, person) for name, branch in branches.items()]
    if not shaped:
        return found
    together = shaped[0].union(*shaped[1:], all=True) if shaped[1:] else shaped[0]
    for name, *values in together.order_by("-fact_at", "-fact_key"):
        found[name].append(Fact(branches[name], *values))
    return found


def _branch(name: str, branch: Branch, person: Person) -> "QuerySet[Any]":
    rows = branch.rows(person).annotate(fact_table=Value(name, TEXT))
    newest: QuerySet[Any] = rows.order_by("-fact_at", "-fact_key").values_list(*COLUMNS)[:MOST]
    return newest
