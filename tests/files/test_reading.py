"""Files as treasurers really have them, read or refused in a sentence that names the cause and the cure."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from base.files import tables
from base.files.tables import BadTable, Problem
from dues.imports.payment_files import PAYMENTS_COLUMNS
from members import roll

CASES = Path(__file__).with_name("cases")
PLAIN = ("58213", "colegiado", "2026-07-01", "30.00", "bank", "OP-1")


def read(name: str, columns: Any = PAYMENTS_COLUMNS) -> tuple[list[tuple[str, ...]], list[Problem]]:
    problems: list[Problem] = []
    totals = tables.Totals()
    rows = list(tables.rows(tables.examine(CASES / name), columns, problems, totals))
    return [tuple(str(value) for value in row[1:]) for row in rows], problems


@pytest.mark.parametrize(
    "name",
    [
        "c01_tab.csv",
        "c06b_Sdot50.csv",
        "c10b_iso.csv",
        "c11_date_iso.csv",
        "c13_zero_width.csv",
        "c21b_trailing_sep.csv",
        "c21c_sep_line.csv",
        "c22_title_row.csv",
        "x01_title_row.xlsx",
    ],
)
def test_a_payment_reads_as_if_it_had_been_written_plainly(name: str) -> None:
    [row], problems = read(name)

    assert not problems
    assert row[:6] == PLAIN
    assert row[6].startswith("2026-11-25 12:00:00")


@pytest.mark.parametrize(
    ("name", "line", "words"),
    [
        ("c15_sci_reference.csv", 2, "Excel cortó"),
        ("x12_big_reference.xlsx", 2, "Excel cortó"),
        ("x12_big_reference.xlsx", 3, "Excel cortó"),
        ("c16_error_reference.csv", 3, "«#N/A» es un error de Excel"),
        ("x05_error_cells.xlsx", 2, "«#N/A» es un error de Excel"),
    ],
)
def test_an_operation_number_that_is_lost_is_refused_by_its_line(name: str, line: int, words: str) -> None:
    rows, problems = read(name)

    assert not rows
    [reason] = [problem.reason for problem in problems if problem.line == line]
    assert words in reason


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("c26_html.xls", "página web guardada como .xls"),
        ("x03_hidden_row.xlsx", "línea 3: la fila está oculta"),
        ("x11b_first_sheet_hidden.xlsx", "la hoja «Sheet» está oculta"),
        ("x23.ods", "LibreOffice (.ods)"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_as_a_whole(name: str, words: str) -> None:
    with pytest.raises(BadTable) as refusal:
        read(name)

    assert words in str(refusal.value.problems[0])


def test_a_hidden_column_is_refused_by_its_name(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([column.name for column in PAYMENTS_COLUMNS])
    sheet.append(["45678", "colegiado", "2026-07", "30.00", "OP-1", "2026-07-05"])
    sheet.column_dimensions["D"].hidden = True
    book.save(tmp_path / "pagos.xlsx")

    with pytest.raises(BadTable) as refusal:
        list(tables.rows(tables.examine(tmp_path / "pagos.xlsx"), PAYMENTS_COLUMNS, []))

    [problem] = refusal.value.problems
    assert problem.reason == f"la columna «{PAYMENTS_COLUMNS[3].name}» está oculta: muéstrela o bórrela"


@pytest.mark.parametrize(
    ("name", "words"), [("r03_cp850.csv", "MS-DOS (CP850)"), ("r06_double_encoded.csv", "dos veces en UTF-8")]
)
def test_a_roll_in_another_encoding_reads_with_its_letters_and_says_so(name: str, words: str) -> None:
    rows, problems = read(name, roll.COLUMNS)

    assert not problems
    assert rows[0][1] == "Ñañez Muñoz"
    assert words in tables.examine(CASES / name).notice


def test_one_bad_byte_harms_its_own_line_only() -> None:
    [good], [problem] = read("r05b_utf8_one_bad_byte_small.csv", roll.COLUMNS)

    assert good[1:3] == ("MUÑOZ NÚÑEZ", "JOSÉ")
    assert (problem.line, problem.column) == (3, "apellidos")
    assert "carácter dañado" in problem.reason


def test_an_error_of_excel_is_nobodys_surname() -> None:
    rows, problems = read("r08_errors.csv", roll.COLUMNS)

    assert not rows
    assert [(problem.line, problem.column) for problem in problems] == [(2, "apellidos"), (2, "nombres")]


def test_a_formula_that_was_never_calculated_is_not_the_default() -> None:
    rows, [problem] = read("x19_formula_uncached_default.xlsx", roll.COLUMNS)

    assert not rows
    assert (problem.column, "sin calcular" in problem.reason) == ("estado", True)
