"""The lines of a table file, and where its header is.

Titles above the header are skipped: the header is the first row, among the first of the file, that holds every name
asked for. Of a workbook the sheet is the one with the header.
"""

import csv
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from base.files import file_kinds
from base.files.encodings import mended
from base.files.file_kinds import NoTable
from base.files.sheet_parser import Unreadable
from base.files.xlsx_reader import SheetInfo, Workbook

#: So many rows of a file, and no more, may stand above its header.
TITLES = 40
#: A text line that is longer is no row of a table.
LONGEST_LINE = 200_000
DELIMITERS = (";", ",", "\t", "|")
#: How Excel writes the delimiter at the start of a CSV file.
SEP = "sep="


class CannotRead(Exception):
    """The table cannot be read on. `line` is where; `reason` is what a person reads."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


class Line(NamedTuple):
    number: int
    cells: Sequence[str]
    hidden: bool = False
    hidden_columns: Sequence[range] = ()


@dataclass(frozen=True)
class Source:
    """Where the text or workbook is, and how it is encoded ("" for a workbook)."""

    path: Path
    inner: str
    encoding: str
    doubled: bool


@dataclass(frozen=True)
class Header:
    """`sheet` is "" in a text, `delimiter` in a workbook. `fits` says whether the row holds every name."""

    line: int
    cells: Sequence[str]
    fits: bool
    sheet: str = ""
    delimiter: str = ""


Plain = Callable[[str], str]


def locate(source: Source, names: Collection[str], plain: Plain) -> Header:
    """The header with these names (as `plain` writes them), or the row most like it. Raises CannotRead."""
    with _readable(source) as workbook:
        if workbook is not None:
            return _in_workbook(workbook, names, plain)
    return _in_text(source, names, plain)


def after(source: Source, header: Header) -> Iterator[Line]:
    """Every row below the header that holds anything. Raises CannotRead."""
    with _readable(source) as workbook:
        if workbook is not None:
            [sheet] = [sheet for sheet in workbook.sheets if sheet.name == header.sheet]
            for row in workbook.rows(sheet):
                if row.number > header.line:
                    missing = len(header.cells) - len(row.cells)
                    yield Line(row.number, row.cells + [""] * missing, row.hidden)
            return
    for line in text_lines(source, header.delimiter):
        if line.number > header.line:
            yield line


@contextmanager
def _readable(source: Source) -> Iterator[Workbook | None]:
    try:
        if source.encoding:
            yield None
        else:
            with Workbook(source.path) as workbook:
                yield workbook
    except Unreadable as error:
        raise CannotRead(max(error.line, 1), error.reason) from error


# --- Which row is the header


def _best(lines: Iterator[Line], names: Collection[str], plain: Plain) -> tuple[int, Line]:
    """The first row with all of the names, or the one with most: how many it has, and the row."""
    best, first = (0, Line(1, [])), True
    for place, line in enumerate(lines):
        count = len(set(names) & {plain(cell) for cell in line.cells})
        if count > best[0] or first:
            best, first = (count, line), False
        if count == len(set(names)) or place == TITLES:
            break
    return best


def _in_text(source: Source, names: Collection[str], plain: Plain) -> Header:
    declared = _declared_delimiter(source)
    tried = [declared] if declared else DELIMITERS
    tries = [(*_best(_sniffed(source, delimiter), names, plain), delimiter) for delimiter in tried]
    count, line, delimiter = max(tries, key=lambda each: (each[0], len(each[1].cells)))
    return Header(line.number, line.cells, count == len(set(names)), delimiter=delimiter)


def _declared_delimiter(source: Source) -> str:
    with text_of(source) as text:
        first = text.readline(20).strip().lstrip("\ufeff")
    return first[len(SEP) :][:1] if first.lower().startswith(SEP) else ""


def _sniffed(source: Source, delimiter: str) -> Iterator[Line]:
    """As text_lines, up to the first row that is not well formed."""
    try:
        yield from text_lines(source, delimiter)
    except CannotRead as error:
        if error.line == 1 and delimiter == DELIMITERS[0]:
            raise


def _in_workbook(workbook: Workbook, names: Collection[str], plain: Plain) -> Header:
    found = [(*_best((Line(*row) for row in workbook.rows(sheet)), names, plain), sheet) for sheet in workbook.sheets]
    fitting = [sheet for count, _, sheet in found if count == len(set(names))]
    _refuse_doubt(fitting)
    visible = [each for each in found if not each[2].hidden] or found
    count, line, sheet = max(visible, key=lambda each: each[0])
    if fitting:
        _refuse_hidden_columns(line)
    return Header(line.number, line.cells, count == len(set(names)), sheet=sheet.name)


def _refuse_doubt(fitting: Sequence[SheetInfo]) -> None:
    for sheet in fitting:
        if sheet.hidden:
            raise CannotRead(1, f"la hoja «{sheet.name}» está oculta y tiene estas columnas: muéstrela o bórrela")
    if len(fitting) > 1:
        listed = " y ".join(f"«{sheet.name}»" for sheet in fitting[:3])
        raise CannotRead(1, f"las hojas {listed} tienen las mismas columnas: deje en el libro solo la que se carga")


def _refuse_hidden_columns(header: Line) -> None:
    """What nobody saw is not read: a hidden date or sum may differ from the one on the screen."""
    for place, cell in enumerate(header.cells):
        if cell.strip() and any(place in columns for columns in header.hidden_columns):
            raise CannotRead(header.number, f"la columna «{cell.strip()}» está oculta: muéstrela o bórrela")


# --- Lines of a text


@contextmanager
def text_of(source: Source) -> Iterator[IO[str]]:
    """The text as it is encoded; a byte that its encoding does not know reads as U+FFFD. Raises CannotRead."""
    try:
        with file_kinds.opened(source.path, source.inner) as binary:
            yield io.TextIOWrapper(binary, encoding=source.encoding, errors="replace", newline="")
    except NoTable as error:
        raise CannotRead(1, error.reason) from error


def written_lines(source: Source) -> Iterator[str]:
    """Each line with its end; none is longer than LONGEST_LINE."""
    number = 0
    with text_of(source) as text:
        while line := text.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise CannotRead(number, f"tiene más de {LONGEST_LINE:,} caracteres: no es una fila de una tabla")
            if "\x00" in line:
                raise CannotRead(number, "no es un texto: tiene bytes nulos")
            yield mended(line) if source.doubled else line


def text_lines(source: Source, delimiter: str) -> Iterator[Line]:
    """The rows that hold anything, cut at the delimiter. Raises CannotRead."""
    reader = csv.reader(written_lines(source), delimiter=delimiter, strict=True)
    number = 0
    try:
        for cells in reader:
            number = reader.line_num
            if any(cells) and not (number == 1 and cells[0].lower().lstrip("\ufeff").startswith(SEP)):
                yield Line(number, cells)
    except csv.Error as error:
        raise CannotRead(number + 1, 'no se puede leer: hay unas comillas (") que no se cierran o sobran') from error
