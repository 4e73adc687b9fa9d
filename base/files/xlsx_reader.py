"""Reads the first sheet of an XLSX workbook as lines of text, each cell as a person would type it.

A workbook is a ZIP of XML files, and a small one can unpack to gigabytes. We check the declared sizes first; Python's
zipfile never unpacks more than declared.
"""

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

# The sheets are read row by row: this is about 400,000 rows of seven columns. CSV has no limit.
MOST_UNPACKED = 150 << 20
# Parts read into memory as a whole, such as texts and styles.
MOST_OF_ONE_PART = 24 << 20
# Excel's limit. A row that claims to be number one billion would follow a billion empty rows.
MOST_ROWS = 1_048_576


class Unreadable(Exception):
    """The workbook cannot be read beyond `line`."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


def lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yields the number and cells of every row of the first sheet, padded to the width of the first row.

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
    # Nobody has the list of what the ZIP, XML and date readers raise for a damaged file.
    except Exception as error:
        raise Unreadable(line + 1, f"el libro de Excel está dañado: {error}") from error


def _refuse_bombs(path: Path) -> None:
    with zipfile.ZipFile(path) as parts:
        sizes = {part.filename: part.file_size for part in parts.infolist()}
    whole = [size for name, size in sizes.items() if not name.startswith("xl/worksheets/")]
    if sum(sizes.values()) > MOST_UNPACKED or max(whole, default=0) > MOST_OF_ONE_PART:
        raise Unreadable(0, "el libro de Excel es demasiado grande; divídalo o guárdelo como «CSV UTF-8»")


def _rows(path: Path) -> Iterator[Sequence[Any]]:
    # openpyxl refuses a path without the ending .xlsx, and uploaded files have none.
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles that a program left out
        workbook = load_workbook(file, read_only=True, data_only=True)
        try:
            sheet = workbook.worksheets[0]
            # Some programs declare a wrong sheet size, which would cut the sheet.
            sheet.reset_dimensions()
            yield from sheet.iter_rows(values_only=True)
        finally:
            workbook.close()


def typed(value: object) -> str:
    """Returns the text of a cell: a date as `25/07/2020`, a number without binary noise in its last digits."""
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
    """Excel counts days with a fraction, so a second may come out slightly short."""
    value = (value + timedelta(milliseconds=500)).replace(microsecond=0)
    midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
    return value.strftime("%d/%m/%Y" if midnight else "%d/%m/%Y %H:%M:%S")


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1].strip():
        cells.pop()
    return cells
