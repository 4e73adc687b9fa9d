"""What a report is: a question, and a function from a choice of period, kind and council to a table."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self
from urllib.parse import urlencode

from base.peru import months
from base.peru.lima import midnight

Cell = str | int | Decimal | date | datetime | None
#: Rows that a page lists behind one number; the file has them all.
ON_A_PAGE = 200


class Shape(StrEnum):
    """How a column is written, added up and aligned."""

    TEXT = "text"
    MONEY = "money"
    COUNT = "count"
    PERCENT = "percent"


@dataclass(frozen=True)
class Choice:
    """Months in Lima, both included; `kind` is "" and `council` None for all."""

    first: date
    last: date
    kind: str = ""
    council: int | None = None

    @property
    def days(self) -> tuple[date, date]:
        """The first day and the last."""
        return self.first, months.shift(self.last, 1) - timedelta(days=1)

    @property
    def parameters(self) -> dict[str, Any]:
        """For a query: days, moments (`since` included, `until` not), kind and council, None for all."""
        first, last = self.days
        until = midnight(last + timedelta(days=1))
        moments = {"since": midnight(first), "until": until}
        return {"first": first, "last": last, "kind": self.kind or None, "council": self.council, **moments}

    @property
    def address(self) -> str:
        """As it stands in an address, and as the key of a kept report."""
        council = "" if self.council is None else self.council
        chosen = {"desde": f"{self.first:%Y-%m}", "hasta": f"{self.last:%Y-%m}", "tipo": self.kind, "consejo": council}
        return urlencode(chosen)


@dataclass(frozen=True)
class Column:
    title: str
    shape: Shape = Shape.TEXT


@dataclass(frozen=True)
class Row:
    """`key` names the rows behind the numbers; "" when there are none."""

    cells: tuple[Cell, ...]
    key: str = ""


@dataclass(frozen=True)
class Bars:
    """The chart: the names of the stacked parts, and one label with its amounts for each column."""

    title: str
    names: tuple[str, ...]
    columns: tuple[tuple[str, tuple[Decimal, ...]], ...]


@dataclass(frozen=True)
class Answer:
    """A table with its sums. `verdict` answers the report's question in one sentence; `notes` say what is counted."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: tuple[Cell, ...] | None = None
    verdict: str = ""
    notes: tuple[str, ...] = ()
    bars: Bars | None = None
    more: bool = False

    def as_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = _plain(asdict(self))
        return plain

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The inverse of as_json."""
        columns = tuple(Column(column["title"], Shape(column["shape"])) for column in stored["columns"])
        bars = stored["bars"]
        return cls(
            columns=columns,
            rows=tuple(Row(_cells(row["cells"]), row["key"]) for row in stored["rows"]),
            total=None if stored["total"] is None else _cells(stored["total"]),
            verdict=stored["verdict"],
            notes=tuple(stored["notes"]),
            bars=bars and Bars(bars["title"], tuple(bars["names"]), tuple(map(_bar, bars["columns"]))),
            more=stored["more"],
        )


@dataclass(frozen=True)
class Download:
    """A file of a report for another program; `content` is read once."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Report:
    """`behind` lists the rows behind a line's key, `limit` of them or all; `downloads` are files by their name."""

    slug: str
    title: str
    question: str
    permission: str
    answer: Callable[[Choice], Answer]
    behind: Callable[[Choice, str, int | None], Answer]
    by_period: bool = True
    by_kind: bool = True
    by_council: bool = True
    printed: bool = False
    #: Months that are shown when nobody chose: this month and so many before.
    months_back: int = 11
    #: Asked each time: the files for other programs by key, each with its name.
    downloads: Callable[[], dict[str, tuple[str, Callable[[Choice], Download]]]] = dict


def sums(columns: Sequence[Column], rows: Sequence[Row], words: str = "Total") -> tuple[Cell, ...]:
    """Adds up money and counts; other cells are empty and the first one says `words`."""
    summed = [_sum(column, [row.cells[place] for row in rows]) for place, column in enumerate(columns)]
    return (words, *summed[1:])


def percent(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Returns the part in percent with one decimal; None of nothing."""
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1")) if whole else None


def _sum(column: Column, cells: list[Any]) -> Cell:
    if column.shape == Shape.MONEY:
        return sum((cell or Decimal(0) for cell in cells), Decimal("0.00"))
    return sum(cell or 0 for cell in cells) if column.shape == Shape.COUNT else None


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"d": str(value)}
    if isinstance(value, date):
        return {"t": value.isoformat()}
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, (tuple, list)) else value


def _cells(stored: list[Any]) -> tuple[Cell, ...]:
    return tuple(_cell(value) for value in stored)


def _cell(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "d" in value:
        return Decimal(value["d"])
    text = value["t"]
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _bar(stored: list[Any]) -> tuple[str, tuple[Decimal, ...]]:
    label, amounts = stored
    return label, tuple(_cell(amount) for amount in amounts)
