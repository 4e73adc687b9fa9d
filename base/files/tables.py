"""Reads a table file, as spreadsheets write them, into typed rows.

CSV (UTF-8 with or without a mark, or Windows-1252; `;` or `,` between cells) or the first sheet of an XLSX workbook; a
header line whose names are matched without regard to capitals, accents and spaces. Every cell that cannot be read is
reported with its line, column and reason.
"""

import codecs
import csv
import hashlib
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

from base.files import xlsx_reader
from base.files.cells import plain

# Beyond this many the file is another file; reading on would only fill the screen.
MOST_PROBLEMS = 10_000
MOST_UNKNOWN_COLUMNS = 50
# Most cells of a file repeat (kinds, months, amounts, the CMP on each of its rows): so many of a column are remembered.
REMEMBERED = 50_000
# The column that a file of rejected rows has besides, so that it can be corrected and loaded as it is.
REJECTION = "rechazo"
WORKBOOK = "xlsx"
# By length first: normalising a long text costs time. No column holds as much.
LONGEST_CELL = 2_000


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
            yield from ((line, cells) for line, cells in xlsx_reader.lines(file.path) if line == 1 or any(cells))
        except xlsx_reader.Unreadable as error:
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
    if len(cell) > LONGEST_CELL:
        raise ValueError(f"tiene {len(cell)} caracteres; el máximo es {LONGEST_CELL}")
    cell = " ".join(unicodedata.normalize("NFC", cell).split())
    if cell:
        return column.read(cell)
    if column.default is None:
        raise ValueError("está vacía")
    return column.default
