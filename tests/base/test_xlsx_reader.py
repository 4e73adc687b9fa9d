"""Reading XLSX workbooks as Excel writes them, and refusing the ones that would fill the memory."""

import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from base.files import cells, tables, xlsx_reader
from base.files.tables import BadTable, Column, Problem

COLUMNS = (
    Column("cmp", cells.cmp_number, "integer"),
    Column("mes", cells.month, "date"),
    Column("monto", cells.amount, "numeric"),
    Column("fecha_pago", cells.moment, "timestamptz"),
    Column("nota", cells.text(20), "text", default="nada"),
)
HEADER = ["CMP", "Mes", "Monto", "Fecha pago", "Nota"]


def a_workbook(path: Path, *lines: list[Any]) -> Path:
    workbook = Workbook()
    assert workbook.active
    for line in lines:
        workbook.active.append(line)
    workbook.save(path)
    return path


def read(path: Path) -> tuple[list[tuple[Any, ...]], list[Problem]]:
    problems: list[Problem] = []
    return list(tables.rows(tables.examine(path), COLUMNS, problems)), problems


def test_cells_read_as_they_would_from_csv_whatever_excel_made_of_them(tmp_path: Path) -> None:
    paid = datetime(2025, 3, 5, 10, 22, 1)  # noqa: DTZ001 - Excel knows no zones
    as_typed = ["012345", "03/2025", "1,234.50", "05/03/2025 10:22:01", "a"]
    as_excel_stores = [12345, datetime(2025, 3, 1), 1234.5, paid, "a"]  # noqa: DTZ001
    (first, second), problems = read(a_workbook(tmp_path / "pagos.xlsx", HEADER, as_typed, as_excel_stores))

    assert not problems
    assert first[1:] == second[1:]
    assert first[:4] == (2, 12345, date(2025, 3, 1), Decimal("1234.50"))


def test_empty_rows_and_cells_are_as_in_csv_and_lines_keep_their_number(tmp_path: Path) -> None:
    file = a_workbook(
        tmp_path / "pagos.xlsx", HEADER, [], [7, "03/2025", 30, "05/03/2025"], ["x", "03/2025", 30, "05/03/2025", "b"]
    )
    rows, problems = read(file)

    assert [(row[0], row[-1]) for row in rows] == [(3, "nada")]
    assert [str(problem) for problem in problems] == [
        "línea 4, columna cmp: «x» no es un número CMP (de 1 a 7 dígitos)"
    ]


def test_a_cell_beyond_the_header_is_an_error(tmp_path: Path) -> None:
    _, problems = read(a_workbook(tmp_path / "p.xlsx", HEADER, [7, "03/2025", 30, "05/03/2025", "b", "de más"]))

    assert problems[0].reason == "tiene 6 celdas; se esperaban 5"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (30.0, "30"),
        (0.1 + 0.2, "0.3"),
        (True, "VERDADERO"),
        (date(2025, 3, 5), "05/03/2025"),
        (datetime(2025, 3, 5, 23, 59, 59, 999_600), "06/03/2025"),  # noqa: DTZ001
        (time(10, 22), "10:22:00"),
    ],
)
def test_what_a_cell_says(value: object, text: str) -> None:
    assert xlsx_reader.typed(value) == text


def refusal_of(path: Path) -> str:
    with pytest.raises(BadTable) as refusal:
        read(path)
    return str(refusal.value.problems[0])


def repacked(path: Path, name: str, content: bytes) -> Path:
    """The workbook with one of its parts replaced or added."""
    with zipfile.ZipFile(path) as before:
        parts = {part: before.read(part) for part in before.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as after:
        for part, was in {**parts, name: content}.items():
            after.writestr(part, content if part == name else was)
    return path


@pytest.mark.parametrize(
    ("name", "megabytes"), [("xl/sharedStrings.xml", 25), ("xl/worksheets/sheet2.xml", 151), ("docProps/x.xml", 30)]
)
def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(tmp_path: Path, name: str, megabytes: int) -> None:
    bomb = repacked(a_workbook(tmp_path / "bomba.xlsx", HEADER), name, b"0" * (megabytes << 20))

    assert bomb.stat().st_size < 300_000
    assert "demasiado grande" in refusal_of(bomb)


def test_a_sheet_of_a_billion_empty_rows_is_refused(tmp_path: Path) -> None:
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1000000000"><c r="A1000000000"><v>1</v></c></row>'
        "</sheetData></worksheet>"
    )
    file = repacked(a_workbook(tmp_path / "b.xlsx", HEADER), "xl/worksheets/sheet1.xml", sheet.encode())

    with pytest.raises(xlsx_reader.Unreadable, match="1,048,576 filas"):
        list(xlsx_reader.lines(file))


def test_entities_that_multiply_are_refused(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    sheet = f'<!DOCTYPE x [<!ENTITY l0 "ja">{laughs}]><worksheet>&l9;</worksheet>'
    file = repacked(a_workbook(tmp_path / "b.xlsx", HEADER), "xl/worksheets/sheet1.xml", sheet.encode())

    assert "dañado" in refusal_of(file)
