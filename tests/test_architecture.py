"""The houses and the one direction between them: base ← members ← dues ← payments ← receipts ← complaints ← staff.

`cmp_portal` wires them. `simulators` and `demo` stand outside: no product code imports them.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ORDER = ["base", "members", "dues", "payments", "receipts", "complaints", "staff"]
WIRING = "cmp_portal"
OUTSIDE = ["simulators", "demo"]
ABOVE_ALL = ["tests", "bench"]
MOST_MODULES = 18
# Strings by which one house names something of a house above it. A new one needs a reason and a line here.
UPWARD_STRINGS = ROOT / "tests" / "upward_strings.txt"


def imports_of(file: Path) -> Iterator[str]:
    """Every module a file imports, inside functions and under TYPE_CHECKING too."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def modules_of(house: str) -> list[Path]:
    return sorted(file for file in (ROOT / house).rglob("*.py") if "migrations" not in file.parts)


def upward_imports(house: str, forbidden: list[str]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)} imports {module}"
        for file in sorted((ROOT / house).rglob("*.py"))
        for module in imports_of(file)
        if module.split(".")[0] in forbidden
    ]


def houses_above(house: str) -> list[str]:
    return ORDER[ORDER.index(house) + 1 :]


@pytest.mark.parametrize("house", ORDER)
def test_no_house_imports_what_stands_above_it(house: str) -> None:
    assert upward_imports(house, [*houses_above(house), WIRING, *OUTSIDE, *ABOVE_ALL]) == []


def test_no_product_code_imports_the_simulators_or_the_demo() -> None:
    assert upward_imports(WIRING, [*OUTSIDE, *ABOVE_ALL]) == []


def test_the_stand_ins_know_nothing_of_the_portals_tables() -> None:
    # They speak the formats of the gateway and of SUNAT, which the clients in payments and receipts define.
    allowed = ("payments.gateway", "receipts.tax_office", "base.peru", "base.safe_xml", "simulators")
    knows = [
        f"{file.relative_to(ROOT)} imports {module}"
        for file in modules_of("simulators")
        for module in imports_of(file)
        if module.split(".")[0] in [*ORDER, WIRING, *OUTSIDE] and not module.startswith(allowed)
    ]
    assert knows == []


@pytest.mark.parametrize("folder", ["payments/gateway", "receipts/tax_office/sunat", "receipts/tax_office/ubl"])
def test_what_speaks_to_the_outside_knows_no_tables(folder: str) -> None:
    tables = re.compile(
        r"(receipts\.models|django\.db|dues|members(?!\.models)|payments\.checkout|receipts\.issuing\.issue)\b"
    )
    knows = [
        f"{file.name} imports {module}"
        for file in modules_of(folder)
        for module in imports_of(file)
        if tables.match(module)
    ]
    assert knows == []


@pytest.mark.parametrize("house", [*ORDER, WIRING, *OUTSIDE])
def test_no_folder_lists_more_modules_than_a_person_reads(house: str) -> None:
    folders = [ROOT / house, *(folder for folder in (ROOT / house).rglob("*") if folder.is_dir())]
    listed = {folder: sum(file.name != "__init__.py" for file in folder.glob("*.py")) for folder in folders}
    assert {str(folder.relative_to(ROOT)): n for folder, n in listed.items() if n > MOST_MODULES} == {}


# --- Strings that name something of a house above


def literals(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def addresses(file: Path) -> Iterator[str]:
    """The names of pages that a file asks for by `reverse`, `redirect` and their kin."""
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in ("reverse", "reverse_lazy", "redirect", "resolve_url"):
            yield str(node.args[0].value)


def names_of_jobs() -> dict[str, str]:
    jobs = re.compile(r"""(?:task|periodic)\([^)]*name="([a-z_.]+)\"""")
    return {name: house for house in ORDER for file in modules_of(house) for name in jobs.findall(file.read_text())}


def names_of_pages() -> dict[str, str]:
    pages = re.compile(r"""name="([a-z_]+)\"""")
    return {
        name: house
        for house in ORDER
        for file in modules_of(house)
        if file.name in ("urls.py", "pages.py", "admin.py")
        for name in pages.findall(file.read_text())
    }


def tags_of_templates() -> dict[str, str]:
    return {
        file.stem: house
        for house in ORDER
        for file in (ROOT / house).glob("templatetags/*.py")
        if file.stem != "__init__"
    }


def upward_strings() -> set[str]:
    """`house -> house kind: string`, for each string of a house's code and templates that names something above it."""
    return {
        f"{house} -> {owner} {kind}: {name}"
        for house in ORDER
        for owner, kind, name in [*strings_in_code(house), *strings_in_templates(house)]
        if owner in houses_above(house)
    }


def strings_in_code(house: str) -> Iterator[tuple[str, str, str]]:
    jobs, pages = names_of_jobs(), names_of_pages()
    permission = re.compile(rf"({'|'.join(ORDER)})\.[a-z]+_[a-z_*]+")
    table = re.compile(rf"\b({'|'.join(ORDER)})_[a-z]+\b")
    for file in modules_of(house):
        yield from ((pages[name], "page", name) for name in addresses(file) if name in pages)
        for text in literals(file):
            if text in jobs:
                yield jobs[text], "job", text
            elif match := permission.fullmatch(text):
                yield match[1], "permission", text
            elif " " in text:
                yield from ((match[1], "table", match[0]) for match in table.finditer(text))


def strings_in_templates(house: str) -> Iterator[tuple[str, str, str]]:
    tags, pages = tags_of_templates(), names_of_pages()
    for file in (ROOT / "templates" / house).rglob("*"):
        if file.suffix not in (".html", ".txt"):
            continue
        text = file.read_text()
        yield from ((tags[name], "tags", name) for name in re.findall(r"{% load (\w+)", text) if name in tags)
        yield from ((pages[name], "page", name) for name in re.findall(r"{% url '(\w+)'", text) if name in pages)


def test_the_strings_that_reach_up_are_those_of_the_table() -> None:
    table = {line for line in UPWARD_STRINGS.read_text().splitlines() if line and not line.startswith("#")}
    strings = upward_strings()
    assert (sorted(strings - table), sorted(table - strings)) == ([], []), "write them down in tests/upward_strings.txt"


def test_an_upward_import_would_be_seen(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("def late():\n    from receipts import issue\n")
    assert list(imports_of(planted)) == ["receipts"]


def test_an_upward_string_would_be_seen() -> None:
    assert names_of_jobs()["receipts.issue"] == "receipts"
    assert "payments -> receipts job: receipts.issue" in upward_strings()
