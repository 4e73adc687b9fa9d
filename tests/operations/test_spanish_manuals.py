"""The manuals in Spanish name what there is: every alert, every picture, every command of the server."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
MANUALS = sorted((ROOT / "docs" / "es").glob("*.md"))


def test_the_duty_page_has_each_alert_of_the_runbook() -> None:
    headings = re.findall(r"^## ([\w-]+)$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE)
    rows = re.findall(r"^\| `([\w-]+)` \|", (ROOT / "docs" / "es" / "guardia.md").read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(headings)


@pytest.mark.parametrize("manual", MANUALS, ids=lambda manual: manual.stem)
def test_pictures_pages_and_commands_exist(manual: Path) -> None:
    text = manual.read_text()
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert (manual.parent / link).exists(), link
    commands = {file.stem for file in ROOT.glob("*/management/commands/[a-z]*.py")} | {"check", "help"}
    assert set(re.findall(r"portal ([a-z_]{4,})", text)) - {"anterior"} <= commands | {"dice", "nombre"}
    for script in re.findall(r"script/[a-z]+", text):
        assert (ROOT / script).exists(), script
