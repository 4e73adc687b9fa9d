"""Whoever is woken by an alert finds what to do; whoever looks at the dashboard sees figures that exist."""

import inspect
import json
import re
from pathlib import Path

import pytest

from cmp_portal import metrics
from staff import watch
from staff.outside import automatic, troubles

ROOT = Path(__file__).resolve().parent.parent.parent
KIND = re.compile(r'Trouble\(\s*f?"([a-z-]+)[:"{]')


def test_each_kind_of_alert_has_its_heading_and_no_heading_is_of_none() -> None:
    modules = (watch, troubles, automatic)
    kinds = {kind for module in modules for kind in KIND.findall(Path(module.__file__).read_text())}
    headings = re.findall(r"^## ([\w-]+)$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE)
    assert all(KIND.search(inspect.getsource(kind)) for kind in watch.KINDS)
    assert sorted(headings) == sorted(kinds)


@pytest.mark.django_db
def test_the_dashboard_asks_for_figures_that_the_portal_tells() -> None:
    board = json.loads((ROOT / "deploy" / "grafana" / "portal.json").read_text())
    asked = set(re.findall(r"portal_\w+", json.dumps([panel["targets"] for panel in board["panels"]])))
    assert asked == {metric.name for metric in metrics.Portal().collect()}
