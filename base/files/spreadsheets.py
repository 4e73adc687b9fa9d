"""Writes rows as files for spreadsheets: CSV as Excel in Peru writes it, or XLSX."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from base.files import xlsx_writer
from base.files.formulas import harmless

# Excel's limit, without the header.
MOST_ROWS = 1_048_575


class TooManyRows(Exception):
    """A workbook has room for MOST_ROWS rows; a CSV file has no limit."""


class _Echo:
    def write(self, text: str) -> str:
        return text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yields the file line by line, beginning with the mark by which Excel recognises UTF-8."""
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff" + writer.writerow(header)
    for row in rows:
        yield writer.writerow([_as_text(value) for value in row])


def write_workbook(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes one sheet, row by row. Raises TooManyRows and then leaves no file."""
    xlsx_writer.write(path, header, _that_fit(rows))


def _that_fit(rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise TooManyRows
        yield [_harmless(value) for value in row]


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M:%S")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return str(value) if isinstance(value, Decimal | int) else str(_harmless(value))


def _harmless(value: Any) -> Any:
    return harmless(value) if isinstance(value, str) else value
