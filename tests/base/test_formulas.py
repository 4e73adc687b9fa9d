"""A name, a reference or a bank's remark runs nothing on the treasury's computer."""

import pytest

from base.files.formulas import harmless
from base.files.spreadsheets import csv_lines


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "@SUM(A1)",
        "+cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!A0",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "-30.00\n=1+1",
        "＝1+1",
        "＋1+A1",
        "－A1",
        "＠SUM(A1)",
        "-",
        "+51 999 888 777",
        "--1",
    ],
)
def test_what_a_spreadsheet_may_compute_stays_a_text(text: str) -> None:
    assert harmless(text) == f'="{text}"'


@pytest.mark.parametrize("text", ["", "Núñez Peña", "-30.00", "+1,234.50", "B001-1", "1=1", "'=1+1", "a@b.pe", " "])
def test_a_name_and_a_number_are_left_as_they_are(text: str) -> None:
    assert harmless(text) == text


def test_both_files_follow_the_one_rule() -> None:
    [_, line] = csv_lines(["Nombre", "Monto"], [["=1+1", "-30.00"]])
    assert line == '"=""=1+1""";-30.00\r\n'
