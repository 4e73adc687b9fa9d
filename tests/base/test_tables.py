"""Reading table files as spreadsheets and banks write them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from base.files import tables
from base.files.tables import BadTable, Column, Problem

COLUMNS = (
    Column("cmp", tables.cmp_number, "integer"),
    Column("nombre", tables.text(20), "text"),
    Column("monto", tables.amount, "numeric"),
    Column("fecha", tables.day, "date"),
    Column("estado", tables.one_of({"activo": "A", "retirado": "R"}), "text", default="A"),
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
        GOOD.encode("cp850"),
        GOOD.encode("mac_roman"),
        GOOD.encode("utf-16"),
        GOOD.encode("utf-16-be"),
        GOOD.encode().decode("cp1252").encode(),
        GOOD.replace(";", "\t").encode(),
        GOOD.replace(";", "|").encode(),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("1,234.50", '"1,234.50"').replace(";", ",").encode(),
        GOOD.replace("cmp;nombre", " CMP ;NÓMBRE").encode(),
        (GOOD + "\n;;;;\n").encode(),
        GOOD.replace("Ñusta Peña", "  Ñusta   Peña ").encode(),
        GOOD.replace("Ñ", "N\u0303").replace("ñ", "n\u0303").encode(),
        GOOD.replace("\n", ";\n").encode(),
        GOOD.replace("012345", "\u200b'012345").replace("1,234.50", "S/. 1,234.50").encode(),
        GOOD.replace("012345", '"=""012345"""').replace("25/07/2020", "2020-07-25").encode(),
    ],
    ids=[
        "utf-8", "bom", "windows-1252", "ms-dos", "macintosh", "utf-16", "utf-16 without mark", "encoded twice", "tab",
        "bar", "crlf", "commas", "header", "blank lines", "spaces", "decomposed", "trailing separator",
        "marks", "text formula",
    ],
)  # fmt: skip
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
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "antiguo (.xls) o con contraseña"),
        (GOOD.encode() + b'1;"abierta', "no se puede leer"),
        (GOOD.encode("ascii", "ignore") + b"1;\xd7\xf7\xde\xfe\xd8", "no se reconoce cómo está codificado"),
        (b"%PDF-1.7", "es un PDF"),
        (b"<!DOCTYPE html><table>", "página web guardada como .xls"),
        (GOOD.encode() + b"A" * 300_000, "más de 200,000 caracteres"),
    ],
    ids=["empty", "damaged workbook", "old workbook", "open quote", "no encoding", "pdf", "web page", "long line"],
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
        (tables.cmp_number, "12345", 12345),
        (tables.cmp_number, "012345", 12345),
        (tables.cmp_number, "0000001", 1),
        (tables.cmp_number, "9999999", 9_999_999),
        (tables.amount, "30", Decimal("30.00")),
        (tables.amount, "1234.5", Decimal("1234.50")),
        (tables.amount, "S/ 1,234.50", Decimal("1234.50")),
        (tables.amount, "0.01", Decimal("0.01")),
        (tables.day, "1/3/2020", date(2020, 3, 1)),
        (tables.day, "29/02/2024", date(2024, 2, 29)),
        (tables.month, "07/2020", date(2020, 7, 1)),
        (tables.month, "01/07/2020", date(2020, 7, 1)),
        (tables.moment, "25/07/2020 22:07:13", datetime(2020, 7, 26, 3, 7, 13, tzinfo=UTC)),
        (tables.moment, "25/07/2020", datetime(2020, 7, 25, 17, tzinfo=UTC)),
        (tables.moment, "25-07-2020 22:07:13", datetime(2020, 7, 26, 3, 7, 13, tzinfo=UTC)),
        (tables.moment, "2020-07-25T22:07:13", datetime(2020, 7, 26, 3, 7, 13, tzinfo=UTC)),
        (tables.moment, "25/07/2020 10:07 p. m.", datetime(2020, 7, 26, 3, 7, tzinfo=UTC)),
        (tables.moment, "25/07/2020 12:07:00 AM", datetime(2020, 7, 25, 5, 7, tzinfo=UTC)),
        (tables.day, "2020-07-25", date(2020, 7, 25)),
        (tables.day, "25-07-2020", date(2020, 7, 25)),
        (tables.month, "2020-07", date(2020, 7, 1)),
        (tables.month, "202007", date(2020, 7, 1)),
        (tables.month, "jul-20", date(2020, 7, 1)),
        (tables.month, "SET-2020", date(2020, 9, 1)),
        (tables.month, "julio de 2020", date(2020, 7, 1)),
        (tables.amount, "S/. 1,234.50", Decimal("1234.50")),
        (tables.amount, "S/30 soles", Decimal("30.00")),
        (tables.signed_amount, "-30.00", Decimal("-30.00")),
        (tables.signed_amount, "S/ -1,030.00", Decimal("-1030.00")),
        (tables.signed_amount, "(30.00)", Decimal("-30.00")),
        (tables.signed_amount, "30.00-", Decimal("-30.00")),
        (tables.operation_number(60), "048937", "048937"),
        (tables.person_name(60), "O'Higgins-Núñez (de la Cruz)", "O'Higgins-Núñez (de la Cruz)"),
        (tables.council, "III", 3),
        (tables.council, "xxvii", 27),
        (tables.council, "IX", 9),
        (tables.council, "XIV", 14),
        (tables.council, "11", 11),
    ],
)
def test_a_cell_is_read_as_people_write_it(read_cell: Any, cell: str, value: object) -> None:
    assert read_cell(cell) == value


@pytest.mark.parametrize(
    ("read_cell", "cell"),
    [
        (tables.cmp_number, "0"),
        (tables.cmp_number, "12345678"),
        (tables.cmp_number, "12345.0"),
        (tables.cmp_number, "１２３"),
        (tables.amount, "1.234,50"),
        (tables.amount, "30,5"),
        (tables.amount, "1,23.00"),
        (tables.amount, "0.00"),
        (tables.amount, "-30"),
        (tables.amount, "30.123"),
        (tables.amount, "1000000"),
        (tables.day, "29/02/2023"),
        (tables.day, "2020/07-25"),
        (tables.day, "20200725"),
        (tables.month, "202013"),
        (tables.month, "26-jul-26"),
        (tables.month, "07-26"),
        (tables.month, "foo-26"),
        (tables.amount, "US$ 30.00"),
        (tables.amount, "$30"),
        (tables.signed_amount, "0.00"),
        (tables.signed_amount, "--30"),
        (tables.operation_number(60), "1.23457E+11"),
        (tables.operation_number(60), "1,23457e+11"),
        (tables.operation_number(60), "---"),
        (tables.person_name(60), "¥a¤ez"),
        (tables.person_name(60), "Pe?a"),
        (tables.moment, "25/07/2020 13:00 p.m."),
        (tables.day, "25/07/20"),
        (tables.day, "01/01/0020"),
        (tables.month, "02/07/2020"),
        (tables.month, "13/2020"),
        (tables.moment, "25/07/2020 24:00:00"),
        (tables.moment, "25/07/2020 mediodía"),
        (tables.text(3), "cuatro"),
        (tables.text(9), "a\x00b"),
        (tables.council, "IIII"),
        (tables.council, "0"),
        (tables.council, "Lima"),
    ],
)
def test_what_could_mean_something_else_is_refused(read_cell: Any, cell: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_cell(cell)
