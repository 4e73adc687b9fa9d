"""docs/invariants.md names every rule PostgreSQL keeps, and every rule is attacked by a test."""

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
        for app in ("members", "dues", "payments", "receipts", "complaints")
        for model in apps.get_app_config(app).get_models()
    ]
    constraints = [rule.name for model in ours for rule in model._meta.constraints]
    triggers = [str(rule.name) for model in ours for rule in getattr(model._meta, "triggers", [])]
    return sorted(set(constraints + triggers))


@pytest.mark.parametrize("rule", rules())
def test_each_rule_has_its_sentence(rule: str) -> None:
    assert f"`{rule}`" in DOCUMENT


@pytest.mark.parametrize("rule", rules())
def test_each_rule_is_attacked(rule: str) -> None:
    assert rule in ATTACKS
