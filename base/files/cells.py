"""Reads the cells of a table as people type them: months, days, amounts, CMP numbers, councils.

Every reader raises ValueError with a Spanish sentence.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal

from base.peru.lima import LIMA, noon

# By length first: normalising a long text costs time. No column holds as much.
LONGEST_CELL = 2_000
DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
MONTH = re.compile(r"(?:0?1/)?(\d{1,2})/(\d{4})")
TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
AMOUNT = re.compile(r"(?:S/\s*)?(\d{1,3}(?:,\d{3})+|\d+)(\.\d{1,2})?")
ROMAN = re.compile(r"(X{0,3})(IX|IV|V?I{0,3})")
LARGEST_AMOUNT = Decimal("999999.99")


def plain(text: str) -> str:
    """Returns the text in lower case, without accents, with `_` for spaces, to compare column names and choices."""
    decomposed = unicodedata.normalize("NFD", text[:LONGEST_CELL].strip().lower())
    return "_".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


# --- What a cell can hold


def cmp_number(cell: str) -> int:
    """`12345`, `012345`: up to seven digits without the leading zeros."""
    digits = cell.lstrip("0")
    if not cell.isascii() or not cell.isdigit() or not 1 <= len(digits) <= 7:
        raise ValueError(f"«{cell}» no es un número CMP (de 1 a 7 dígitos)")
    return int(digits)


def text(longest: int) -> Callable[[str], str]:
    def read_cell(cell: str) -> str:
        if len(cell) > longest:
            raise ValueError(f"tiene {len(cell)} caracteres; el máximo es {longest}")
        if not cell.isprintable():
            raise ValueError("tiene caracteres que no se pueden mostrar")
        return cell

    return read_cell


def one_of(choices: Mapping[str, str]) -> Callable[[str], str]:
    """Returns a reader that maps each word in `choices` to its stored value; see `plain` for how words compare."""

    def read_cell(cell: str) -> str:
        if (value := choices.get(plain(cell))) is None:
            raise ValueError(f"«{cell}» no es ninguno de: {', '.join(choices)}")
        return value

    return read_cell


def day(cell: str) -> date:
    """`25/07/2020`."""
    if not (match := DATE.fullmatch(cell)):
        raise ValueError(f"«{cell}» no es una fecha dd/mm/aaaa")
    return _date(cell, *(int(group) for group in match.groups()))


def moment(cell: str) -> datetime:
    """Reads `25/07/2020 22:07:13`, or `25/07/2020` as noon of that day, in Lima."""
    day_typed, _, hour_typed = cell.partition(" ")
    if not hour_typed:
        return noon(day(day_typed))
    return datetime.combine(day(day_typed), _clock(hour_typed), LIMA)


def _clock(typed: str) -> time:
    if match := TIME.fullmatch(typed):
        hour, minute, second = (int(group or 0) for group in match.groups())
        if hour < 24 and minute < 60 and second < 60:
            return time(hour, minute, second)
    raise ValueError(f"«{typed}» no es una hora hh:mm:ss")


def month(cell: str) -> date:
    """Reads `07/2020` or `01/07/2020`; returns the first day of the month."""
    if not (match := MONTH.fullmatch(cell)):
        raise ValueError(f"«{cell}» no es un mes mm/aaaa")
    return _date(cell, 1, int(match[1]), int(match[2]))


def _date(cell: str, day_: int, month_: int, year: int) -> date:
    try:
        day = date(year, month_, day_)
    except ValueError:
        raise ValueError(f"«{cell}» no existe en el calendario") from None
    if not 1940 <= year <= 2100:
        raise ValueError(f"el año {year} no puede ser")
    return day


def amount(cell: str) -> Decimal:
    """Reads soles above zero: `1,234.50`, `1234.5`, `S/ 30`."""
    if not (match := AMOUNT.fullmatch(cell)):
        raise ValueError(f"«{cell}» no es un monto como 1,234.50")
    soles = Decimal(match[1].replace(",", "") + (match[2] or "")).quantize(Decimal("0.01"))
    if not 0 < soles <= LARGEST_AMOUNT:
        raise ValueError(f"el monto {soles} no puede ser")
    return soles


def council(cell: str) -> int:
    """Reads the number of a regional council: `III` or `3`."""
    number = int(cell) if cell.isascii() and cell.isdigit() else _from_roman(cell.upper())
    if not 1 <= number <= 39:
        raise ValueError(f"«{cell}» no es el número de un consejo regional")
    return number


def _from_roman(numeral: str) -> int:
    match = ROMAN.fullmatch(numeral)
    if not match:
        return 0
    tens, units = match.groups()
    ones = {"IX": 9, "IV": 4}.get(units)
    return 10 * len(tens) + (ones if ones is not None else 5 * units.count("V") + units.count("I"))
