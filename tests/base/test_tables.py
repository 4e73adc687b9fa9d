"""Reading table files as spreadsheets and banks write them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from base.files import cells, tables
from base.files.tables import BadTable, Column, Problem

COLUMNS = (
    Column("cmp", cells.cmp_number, "integer"),
    Column("nombre", cells.text(20), "text"),
    Column("monto", cells.amount, "numeric"),
    Column("fecha", cells.day, "date"),
    Column("estado", cells.one_of({"activo": "A", "retirado": "R"}), "text", default="A"),
)
GOOD = "cmp;nombre;monto;fecha;estado\n012345;Ñusta Peña;1,234.50;25/07/2020;Retirado\n"
READ = (2, 12345, "Ñusta Peña", Decimal("1234.50"), date(2020, 7, 25), "R")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tabla.csv"


def read(file: Path, content: str | bytes) -> tuple[list[tuple[Any, ...]], list[Problem]]:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    problems: list[Problem] = []
    return list(tables.rows(tables.examine(file), COLUMNS, problems)), problems


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode(),
        GOOD.encode("utf-8-sig"),
        GOOD.encode("cp1252"),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("1,234.50", '"1,234.50"').replace(";", ",").encode(),
        GOOD.replace("cmp;nombre", " CMP ;NÓMBRE").encode(),
        (GOOD + "\n;;;;\n").encode(),
        GOOD.replace("Ñusta Peña", "  Ñusta   Peña ").encode(),
        GOOD.replace("Ñ", "N\u0303").replace("ñ", "n\u0303").encode(),
    ],
    ids=["utf-8", "bom", "windows-1252", "crlf", "commas", "header", "blank lines", "spaces", "decomposed"],
)
def test_a_file_reads_the_same_however_it_was_saved(file: Path, content: bytes) -> None:
    assert read(file, content) == ([READ], [])


def test_a_character_cut_by_a_block_is_still_utf8(file: Path) -> None:
    names = "".join(f"{number};{'ñ' * 19};1;01/01/2020;\n" for number in range(1, 30_000))
    rows, problems = read(file, "cmp;nombre;monto;fecha;estado\n" + names)

    assert len(rows) == 29_999
    assert not problems


def test_a_column_with_a_default_may_be_missing_or_empty(file: Path) -> None:
    without = "cmp;nombre;monto;fecha\n1;Ana;1;01/01/2020\n"
    empty = "cmp;nombre;monto;fecha;estado\n1;Ana;1;01/01/2020;\n"

    assert read(file, without)[0][0][-1] == read(file, empty)[0][0][-1] == "A"


def test_every_bad_cell_is_named_and_the_good_rows_go_on(file: Path) -> None:
    rows, problems = read(
        file,
        "cmp;nombre;monto;fecha;estado\n"
        "12A;Ana;30;01/01/2020;activo\n"
        "1;Bruno;30;01/01/2020;activo\n"
        "2;;1.234,50;31/02/2020;ausente\n"
        "3;Carla;30\n",
    )

    assert [row[1] for row in rows] == [1]
    assert [(problem.line, problem.column) for problem in problems] == [
        (2, "cmp"),
        (4, "nombre"),
        (4, "monto"),
        (4, "fecha"),
        (4, "estado"),
        (5, ""),
    ]
    assert str(problems[3]) == "línea 4, columna fecha: «31/02/2020» no existe en el calendario"
    assert "activo, retirado" in problems[4].reason
    assert problems[5].reason == "tiene 3 celdas; se esperaban 5"


@pytest.mark.parametrize(
    ("header", "column", "reason"),
    [
        ("cmp;nombre;monto;estado", "fecha", "falta la columna"),
        ("cmp;nombre;monto;fecha;notas", "notas", "columna desconocida"),
        ("cmp;cmp;nombre;monto;fecha", "cmp", "columna repetida"),
    ],
)
def test_a_header_that_does_not_fit_is_said_first(file: Path, header: str, column: str, reason: str) -> None:
    with pytest.raises(BadTable) as refusal:
        read(file, header + "\n")

    assert Problem(1, column, reason) in refusal.value.problems


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "falta la columna"),
        (b"PK\x03\x04xl/workbook.xml", "libro de Excel está dañado"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "antiguo o con contraseña"),
        (GOOD.encode("utf-16"), "Texto Unicode"),
        (GOOD.encode() + b'1;"abierta', "no se puede leer"),
        (GOOD.encode("cp1252") + b"\x81", "no se puede leer"),
    ],
    ids=["empty", "damaged workbook", "old workbook", "utf-16", "open quote", "no encoding"],
)
def test_a_file_that_is_no_table_is_refused_in_one_sentence(file: Path, content: bytes, words: str) -> None:
    with pytest.raises(BadTable) as refusal:
        read(file, content)

    assert words in str(refusal.value.problems[0])


def test_a_file_of_nothing_but_errors_is_not_read_to_its_end(file: Path) -> None:
    with pytest.raises(BadTable, match=str(tables.MOST_PROBLEMS + 1)):
        read(file, "cmp;nombre;monto;fecha;estado\n" + "x;y;1;01/01/2020;\n" * (tables.MOST_PROBLEMS + 5))


@pytest.mark.parametrize(
    ("read_cell", "cell", "value"),
    [
        (cells.cmp_number, "12345", 12345),
        (cells.cmp_number, "012345", 12345),
        (cells.cmp_number, "0000001", 1),
        (cells.cmp_number, "9999999", 9_999_999),
        (cells.amount, "30", Decimal("30.00")),
        (cells.amount, "1234.5", Decimal("1234.50")),
        (cells.amount, "S/ 1,234.50", Decimal("1234.50")),
        (cells.amount, "0.01", Decimal("0.01")),
        (cells.day, "1/3/2020", date(2020, 3, 1)),
        (cells.day, "29/02/2024", date(2024, 2, 29)),
        (cells.month, "07/2020", date(2020, 7, 1)),
        (cells.month, "01/07/2020", date(2020, 7, 1)),
        (cells.moment, "25/07/2020 22:07:13", datetime(2020, 7, 26, 3, 7, 13, tzinfo=UTC)),
        (cells.moment, "25/07/2020", datetime(2020, 7, 25, 17, tzinfo=UTC)),
        (cells.council, "III", 3),
        (cells.council, "xxvii", 27),
        (cells.council, "IX", 9),
        (cells.council, "XIV", 14),
        (cells.council, "11", 11),
    ],
)
def test_a_cell_is_read_as_people_write_it(read_cell: Any, cell: str, value: object) -> None:
    assert read_cell(cell) == value


@pytest.mark.parametrize(
    ("read_cell", "cell"),
    [
        (cells.cmp_number, "0"),
        (cells.cmp_number, "12345678"),
        (cells.cmp_number, "12345.0"),
        (cells.cmp_number, "１２３"),
        (cells.amount, "1.234,50"),
        (cells.amount, "30,5"),
        (cells.amount, "1,23.00"),
        (cells.amount, "0.00"),
        (cells.amount, "-30"),
        (cells.amount, "30.123"),
        (cells.amount, "1000000"),
        (cells.day, "2020-07-25"),
        (cells.day, "29/02/2023"),
        (cells.day, "25/07/20"),
        (cells.day, "01/01/0020"),
        (cells.month, "02/07/2020"),
        (cells.month, "13/2020"),
        (cells.moment, "25/07/2020 24:00:00"),
        (cells.moment, "25/07/2020 mediodía"),
        (cells.text(3), "cuatro"),
        (cells.text(9), "a\x00b"),
        (cells.council, "IIII"),
        (cells.council, "0"),
        (cells.council, "Lima"),
    ],
)
def test_what_could_mean_something_else_is_refused(read_cell: Any, cell: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_cell(cell)
