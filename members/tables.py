"""Reads a table file, as spreadsheets write them, into typed rows.

CSV (UTF-8 with or without a mark, or Windows-1252; `;` or `,` between cells) or the first sheet of an XLSX workbook; a
header line whose names are matched without regard to capitals, accents and spaces. Every cell that cannot be read is
reported with its line, column and reason.
"""

import codecs
import csv
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from members import workbooks

LIMA = ZoneInfo("America/Lima")
# Beyond this many the file is another file; reading on would only fill the screen.
MOST_PROBLEMS = 10_000
MOST_UNKNOWN_COLUMNS = 50
# Most cells of a file repeat (kinds, months, amounts, the CMP on each of its rows): so many of a column are remembered.
REMEMBERED = 50_000
# The column that a file of rejected rows has besides, so that it can be corrected and loaded as it is.
REJECTION = "rechazo"
WORKBOOK = "xlsx"
DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
MONTH = re.compile(r"(?:0?1/)?(\d{1,2})/(\d{4})")
TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
AMOUNT = re.compile(r"(?:S/\s*)?(\d{1,3}(?:,\d{3})+|\d+)(\.\d{1,2})?")
ROMAN = re.compile(r"(X{0,3})(IX|IV|V?I{0,3})")
LARGEST_AMOUNT = Decimal("999999.99")


@dataclass(frozen=True)
class Problem:
    """What is wrong at one place of a file. Line 1 is the header; column is empty when the whole line is meant."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        place = f"línea {self.line}, columna {self.column}" if self.column else f"línea {self.line}"
        return f"{place}: {self.reason}"


class BadTable(Exception):
    """A file with any bad row changes nothing."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = sorted(problems, key=lambda problem: problem.line)


@dataclass(frozen=True)
class Column:
    """`read` makes the value of a cell's text or raises ValueError with the reason; `sql_type` is where COPY puts it.

    A column with a `default` may be missing, and its cells empty.
    """

    name: str
    read: Callable[[str], Any]
    sql_type: str
    default: Any = None


@dataclass(frozen=True)
class TableFile:
    path: Path
    name: str
    encoding: str  # WORKBOOK for an XLSX file
    sha256: str


def examine(path: Path, *, name: str = "") -> TableFile:
    """Which encoding the file has, and its fingerprint. Raises BadTable for a file that is no table, OSError."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        encoding = _by_signature(file.peek(8))
        while block := file.read(1 << 20):
            digest.update(block)
            if encoding == "utf-8-sig" and not _decodes(decoder, block):
                encoding = "cp1252"
    return TableFile(path, name or path.name, encoding, digest.hexdigest())


def _by_signature(start: bytes) -> str:
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadTable([Problem(1, "", "es un libro de Excel antiguo o con contraseña; guárdelo como .xlsx sin ella")])
    if start.startswith(b"PK\x03\x04"):
        return WORKBOOK
    if b"\x00" in start.partition(b"\n")[0]:
        raise BadTable([Problem(1, "", "no es un CSV, o es «Texto Unicode» de Excel: guárdelo como «CSV UTF-8»")])
    return "utf-8-sig"


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes) -> bool:
    try:
        decoder.decode(block)
    except UnicodeDecodeError:
        return False
    return True


def lines(file: TableFile) -> Iterator[tuple[int, Sequence[str]]]:
    """The header and then every line that holds anything, each with its number and cells as they were written.

    Raises BadTable when the file cannot be read on.
    """
    if file.encoding == WORKBOOK:
        try:
            yield from ((line, cells) for line, cells in workbooks.lines(file.path) if line == 1 or any(cells))
        except workbooks.Unreadable as error:
            raise BadTable([Problem(error.line, "", error.reason)]) from error
        return
    yield from _lines_of_text(file)


def _lines_of_text(file: TableFile) -> Iterator[tuple[int, Sequence[str]]]:
    with file.path.open(encoding=file.encoding, newline="") as text:
        line = 1
        try:
            header = text.readline()
            delimiter = ";" if header.count(";") >= header.count(",") else ","
            yield line, next(csv.reader([header], delimiter=delimiter), [])
            reader = csv.reader(text, delimiter=delimiter, strict=True)
            for cells in reader:
                line = reader.line_num + 1
                if any(cells):
                    yield line, cells
        except (csv.Error, UnicodeDecodeError) as error:
            raise BadTable([Problem(line + 1, "", f"no se puede leer: {error}")]) from error


def rows(file: TableFile, columns: Sequence[Column], problems: list[Problem]) -> Iterator[tuple[Any, ...]]:
    """The good rows, each its line and then its values in the order of `columns`; the bad go to `problems`.

    Raises BadTable when the header does not fit or the file cannot be read on.
    """
    found = lines(file)
    try:
        _, header = next(found, (1, []))
        places = _places(header, columns)
        readers = [(column, places.get(column.name), _remembering(column)) for column in columns]
        for line, cells in found:
            if row := _row(line, cells, len(places), readers, problems):
                yield row
            elif len(problems) >= MOST_PROBLEMS:
                raise BadTable([Problem(line, "", "demasiados errores; no se siguió leyendo")])
    except BadTable as bad:
        raise BadTable([*problems, *bad.problems]) from bad


def _places(header: Sequence[str], columns: Sequence[Column]) -> dict[str, int]:
    names = [plain(name) for name in header]
    known = {column.name for column in columns} | {REJECTION}
    missing = [column.name for column in columns if column.default is None and column.name not in names]
    problems = [Problem(1, name, "falta la columna") for name in missing]
    unknown = (name for name in names if name not in known)
    problems += [Problem(1, name, "columna desconocida") for name in islice(unknown, MOST_UNKNOWN_COLUMNS)]
    problems += [Problem(1, name, "columna repetida") for name in known if names.count(name) > 1]
    if problems:
        raise BadTable(problems)
    return {name: place for place, name in enumerate(names)}


Reader = tuple[Column, int | None, Callable[[str], Any]]


def _remembering(column: Column) -> Callable[[str], Any]:
    return lru_cache(REMEMBERED)(partial(_value, column))


def _row(
    line: int, cells: Sequence[str], width: int, readers: Sequence[Reader], problems: list[Problem]
) -> tuple[Any, ...] | None:
    if len(cells) != width:
        problems.append(Problem(line, "", f"tiene {len(cells)} celdas; se esperaban {width}"))
        return None
    try:
        return (line, *[read("" if place is None else cells[place]) for _, place, read in readers])
    except ValueError:
        problems += _problems_of(line, cells, readers)
        return None


def _problems_of(line: int, cells: Sequence[str], readers: Sequence[Reader]) -> Iterator[Problem]:
    for column, place, read in readers:
        try:
            read("" if place is None else cells[place])
        except ValueError as error:
            yield Problem(line, column.name, str(error))


def _value(column: Column, cell: str) -> Any:
    cell = " ".join(unicodedata.normalize("NFC", cell).split())
    if cell:
        return column.read(cell)
    if column.default is None:
        raise ValueError("está vacía")
    return column.default


def plain(text: str) -> str:
    """Lower case, without accents, `_` for spaces: how names of columns and choices are compared."""
    decomposed = unicodedata.normalize("NFD", text.strip().lower())
    return "_".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


# --- What a cell can hold


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


def one_of(choices: Mapping[str, str]) -> Callable[[str], str]:
    """A word of the file (compared without accents, capitals and spaces) for each value stored."""

    def read(cell: str) -> str:
        if (value := choices.get(plain(cell))) is None:
            raise ValueError(f"«{cell}» no es ninguno de: {', '.join(choices)}")
        return value

    return read


def day(cell: str) -> date:
    """`25/07/2020`."""
    if not (match := DATE.fullmatch(cell)):
        raise ValueError(f"«{cell}» no es una fecha dd/mm/aaaa")
    return _date(cell, *(int(group) for group in match.groups()))


def moment(cell: str) -> datetime:
    """`25/07/2020 22:07:13` or `25/07/2020`, which is noon of that day; both in Lima."""
    day_typed, _, hour_typed = cell.partition(" ")
    if not hour_typed:
        return datetime.combine(day(day_typed), time(12), LIMA)
    return datetime.combine(day(day_typed), _clock(hour_typed), LIMA)


def _clock(typed: str) -> time:
    if match := TIME.fullmatch(typed):
        hour, minute, second = (int(group or 0) for group in match.groups())
        if hour < 24 and minute < 60 and second < 60:
            return time(hour, minute, second)
    raise ValueError(f"«{typed}» no es una hora hh:mm:ss")


def month(cell: str) -> date:
    """`07/2020` or `01/07/2020`: the first day of the month."""
    if not (match := MONTH.fullmatch(cell)):
        raise ValueError(f"«{cell}» no es un mes mm/aaaa")
    return _date(cell, 1, int(match[1]), int(match[2]))


def _date(cell: str, day_: int, month_: int, year: int) -> date:
    try:
        found = date(year, month_, day_)
    except ValueError:
        raise ValueError(f"«{cell}» no existe en el calendario") from None
    if not 1940 <= year <= 2100:
        raise ValueError(f"el año {year} no puede ser")
    return found


def amount(cell: str) -> Decimal:
    """Soles: `1,234.50`, `1234.5`, `S/ 30`. More than nothing."""
    if not (match := AMOUNT.fullmatch(cell)):
        raise ValueError(f"«{cell}» no es un monto como 1,234.50")
    soles = Decimal(match[1].replace(",", "") + (match[2] or "")).quantize(Decimal("0.01"))
    if not 0 < soles <= LARGEST_AMOUNT:
        raise ValueError(f"el monto {soles} no puede ser")
    return soles


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
