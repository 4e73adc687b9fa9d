"""The docs name every setting, script and command there is, and none that is gone."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = (ROOT / "docs/settings.md").read_text()
COMMANDS = (ROOT / "docs/commands.md").read_text()
# Not a command for operators: script/demo calls it.
INTERNAL = {"load_demo"}
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def first_column(table: str, pattern: str) -> set[str]:
    """The names between backticks in the first column of a Markdown table."""
    cells = (line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    return {name for cell in cells for name in re.findall(f"`({pattern})`", cell)}


def test_the_table_of_settings_lists_what_the_settings_read() -> None:
    read = set(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', (ROOT / "cmp_portal/settings.py").read_text()))
    assert len(read) > 50
    assert first_column(SETTINGS, "[A-Z_]+") == read


@pytest.mark.parametrize("sample", [".env.example", "deploy/portal.env.example"])
def test_a_sample_of_settings_names_none_that_is_not_read(sample: str) -> None:
    names = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / sample).read_text(), re.MULTILINE))
    of_the_scripts = {"PORTAL_PYTHON", "PORTAL_CHROMIUM", "PORTAL_PG_BIN"}
    of_postgresql = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}
    assert names - of_the_scripts - of_postgresql <= first_column(SETTINGS, "[A-Z_]+")


def test_the_docs_list_every_command() -> None:
    commands = {file.stem for file in ROOT.glob("*/management/commands/[a-z]*.py")} - INTERNAL
    scripts = {f"script/{file.name}" for file in (ROOT / "script").iterdir() if file.is_file()}
    assert first_column(COMMANDS, "[a-z_]+") == commands
    assert first_column(COMMANDS, "script/[a-z]+") == scripts


def test_each_script_runs_modules_that_exist() -> None:
    for script in filter(Path.is_file, (ROOT / "script").iterdir()):
        for module in re.findall(r"python -m ((?:demo|bench|simulators)(?:\.[a-z_]+)+)", script.read_text()):
            path = ROOT / module.replace(".", "/")
            assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), f"{script.name}: {module}"


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_path_that_the_docs_name_exists(page: Path) -> None:
    text = page.read_text()
    houses = "base|members|dues|payments|receipts|staff|cmp_portal|simulators|demo|bench|docs|deploy|tests|templates"
    paths = re.findall(rf"`((?:{houses})/[\w./-]*)`", text)
    links = [str(page.parent.relative_to(ROOT) / link) for link in re.findall(r"\]\(([\w./-]+)", text)]
    assert [path for path in paths + links if not (ROOT / path).exists()] == []
