"""The houses and the one direction between them: members ← dues ← payments ← receipts; cmp_portal wires them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ORDER = ["members", "dues", "payments", "receipts"]
# What stands above all four: it may import any of them and none of them imports it.
WIRING = ["cmp_portal", "tests", "bench"]


def imports_of(file: Path) -> Iterator[str]:
    """Every module a file imports, inside functions and under TYPE_CHECKING too."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def upward_imports(app: str, forbidden: list[str]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)} imports {module}"
        for file in sorted((ROOT / app).rglob("*.py"))
        for module in imports_of(file)
        if module.split(".")[0] in forbidden
    ]


@pytest.mark.parametrize("app", ORDER)
def test_no_app_imports_what_stands_above_it(app: str) -> None:
    above = ORDER[ORDER.index(app) + 1 :]
    # The demo's loader fills every house's tables through their own commands, and is no part of the portal.
    assert upward_imports(app, [*above, *WIRING]) == []


def test_the_gateway_and_its_stand_in_know_no_models() -> None:
    knows = [
        f"{file.name} imports {module}"
        for folder in ("gateway", "simulator")
        for file in (ROOT / "payments" / folder).rglob("*.py")
        for module in imports_of(file)
        if module.startswith(("payments.models", "payments.checkout", "members", "dues", "django.db"))
    ]
    assert knows == []


def test_what_speaks_to_sunat_and_its_stand_in_know_no_tables() -> None:
    knows = [
        f"{file.name} imports {module}"
        for folder in ("sunat", "sunat_simulator", "ubl")
        for file in (ROOT / "receipts" / folder).rglob("*.py")
        for module in imports_of(file)
        if module.startswith(("receipts.models", "receipts.issue", "members.models", "dues", "django.db"))
    ]
    assert knows == []


def test_an_upward_import_would_be_seen(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("def late():\n    from receipts import issue\n")
    assert list(imports_of(planted)) == ["receipts"]
