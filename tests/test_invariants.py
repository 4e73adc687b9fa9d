"""docs/invariants.md names every rule PostgreSQL keeps, and every rule is attacked by a test."""

import re
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = (ROOT / "docs" / "invariants.md").read_text()
ATTACKS = "\n".join(
    file.read_text() for file in (ROOT / "tests").rglob("test_*.py") if file.name != Path(__file__).name
)


def rules() -> list[str]:
    """The named constraints and triggers of our own tables."""
    ours = [
        model
        for app in ("base", "members", "dues", "payments", "receipts", "complaints", "staff")
        for model in apps.get_app_config(app).get_models()
    ]
    constraints = [rule.name for model in ours for rule in model._meta.constraints]
    triggers = [str(rule.name) for model in ours for rule in getattr(model._meta, "triggers", [])]
    return sorted({*constraints, *triggers, *written_by_hand()})


def written_by_hand() -> set[str]:
    """The triggers that a migration creates in SQL, because their table belongs to a lower house."""
    migrations = (file.read_text() for file in ROOT.glob("*/migrations/*.py"))
    return {name for text in migrations for name in re.findall(r"CREATE (?:CONSTRAINT )?TRIGGER (\w+)", text)}


@pytest.mark.parametrize("rule", rules())
def test_each_rule_has_its_sentence(rule: str) -> None:
    assert f"`{rule}`" in DOCUMENT


def test_the_document_names_no_rule_that_is_gone() -> None:
    documented = re.findall(r"^\| `([a-z0-9_]+)` \|", DOCUMENT, re.MULTILINE)
    assert sorted(set(documented) - set(rules())) == []
    assert len(documented) == len(set(documented))


def test_the_document_names_exceptions_that_exist() -> None:
    houses = ("base", "members", "dues", "payments", "receipts", "complaints", "staff")
    code = "\n".join(file.read_text() for house in houses for file in (ROOT / house).rglob("*.py"))
    named = set(re.findall(r"`([A-Z]\w+)`", DOCUMENT))
    assert sorted(name for name in named if f"class {name}(" not in code) == []


@pytest.mark.parametrize("rule", rules())
def test_each_rule_is_attacked(rule: str) -> None:
    assert rule in ATTACKS
