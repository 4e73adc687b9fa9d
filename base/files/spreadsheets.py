"""Rows as files that a spreadsheet opens: CSV as Excel in Peru writes it, or XLSX."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from base.files import xlsx_writer
from base.files.formulas import unspoiled

# Excel's own limit, less the header.
MOST_ROWS = 1_048_575


class TooManyRows(Exception):
    """A workbook has room for MOST_ROWS rows; a CSV file for any number."""


class _Echo:
    def write(self, text: str) -> str:
        return text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Line by line, with the mark by which Excel knows UTF-8."""
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff" + writer.writerow(header)
    for row in rows:
        yield writer.writerow([_as_text(value) for value in row])


def write_workbook(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """One sheet, written row by row. Raises TooManyRows; then there is no file."""
    xlsx_writer.write(path, header, _that_fit(rows))


def _that_fit(rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise TooManyRows
        yield list(row)


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M:%S")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    text = str(value)
    return unspoiled(text) if isinstance(value, str) else text
