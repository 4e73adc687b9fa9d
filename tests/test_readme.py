"""README names every setting and every command there is, and none that is gone."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
# It fills the demo, and is no command of an operator.
NOT_TOLD = {"load_demo"}


def section(title: str) -> str:
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def named_first(table: str, pattern: str) -> set[str]:
    """What the first column of a table names between backticks."""
    first = (line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    return {name for cell in first for name in re.findall(f"`({pattern})`", cell)}


def test_the_table_of_settings_is_what_the_settings_read() -> None:
    read = set(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', (ROOT / "cmp_portal/settings.py").read_text()))
    assert len(read) > 50
    assert named_first(section("Settings"), "[A-Z_]+") == read


def test_the_sample_of_settings_names_none_that_is_not_read() -> None:
    sample = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    of_the_scripts = {"PORTAL_PYTHON", "PORTAL_CHROMIUM", "PORTAL_PG_BIN"}
    assert sample - of_the_scripts <= named_first(section("Settings"), "[A-Z_]+")


def test_every_command_is_told() -> None:
    commands = {file.stem for file in ROOT.glob("*/management/commands/[a-z]*.py")} - NOT_TOLD
    scripts = {f"script/{file.name}" for file in (ROOT / "script").iterdir() if file.is_file()}
    told = section("Two commands")
    assert commands == named_first(told.split("Commands of `manage.py`")[1], "[a-z_]+")
    assert [script for script in sorted(scripts) if script not in told] == []
