"""Bars as SVG, made on the server: no script, no picture service, and every number also in a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

WIDTH, HEIGHT = 720, 200
LEFT, BOTTOM, TOP = 64, 24, 8
COLOURS = ("#0b3b70", "#c2456b", "#6b7f94")


@dataclass(frozen=True)
class Bar:
    """One piece of a day's column; `title` is read out and shown under the pointer."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    title: str


@dataclass(frozen=True)
class Mark:
    at: float
    words: str


@dataclass(frozen=True)
class Chart:
    """Columns of stacked bars over days, oldest first, with marks along both axes."""

    names: Sequence[tuple[str, str]]
    bars: Sequence[Bar]
    days: Sequence[Mark]
    amounts: Sequence[Mark]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    base: int = HEIGHT - BOTTOM


def chart(names: Sequence[str], rows: Sequence[tuple[date | str, Sequence[Decimal]]], *, every: int = 5) -> Chart:
    """`rows` has for each day, or other label, one amount for each name; none is negative. Each `every`th is named."""
    highest = _round_up(max((sum(amounts, Decimal(0)) for _, amounts in rows), default=Decimal(0)))
    column = (WIDTH - LEFT) / max(len(rows), 1)
    bars = [
        bar for place, row in enumerate(rows) for bar in _column(names, row, LEFT + place * column, column, highest)
    ]
    named = [(place, row[0]) for place, row in enumerate(rows) if place % every == 0]
    days = [
        Mark(LEFT + (place + 0.5) * column, f"{day:%d/%m}" if isinstance(day, date) else day) for place, day in named
    ]
    amounts = [Mark(_y(highest * part / 4, highest), _short(highest * part / 4)) for part in (0, 2, 4)]
    return Chart(list(zip(names, COLOURS, strict=False)), bars, days, amounts)


def _column(
    names: Sequence[str], row: tuple[date | str, Sequence[Decimal]], x: float, width: float, highest: Decimal
) -> list[Bar]:
    day, amounts = row
    below, bars = Decimal(0), []
    for name, amount, colour in zip(names, amounts, COLOURS, strict=False):
        top, base = _y(below + amount, highest), _y(below, highest)
        below += amount
        if amount:
            label = f"{day:%d/%m/%Y}" if isinstance(day, date) else day
            title = f"{label}, {name}: {amount:,}"
            bars.append(Bar(round(x + 1, 1), round(top, 1), round(width - 2, 1), round(base - top, 1), colour, title))
    return bars


def _y(amount: Decimal, highest: Decimal) -> float:
    return HEIGHT - BOTTOM - float(amount / highest) * (HEIGHT - BOTTOM - TOP)


def _short(amount: Decimal) -> str:
    """Millions in short: the margin has room for seven figures."""
    return f"{amount / 1_000_000:,.0f} M" if amount >= 10_000_000 else f"{amount:,.0f}"


def _round_up(amount: Decimal) -> Decimal:
    """The next of 4, 8, 20, 40, 80, 200 …: marks at halves and quarters stay whole."""
    step = Decimal(4)
    while step < amount:
        step *= Decimal("2.5") if str(step).startswith("8") else 2
    return step
