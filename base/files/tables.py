"""Reads a table file, as spreadsheets write them, into typed rows.

A text (base/files/encodings.py has its encodings) with `;`, `,`, a tab or `|` between cells, alone or in a ZIP, or a
sheet of an XLSX workbook. Titles above the header are skipped; its names are matched without regard to capitals,
accents and spaces. Every cell that cannot be read is reported with its line, column and reason.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

from base.files import encodings, file_kinds, table_lines
from base.files.cell_text import clean
from base.files.cells import (
    LIMA,
    amount,
    cmp_number,
    council,
    day,
    moment,
    month,
    one_of,
    operation_number,
    person_name,
    plain,
    signed_amount,
    text,
)
from base.files.table_lines import CannotRead, Header, Line, Source

__all__ = [
    "LIMA",
    "amount",
    "clean",
    "cmp_number",
    "council",
    "day",
    "moment",
    "month",
    "one_of",
    "operation_number",
    "person_name",
    "plain",
    "signed_amount",
    "text",
]

# Beyond this many the file is another file; reading on would only fill the screen.
MOST_PROBLEMS = 10_000
MOST_UNKNOWN_COLUMNS = 50
# Most cells of a file repeat (kinds, months, amounts, the CMP on each of its rows): so many of a column are remembered.
REMEMBERED = 50_000
# The column that a file of rejected rows has besides, so that it can be corrected and loaded as it is.
REJECTION = "rechazo"
WORKBOOK = "xlsx"
UNKNOWN_ENCODING = "no se reconoce cómo está codificado el texto; guárdelo como «CSV UTF-8»"
HIDDEN_ROW = "la fila está oculta o filtrada: quite el filtro y muestre todas las filas, o borre las que no se cargan"


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
    inner: str = ""  # the text inside a ZIP
    notice: str = ""  # what a person is told of the encoding
    doubled: bool = False

    @property
    def source(self) -> Source:
        return Source(self.path, self.inner, "" if self.encoding == WORKBOOK else self.encoding, self.doubled)


def examine(path: Path, *, name: str = "") -> TableFile:
    """What the file is, how it is encoded, and its fingerprint. Raises BadTable for what is no table, OSError."""
    with path.open("rb") as file:
        start = file.peek(4096)[:4096]
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        file_kinds.refuse_others(start)
        inner = file_kinds.text_inside(path) if file_kinds.is_zip(start) else ""
        if file_kinds.is_zip(start) and not inner:
            return TableFile(path, name or path.name, WORKBOOK, sha256)
        with file_kinds.opened(path, inner) as content:
            known = encodings.recognise(content)
    except file_kinds.NoTable as error:
        raise BadTable([Problem(1, "", error.reason)]) from error
    except encodings.UnknownEncoding as error:
        raise BadTable([Problem(1, "", UNKNOWN_ENCODING)]) from error
    return TableFile(path, name or path.name, known.encoding, sha256, inner, known.notice, known.doubled)


def header_of(file: TableFile, names: Collection[str]) -> Header:
    """The header that holds these names, or the row most like it. Raises BadTable."""
    with _readable():
        return table_lines.locate(file.source, names, plain)


def below(file: TableFile, header: Header) -> Iterator[Line]:
    """Every row below the header that holds anything. Raises BadTable for one that is hidden, or cannot be read."""
    with _readable():
        for line in table_lines.after(file.source, header):
            if line.hidden:
                raise CannotRead(line.number, HIDDEN_ROW)
            yield line


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except CannotRead as error:
        raise BadTable([Problem(error.line, "", error.reason)]) from error


@dataclass
class Totals:
    """The rows of a file that say what its rows add up to: their line, and soles."""

    rows: list[tuple[int, Decimal]] = field(default_factory=list)


def required_names(columns: Sequence[Column]) -> list[str]:
    return [column.name for column in columns if column.default is None]


def rows(
    file: TableFile,
    columns: Sequence[Column],
    problems: list[Problem],
    totals: Totals | None = None,
    ignored: Sequence[str] = (),
) -> Iterator[tuple[Any, ...]]:
    """The good rows, each its line and then its values in the order of `columns`; the bad go to `problems`.

    Rows of totals go to `totals`; columns named `ignored` are not read. Raises BadTable when the header does
    not fit, or the file cannot be read on.
    """
    try:
        header = header_of(file, required_names(columns))
        places = _places(header, columns, ignored)
        readers = [(column, places.get(column.name), _remembering(column)) for column in columns]
        width = max(places.values(), default=-1) + 1
        for line in below(file, header):
            if row := _row(line, width, readers, problems, totals):
                yield row
            elif len(problems) >= MOST_PROBLEMS:
                raise BadTable([Problem(line.number, "", "demasiados errores; no se siguió leyendo")])
    except BadTable as bad:
        raise BadTable([*problems, *bad.problems]) from bad


def _places(header: Header, columns: Sequence[Column], ignored: Sequence[str]) -> dict[str, int]:
    names = [plain(name) for name in header.cells]
    known = {column.name for column in columns} | {REJECTION, *ignored}
    missing = [name for name in required_names(columns) if name not in names]
    problems = [Problem(header.line, name, "falta la columna") for name in missing]
    unknown = (name for name in names if name and name not in known)
    problems += [Problem(header.line, name, "columna desconocida") for name in islice(unknown, MOST_UNKNOWN_COLUMNS)]
    problems += [Problem(header.line, name, "columna repetida") for name in known if names.count(name) > 1]
    if problems:
        raise BadTable(problems)
    return {name: place for place, name in enumerate(names) if name}


Reader = tuple[Column, int | None, Callable[[str], Any]]


def _remembering(column: Column) -> Callable[[str], Any]:
    return lru_cache(REMEMBERED)(partial(_value, column))


def _row(
    line: Line, width: int, readers: Sequence[Reader], problems: list[Problem], totals: Totals | None
) -> tuple[Any, ...] | None:
    cells = line.cells
    if len(cells) != width:
        cells = _of_width(cells, width)
        if len(cells) != width:
            problems.append(Problem(line.number, "", f"tiene {len(cells)} celdas; se esperaban {width}"))
            return None
    try:
        return (line.number, *[read("" if place is None else cells[place]) for _, place, read in readers])
    except ValueError:
        if not _is_total(line.number, cells, readers, totals):
            problems += _problems_of(line.number, cells, readers)
        return None


def _of_width(cells: Sequence[str], width: int) -> Sequence[str]:
    """Empty cells behind the last named column say nothing; those before it, Excel leaves out of a workbook."""
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    return cells


TOTAL = re.compile(r"(sub_?)?(total|suma)(es|s)?(_.*)?:?")


def _is_total(line: int, cells: Sequence[str], readers: Sequence[Reader], totals: Totals | None) -> bool:
    """Whether the row begins with «TOTAL» and an amount: no row of the table, but what its rows should add up to."""
    first = next((cell for cell in cells if cell.strip()), "")
    if totals is None or not TOTAL.fullmatch(plain(first)):
        return False
    for column, place, _ in readers:
        if column.name == "monto" and place is not None:
            try:
                totals.rows.append((line, amount(clean(cells[place]))))
            except ValueError:
                return False
            return True
    return False


def _problems_of(line: int, cells: Sequence[str], readers: Sequence[Reader]) -> Iterator[Problem]:
    for column, place, read in readers:
        try:
            read("" if place is None else cells[place])
        except ValueError as error:
            yield Problem(line, column.name, str(error))


def _value(column: Column, cell: str) -> Any:
    cell = clean(cell)
    if cell:
        return column.read(cell)
    if column.default is None:
        raise ValueError("está vacía")
    return column.default
