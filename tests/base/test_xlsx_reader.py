"""Reading XLSX workbooks as Excel writes them, and refusing the ones that would fill the memory."""

import tracemalloc
import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from base.files import sheet_parser, tables, xlsx_reader
from base.files.tables import BadTable, Column, Problem

COLUMNS = (
    Column("cmp", tables.cmp_number, "integer"),
    Column("mes", tables.month, "date"),
    Column("monto", tables.amount, "numeric"),
    Column("fecha_pago", tables.moment, "timestamptz"),
    Column("nota", tables.text(20), "text", default="nada"),
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
        (30.0, "30"),
        (0.1 + 0.2, "0.3"),
        (True, "VERDADERO"),
        (date(2025, 3, 5), "05/03/2025"),
        (datetime(2025, 3, 5, 23, 59, 59, 999_600), "06/03/2025"),  # noqa: DTZ001
        (time(10, 22), "10:22:00"),
        (123_456_789_012, "123456789012"),
        (1_234_567_890_123_456, "1.23456789012346e+15"),
    ],
)
def test_what_a_cell_says(tmp_path: Path, value: object, text: str) -> None:
    path = a_workbook(tmp_path / "celda.xlsx", ["Valor", "x"], [value, "x"])

    assert cells_of(path)[1][0] == text


def test_a_number_that_excel_fills_with_zeros_reads_with_them(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active
    book.active["A1"], book.active["A1"].number_format = 48937, "000000"
    book.active["B1"], book.active["B1"].number_format = 46204, "mmm-yy"
    book.save(tmp_path / "ceros.xlsx")

    assert cells_of(tmp_path / "ceros.xlsx") == [["048937", "01/07/2026"]]


def cells_of(path: Path) -> list[list[str]]:
    with xlsx_reader.Workbook(path) as book:
        return [row.cells for row in book.rows(book.sheets[0])]


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
    ("name", "megabytes"), [("xl/sharedStrings.xml", 65), ("xl/worksheets/sheet1.xml", 401), ("docProps/x.xml", 30)]
)
def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(tmp_path: Path, name: str, megabytes: int) -> None:
    bomb = repacked(a_workbook(tmp_path / "bomba.xlsx", HEADER), name, b"0" * (megabytes << 20))

    assert bomb.stat().st_size < 500_000
    assert "demasiado grande" in refusal_of(bomb)


def test_a_sheet_of_a_billion_empty_rows_is_refused(tmp_path: Path) -> None:
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1000000000"><c r="A1000000000"><v>1</v></c></row>'
        "</sheetData></worksheet>"
    )
    file = repacked(a_workbook(tmp_path / "b.xlsx", HEADER), "xl/worksheets/sheet1.xml", sheet.encode())

    with pytest.raises(xlsx_reader.Unreadable, match="1,048,576 filas"):
        cells_of(file)


def a_sheet_of(path: Path, *pieces: bytes) -> Path:
    """A workbook whose sheet holds this XML."""
    start = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    header = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in HEADER).encode()
    sheet = start + b"<row>" + header + b"</row>" + b"".join(pieces) + b"</sheetData></worksheet>"
    return repacked(a_workbook(path, HEADER), "xl/worksheets/sheet1.xml", sheet)


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ([b"<row/>" * 1_100_000], "más de 1,048,576 filas"),
        ([b'<row><c t="inlineStr"><is><t>', b"A" * 20_000_000, b"</t></is></c></row>"], "más de 32,767 caracteres"),
        ([b"<row>" + b"<c/>" * 20_000 + b"</row>"] * 10, "celdas, muchas quizá vacías con formato"),
        ([b'<row><c r="ZZZZ2"><v>1</v></c></row>'], "más de 16,384 columnas"),
    ],
    ids=["empty rows", "a long cell", "empty cells", "far columns"],
)
def test_what_a_small_workbook_makes_large_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pieces: list[bytes], words: str
) -> None:
    monkeypatch.setattr(sheet_parser, "MOST_CELLS", 100_000)
    file = a_sheet_of(tmp_path / "b.xlsx", *pieces)
    tracemalloc.start()

    assert words in refusal_of(file)

    assert tracemalloc.get_traced_memory()[1] < 40 << 20
    tracemalloc.stop()


def test_the_sheet_is_the_one_with_the_header_wherever_it_stands(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active
    book.active.append(["Resumen", "S/ 30.00"])
    sheet = book.create_sheet("Pagos de julio")
    for line in (["Colegio Médico"], [], HEADER, [7, "03/2025", 30, "05/03/2025", "b"]):
        sheet.append(line)
    book.save(tmp_path / "dos.xlsx")
    names = [name.lower().replace(" ", "_") for name in HEADER]

    rows, problems = read(tmp_path / "dos.xlsx")

    assert (rows[0][:2], problems) == ((4, 7), [])
    assert tables.header_of(tables.examine(tmp_path / "dos.xlsx"), names).sheet == "Pagos de julio"


def test_two_sheets_with_the_same_columns_are_refused_by_name(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active
    book.active.append(HEADER)
    book.create_sheet("Otra").append(HEADER)
    book.save(tmp_path / "dos.xlsx")

    assert "las hojas «Sheet» y «Otra» tienen las mismas columnas" in refusal_of(tmp_path / "dos.xlsx")


def test_entities_that_multiply_are_refused(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    sheet = f'<!DOCTYPE x [<!ENTITY l0 "ja">{laughs}]><worksheet>&l9;</worksheet>'
    file = repacked(a_workbook(tmp_path / "b.xlsx", HEADER), "xl/worksheets/sheet1.xml", sheet.encode())

    assert "dañado" in refusal_of(file)
