"""Reads a table file, as spreadsheets write it, into typed rows.

CSV (UTF-8 or Windows-1252; `;` or `,` between cells) or the first sheet of an XLSX workbook. Header names match without
regard to capitals, accents and spaces. Every unreadable cell is reported with its line, column and reason.
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
from base.files.cells import LONGEST_CELL, plain

# A file with more problems is the wrong file; reading on would only fill the screen.
MOST_PROBLEMS = 10_000
MOST_UNKNOWN_COLUMNS = 50
# Most cells of a file repeat (kinds, months, amounts, CMP numbers), so we cache this many values of each column.
REMEMBERED = 50_000
# The extra column in a file of rejected rows, accepted so that the file can be corrected and loaded as it is.
REJECTION = "rechazo"
WORKBOOK = "xlsx"


@dataclass(frozen=True)
class Problem:
    """One problem of a file. Line 1 is the header; `column` is empty when the whole line is wrong."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        place = f"línea {self.line}, columna {self.column}" if self.column else f"línea {self.line}"
        return f"{place}: {self.reason}"


class BadTable(Exception):
    """The file has bad rows, so loading it changes nothing."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = sorted(problems, key=lambda problem: problem.line)


@dataclass(frozen=True)
class Column:
    """`read` turns the text of a cell into a value, or raises ValueError with the reason. `sql_type` is the type for
    COPY.

    A column with a `default` may be missing, and its cells may be empty.
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
    """Detects the encoding and computes the fingerprint of a file.

    Raises BadTable if the file is not a table, and OSError.
    """
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
    """Yields the number and cells of the header and of every line that is not empty, as written.

    Raises BadTable when the file cannot be read further.
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
    """Yields the good rows: the line number, then the values in the order of `columns`. Appends the others to
    `problems`.

    Raises BadTable when the header does not fit or the file cannot be read further.
    """
    numbered_lines = lines(file)
    try:
        _, header = next(numbered_lines, (1, []))
        places = _places(header, columns)
        readers = [(column, places.get(column.name), _remembering(column)) for column in columns]
        for line, cells in numbered_lines:
            if row := _row(line, cells, len(places), readers, problems):
                yield row
            elif len(problems) >= MOST_PROBLEMS:
                raise BadTable([Problem(line, "", "demasiados errores; no se siguió leyendo")])
    except BadTable as bad:
        raise BadTable([*problems, *bad.problems]) from bad


def _places(header: Sequence[str], columns: Sequence[Column]) -> dict[str, int]:
    names = [plain(name) for name in header]
    expected = {column.name for column in columns} | {REJECTION}
    missing = [column.name for column in columns if column.default is None and column.name not in names]
    problems = [Problem(1, name, "falta la columna") for name in missing]
    unknown = (name for name in names if name not in expected)
    problems += [Problem(1, name, "columna desconocida") for name in islice(unknown, MOST_UNKNOWN_COLUMNS)]
    problems += [Problem(1, name, "columna repetida") for name in expected if names.count(name) > 1]
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
