"""What the accountant opens in Excel says what the rows said."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from base.files import spreadsheets, xlsx_writer
from base.files.spreadsheets import TooManyRows, write_workbook

MOMENT = datetime(2020, 7, 25, 22, 7, 13)  # noqa: DTZ001 - in Lima, as the column's heading says


def read(path: Path) -> list[list[Any]]:
    sheet: Any = load_workbook(path).active
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_each_kind_of_value_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    row = [MOMENT, date(2020, 7, 25), Decimal("1234.50"), 7, "Ñusta <&> «Sánchez» ", "", None, "bad \x0b sign"]
    write_workbook(path, [f"Columna {place}" for place in range(8)], [row])
    header, told = read(path)
    assert header[0] == "Columna 0"
    assert told == [MOMENT, datetime(2020, 7, 25), 1234.5, 7, row[4], None, None, "bad  sign"]  # noqa: DTZ001


def test_dates_and_money_look_like_it_and_a_formula_is_text(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    write_workbook(path, ["a", "b", "c"], [[MOMENT, Decimal("1234.50"), "=1+1"]])
    sheet: Any = load_workbook(path).active
    assert [sheet[cell].number_format for cell in ("A2", "B2")] == ["dd/mm/yyyy hh:mm:ss", "#,##0.00"]
    assert (sheet["C2"].value, sheet["C2"].data_type) == ("=1+1", "s")
    assert sheet["C2"].quotePrefix
    assert sheet["A1"].font.bold


def test_too_many_rows_or_a_wrong_value_leave_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "MOST_ROWS", 2)
    path = tmp_path / "book.xlsx"
    with pytest.raises(TooManyRows):
        write_workbook(path, ["a"], [[1], [2], [3]])
    with pytest.raises(TypeError, match="bool"):
        write_workbook(path, ["a"], [[True]])
    assert not path.exists()


def test_columns_beyond_z_have_two_letters() -> None:
    places = (0, 25, 26, 51, 52, 701, 702)
    assert [xlsx_writer.column_letters(place) for place in places] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
