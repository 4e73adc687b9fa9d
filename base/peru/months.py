"""Months, each as the date of its first day."""

from collections.abc import Sequence
from datetime import date

NAMES = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
PAIR = 2


def month_of(day: date) -> date:
    """Returns the first day of the month of `day`."""
    return day.replace(day=1)


def shift(period: date, months: int) -> date:
    """Returns the month `months` after `period`; a negative number counts back."""
    years, month = divmod(period.year * 12 + period.month - 1 + months, 12)
    return date(years, month + 1, 1)


def between(first: date, last: date) -> int:
    """Returns the number of months from `first` to `last`, negative if `last` is earlier."""
    return (last.year - first.year) * 12 + last.month - first.month


def name(period: date) -> str:
    """Returns `marzo 2025`."""
    return f"{NAMES[period.month - 1]} {period.year}"


def several(periods: Sequence[date]) -> str:
    """`marzo 2025`; `marzo 2025 y abril 2025`; `3 meses, de marzo 2025 a mayo 2025`. Oldest first; empty for none."""
    if len(periods) <= PAIR:
        return " y ".join(map(name, periods))
    return f"{len(periods)} meses, de {name(periods[0])} a {name(periods[-1])}"
