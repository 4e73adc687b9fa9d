"""`migrate` for the databases of the tests, the demo and chaos: the same tables in half the time.

Django renders a model and all that is related to it again whenever a migration adds a constraint, an index or a
trigger, though no relation has changed; with our two hundred of them that took more than half of a migration's time.
Here the new option is written into the model that is there. Production migrates with Django's own command.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

from django.core.management import call_command
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger

OPTIONS = ("constraints", "indexes", "triggers")
CHANGES = (
    (ProjectState, "_append_option"),
    (ProjectState, "_remove_option"),
    (ProjectState, "_alter_option"),
    (AddTrigger, "state_forwards"),
    (RemoveTrigger, "state_forwards"),
)


def migrate() -> None:
    """Bring the default database to the newest migration, silently."""
    with _rendering_for_relations_only():
        call_command("migrate", verbosity=0)


@contextmanager
def _rendering_for_relations_only() -> Iterator[None]:
    with ExitStack() as patches:
        for owner, name in CHANGES:
            patches.enter_context(patch.object(owner, name, _sparing(getattr(owner, name))))
        yield


def _sparing(change: Callable[..., None]) -> Callable[..., None]:
    @wraps(change)
    def spared(*given: Any, **named: Any) -> None:
        with patch.object(ProjectState, "reload_model", _write_options):
            change(*given, **named)

    return spared


def _write_options(state: ProjectState, app_label: str, model_name: str, **_: bool) -> None:
    """In place of reload_model: a later AlterField drops a unique constraint its model does not know of."""
    if "apps" not in state.__dict__:  # reading it would render all models
        return
    written = state.models[app_label, model_name].options
    model = state.apps.get_model(app_label, model_name)
    for option in OPTIONS:
        if option in written:
            setattr(model._meta, option, list(written[option]))
