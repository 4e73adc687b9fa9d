"""What a cell of a table can hold. Each reader takes the cell's text, already clean (base/files/cell_text.py).

It raises ValueError with the reason, in Spanish, when the text could mean something else."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from base.files.cell_text import CUT, LONGEST_CELL, SCIENTIFIC

LIMA = ZoneInfo("America/Lima")
DATE = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})")
ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
MONTH = re.compile(r"(?:0?1([/-]))?(\d{1,2})[/-](\d{4})")
ISO_MONTH = re.compile(r"(\d{4})(?:-(\d{2})(?:-01)?|(0[1-9]|1[0-2]))")
#: `jul-26`, `julio 2026`, `jul. de 26`: two digits of a year are read only behind a month's name.
NAMED_MONTH = re.compile(r"([a-z]{3,10})\.?(?:\s*[-/]\s*|\s+de\s+|\s+|(?<=\.))(\d{4}|\d{2})", re.IGNORECASE)
MONTH_NAMES = {
    name: number
    for number, names in enumerate(
        ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "setiembre", "octubre",
         "noviembre", "diciembre"),
        start=1,
    )
    for name in (names, names[:3])
} | {"septiembre": 9, "sep": 9, "sept": 9}  # fmt: skip
TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:\s*([ap])\.?\s?m\.?)?", re.IGNORECASE)
SOLES = r"(?:(?:S/\.?|PEN)\s*)?"
AMOUNT = re.compile(rf"{SOLES}(\d{{1,3}}(?:,\d{{3}})+|\d+)(\.\d{{1,2}})?(?:\s*soles)?", re.IGNORECASE)
#: `-30.00`, `S/ -30.00`, `(30.00)` and `30.00-`, as banks and Excel write what was given back.
NEGATIVE = re.compile(rf"(?:[-−]\s*(.+)|({SOLES})[-−]\s*(.+)|\((.+)\)|(.+)[-−])", re.IGNORECASE)
OTHER_MONEY = re.compile(r"US\$|\$|USD|€|EUR|d[oó]lar", re.IGNORECASE)
ROMAN = re.compile(r"(X{0,3})(IX|IV|V?I{0,3})")
LARGEST_AMOUNT = Decimal("999999.99")
#: Signs that a name has when its accents were lost on the way.
LOST_LETTER = re.compile(r"[?¿¤¥¢£§¶¨¬#@<>=]|\d")


def plain(text: str) -> str:
    """Lower case, without accents and invisible marks, `_` for spaces: how names of columns and choices compare."""
    decomposed = unicodedata.normalize("NFD", text[:LONGEST_CELL].strip().lower())
    return "_".join("".join(c for c in decomposed if unicodedata.category(c) not in ("Mn", "Cf")).split())


def cmp_number(cell: str) -> int:
    """`12345`, `012345`: up to seven digits without the leading zeros."""
    digits = cell.lstrip("0")
    if not cell.isascii() or not cell.isdigit() or not 1 <= len(digits) <= 7:
        raise ValueError(f"«{cell}» no es un número CMP (de 1 a 7 dígitos)")
    return int(digits)


def text(longest: int) -> Callable[[str], str]:
    def read(cell: str) -> str:
        if len(cell) > longest:
            raise ValueError(f"tiene {len(cell)} caracteres; el máximo es {longest}")
        if not cell.isprintable():
            raise ValueError("tiene caracteres que no se pueden mostrar")
        return cell

    return read


def operation_number(longest: int) -> Callable[[str], str]:
    """As `text`, with at least one letter or digit, and not cut by Excel (`1.23457E+11`)."""
    as_text = text(longest)

    def read(cell: str) -> str:
        if SCIENTIFIC.fullmatch(cell):
            raise ValueError(CUT.format(cell))
        if not any(character.isalnum() for character in cell):
            raise ValueError(f"«{cell}» no es un número de operación")
        return as_text(cell)

    return read


def person_name(longest: int) -> Callable[[str], str]:
    """As `text`, without the signs that stand where a letter was lost."""
    as_text = text(longest)

    def read(cell: str) -> str:
        if match := LOST_LETTER.search(cell):
            raise ValueError(f"«{cell}» tiene «{match[0]}»: quizá se perdió una letra; corríjalo en el archivo")
        return as_text(cell)

    return read


def one_of(choices: Mapping[str, str]) -> Callable[[str], str]:
    """A word of the file (compared without accents, capitals and spaces) for each value stored."""

    def read(cell: str) -> str:
        if (value := choices.get(plain(cell))) is None:
            raise ValueError(f"«{cell}» no es ninguno de: {', '.join(choices)}")
        return value

    return read


def day(cell: str) -> date:
    """`25/07/2020`, `25-07-2020`, `25.07.2020` or `2020-07-25`."""
    if match := ISO_DATE.fullmatch(cell):
        return _date(cell, int(match[3]), int(match[2]), int(match[1]))
    if match := DATE.fullmatch(cell):
        return _date(cell, int(match[1]), int(match[3]), int(match[4]))
    raise ValueError(f"«{cell}» no es una fecha dd/mm/aaaa")


def moment(cell: str) -> datetime:
    """A day with `22:07:13` or `10:07 p. m.` behind it; a day alone is noon of that day; both in Lima."""
    day_typed, _, hour_typed = cell.replace("T", " ", 1).partition(" ") if ISO_DATE.match(cell) else cell.partition(" ")
    if not hour_typed:
        return datetime.combine(day(day_typed), time(12), LIMA)
    return datetime.combine(day(day_typed), _clock(hour_typed), LIMA)


def _clock(typed: str) -> time:
    if match := TIME.fullmatch(typed):
        hour, minute, second = (int(group or 0) for group in match.groups()[:3])
        if match[4] and 1 <= hour <= 12:
            hour = hour % 12 + (12 if match[4].lower() == "p" else 0)
        elif match[4]:
            hour = 24
        if hour < 24 and minute < 60 and second < 60:
            return time(hour, minute, second)
    raise ValueError(f"«{typed}» no es una hora hh:mm:ss")


def month(cell: str) -> date:
    """`07/2020`, `01/07/2020`, `2020-07`, `202007`, `jul-20`, `julio 2020`: the first day of the month."""
    if match := ISO_MONTH.fullmatch(cell):
        return _date(cell, 1, int(match[2] or match[3]), int(match[1]))
    if match := MONTH.fullmatch(cell):
        return _date(cell, 1, int(match[2]), int(match[3]))
    match = NAMED_MONTH.fullmatch(cell)
    if match and (number := MONTH_NAMES.get(match[1].lower())):
        year = int(match[2])
        return _date(cell, 1, number, year if year > 99 else 2000 + year)
    raise ValueError(f"«{cell}» no es un mes mm/aaaa")


def _date(cell: str, day_: int, month_: int, year: int) -> date:
    try:
        found = date(year, month_, day_)
    except ValueError:
        raise ValueError(f"«{cell}» no existe en el calendario") from None
    if not 1940 <= year <= 2100:
        raise ValueError(f"el año {year} no puede ser")
    return found


def amount(cell: str) -> Decimal:
    """Soles: `1,234.50`, `1234.5`, `S/ 30`, `S/. 30.00`. More than nothing."""
    soles = _soles(cell)
    if not 0 < soles <= LARGEST_AMOUNT:
        raise ValueError(f"el monto {soles} no puede ser")
    return soles


def signed_amount(cell: str) -> Decimal:
    """As `amount`, or less than nothing: what a bank gave back. Never nothing."""
    match = NEGATIVE.fullmatch(cell)
    if not match:
        return amount(cell)
    return -amount(next(group for group in (match[1], match[3], match[4], match[5]) if group).strip())


def _soles(cell: str) -> Decimal:
    if OTHER_MONEY.search(cell):
        raise ValueError(f"«{cell}» no está en soles")
    if not (match := AMOUNT.fullmatch(cell)):
        raise ValueError(f"«{cell}» no es un monto como 1,234.50")
    soles = Decimal(match[1].replace(",", "") + (match[2] or ""))
    if soles > LARGEST_AMOUNT:  # more digits than a Decimal of two places holds
        raise ValueError(f"el monto {match[1][:40]} no puede ser")
    return soles.quantize(Decimal("0.01"))


def council(cell: str) -> int:
    """A regional council's number: `III` or `3`."""
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
