"""Reads the first sheet of an XLSX workbook as lines of text, each cell as a person would have typed it.

A workbook is a ZIP of XML files: a small one can unpack to gigabytes. What it says it unpacks to is looked at first,
and Python's zipfile never unpacks more than that.
"""

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

# Read row by row. About 400,000 rows of seven columns; more come as CSV, which has no limit.
MOST_UNPACKED = 150 << 20
# Read as a whole into memory: texts, styles and the like.
MOST_OF_ONE_PART = 24 << 20
# Excel's own limit; a row that calls itself the billionth would be preceded by a billion empty ones.
MOST_ROWS = 1_048_576


class Unreadable(Exception):
    """The workbook cannot be read on after `line`."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


def lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Every row of the first sheet by its number, as wide as the first one unless there is more in it.

    Raises Unreadable.
    """
    line, width = 0, 0
    try:
        _refuse_bombs(path)
        for line, values in enumerate(_rows(path), start=1):
            if line > MOST_ROWS:
                raise Unreadable(line, f"el libro tiene más de {MOST_ROWS:,} filas")
            cells = _trimmed([typed(value) for value in values])
            width = width or len(cells)
            yield line, cells + [""] * (width - len(cells))
    except Unreadable:
        raise
    # Whatever the ZIP, XML and date readers below raise for a damaged file, of which nobody has the list.
    except Exception as error:
        raise Unreadable(line + 1, f"el libro de Excel está dañado: {error}") from error


def _refuse_bombs(path: Path) -> None:
    with zipfile.ZipFile(path) as parts:
        sizes = {part.filename: part.file_size for part in parts.infolist()}
    whole = [size for name, size in sizes.items() if not name.startswith("xl/worksheets/")]
    if sum(sizes.values()) > MOST_UNPACKED or max(whole, default=0) > MOST_OF_ONE_PART:
        raise Unreadable(0, "el libro de Excel es demasiado grande; divídalo o guárdelo como «CSV UTF-8»")


def _rows(path: Path) -> Iterator[Sequence[Any]]:
    # Opened here, because an uploaded file has no name that ends in .xlsx.
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles that a program left out
        workbook = load_workbook(file, read_only=True, data_only=True)
        try:
            sheet = workbook.worksheets[0]
            # Some programs write a wrong size of the sheet, which would cut it.
            sheet.reset_dimensions()
            yield from sheet.iter_rows(values_only=True)
        finally:
            workbook.close()


def typed(value: object) -> str:
    """The text of a cell: a date `25/07/2020`, a number without the noise of its last binary digits."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "VERDADERO" if value else "FALSO"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime):
        return _moment(value)
    return value.strftime("%d/%m/%Y") if isinstance(value, date) else str(value)


def _moment(value: datetime) -> str:
    """Excel counts days with a fraction, so that a second may come out a little short."""
    value = (value + timedelta(milliseconds=500)).replace(microsecond=0)
    midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
    return value.strftime("%d/%m/%Y" if midnight else "%d/%m/%Y %H:%M:%S")


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1].strip():
        cells.pop()
    return cells
