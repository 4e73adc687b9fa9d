"""What a migration may do while the version before it still runs (docs/operations.md, "A new version").

A migration that takes something away says so with `contracts = "since when no code reads it"`; then it is believed.
"""

from collections.abc import Iterator

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import connection
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field
from django.db.models.fields import NOT_PROVIDED

APPS = ("members", "dues", "payments", "receipts")
#: The last migration of each app in the version that runs in production. The first release has one file an app; each
#: later release may write its last ones here.
BASELINE: dict[str, str] = {
    "members": "0001_initial",
    "dues": "0001_initial",
    "payments": "0001_initial",
    "receipts": "0001_initial",
}

TAKES_AWAY = {
    operations.RemoveField: "the old code still selects this column",
    operations.RenameField: "the old code still uses the old name: add the new one, copy, and remove later",
    operations.DeleteModel: "the old code still reads this table",
    operations.RenameModel: "the old code still uses the old table",
    operations.AlterModelTable: "the old code still uses the old table",
    operations.AddConstraint: "it locks the table to read it all: AddConstraintNotValid, then ValidateConstraint",
    operations.AddIndex: "it keeps everybody from writing: AddIndexConcurrently, with atomic = False",
}
GENTLE = (AddIndexConcurrently, AddConstraintNotValid)


def complaints() -> list[str]:
    """Of every migration after the baseline."""
    loader = MigrationLoader(None)
    found = []
    for app, name in loader.graph._generate_plan(loader.graph.leaf_nodes(), at_end=True):
        if app in BASELINE and name > BASELINE[app]:
            before = loader.project_state([*loader.disk_migrations[app, name].dependencies])
            found += [f"{app} {name}: {words}" for words in complaints_about(loader.disk_migrations[app, name], before)]
    return found


def complaints_about(migration: Migration, state: ProjectState) -> Iterator[str]:
    if getattr(migration, "contracts", ""):
        return
    state, made_here = state.clone(), set()
    for operation in flat(migration.operations):
        if isinstance(operation, operations.CreateModel):
            made_here.add(operation.name_lower)
        elif model_of(operation) not in made_here and (words := why_unsafe(operation, state, migration.app_label)):
            yield f"{operation.describe()}: {words}"
        operation.state_forwards(migration.app_label, state)


def flat(listed: list[Operation]) -> Iterator[Operation]:
    for operation in listed:
        if isinstance(operation, operations.SeparateDatabaseAndState):
            yield from flat(operation.database_operations)
        else:
            yield operation


def model_of(operation: Operation) -> str:
    return str(getattr(operation, "model_name_lower", getattr(operation, "name_lower", "")))


def why_unsafe(operation: Operation, state: ProjectState, app: str) -> str:
    if isinstance(operation, GENTLE):
        return ""
    for kind, words in TAKES_AWAY.items():
        if isinstance(operation, kind):
            return words
    if isinstance(operation, operations.AddField) and not _old_code_can_leave_out(operation.field):
        return "the old code inserts without it: give it db_default, or null=True"
    if isinstance(operation, operations.AlterField):
        old = state.models[app, operation.model_name_lower].fields[operation.name_lower]
        return _why_not_altered(old, operation.field)
    return ""


def _old_code_can_leave_out(field: Field) -> bool:
    return field.null or field.db_default is not NOT_PROVIDED or field.many_to_many


def _why_not_altered(old: Field, new: Field) -> str:
    if old.null and not new.null:
        return "the old code still writes NULL: fill it, and forbid it a version later"
    if old.unique != new.unique or old.db_index != new.db_index:
        return "an index by itself, with AddIndexConcurrently"
    longer = old.get_internal_type() == new.get_internal_type() == "CharField" and _length(new) >= _length(old)
    if old.db_type(connection) != new.db_type(connection) and not longer:
        return "another type rewrites the table, and the old code writes the old one: add a column instead"
    return ""


def _length(field: Field) -> int:
    return field.max_length or 10**9
