"""While a new version is laid out the old one still runs, on the new version's tables: payments go on."""

from typing import Any

import pgtrigger
import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import DatabaseError, IntegrityError, connection, migrations, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from base.postgres.create_models import CreateModels
from members.models import User
from simulators.niubiz.server import RunningSimulator
from tests.operations import migration_policy
from tests.payments.browser import Browser, text
from tests.payments.test_refunds import open_dues


@pytest.fixture(scope="module")
def now() -> ProjectState:
    return MigrationLoader(None).project_state()


def said_of(state: ProjectState, *operations: Operation, **attributes: Any) -> str:
    migration = type("Migration", (migrations.Migration,), {"operations": list(operations), **attributes})
    return " ".join(migration_policy.complaints_about(migration("0099_next", "payments"), state))


def test_every_migration_since_the_version_in_production_leaves_it_working() -> None:
    assert migration_policy.complaints() == []
    assert set(migration_policy.BASELINE) in (set(), set(migration_policy.APPS))


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        (migrations.RemoveField("order", "email"), "still selects this column"),
        (migrations.RenameField("order", "email", "address"), "the old name"),
        (migrations.DeleteModel("Letter"), "still reads this table"),
        (migrations.RenameModel("Letter", "Mail"), "the old table"),
        (migrations.AddField("order", "note", models.TextField(default="")), "give it db_default"),
        (migrations.AlterField("order", "paid_at", models.DateTimeField()), "still writes NULL"),
        (migrations.AlterField("order", "total", models.IntegerField()), "another type"),
        (migrations.AlterField("attempt", "brand", models.CharField(max_length=5)), "another type"),
        (migrations.AddIndex("order", models.Index(fields=["email"], name="x")), "AddIndexConcurrently"),
        (
            migrations.AddConstraint("order", models.CheckConstraint(condition=models.Q(total__gt=1), name="x")),
            "AddConstraintNotValid",
        ),
    ],
)
def test_what_would_break_the_running_version_is_refused(now: ProjectState, operation: Operation, why: str) -> None:
    assert why in said_of(now, operation)
    assert said_of(now, operation, contracts="0.3: nothing reads it") == ""


def test_what_the_running_version_does_not_notice_is_allowed(now: ProjectState) -> None:
    new = migrations.CreateModel("Note", [("id", models.BigAutoField(primary_key=True)), ("at", models.DateField())])
    assert said_of(now, *expansion(), new, migrations.AddIndex("note", models.Index(fields=["at"], name="x"))) == ""
    assert said_of(now, AddIndexConcurrently("order", models.Index(fields=["email"], name="y"))) == ""
    assert said_of(now, migrations.AlterField("attempt", "brand", models.CharField(max_length=40))) == ""


def expansion() -> list[Operation]:
    """How a version adds what it needs."""
    return [
        migrations.AddField("order", "note", models.TextField(db_default="")),
        migrations.AddField("attempt", "device", models.TextField(null=True)),
    ]


def applied(state: ProjectState, operations: list[Operation]) -> None:
    with connection.schema_editor() as editor:
        for operation in operations:
            after = state.clone()
            operation.state_forwards("payments", after)
            operation.database_forwards("payments", editor, state, after)
            state = after


@pytest.mark.django_db
@pytest.mark.usefixtures("not_at_midnight")
def test_the_running_version_takes_payments_on_the_next_ones_tables(
    now: ProjectState, ana: User, simulator: RunningSimulator
) -> None:
    applied(now, expansion())
    browser = Browser(ana, simulator)
    assert "Su pago fue aprobado" in text(browser.pay(browser.order_of(open_dues(ana)[0])))


@pytest.mark.django_db
def test_without_a_default_of_the_database_it_could_not(now: ProjectState, ana: User) -> None:
    applied(now, [migrations.AddField("order", "note", models.TextField(default=""))])
    with pytest.raises(IntegrityError, match="note"):
        Browser(ana).order_of(open_dues(ana)[0])


def letters_and_stamps() -> CreateModels:
    """Two models that refer to each other, one with a trigger."""
    key = ("id", models.BigAutoField(primary_key=True))
    never_deleted = pgtrigger.Protect(name="a_stamp_is_never_deleted", operation=pgtrigger.Delete)
    letter = ("letter", models.ForeignKey("payments.Envelope", models.PROTECT, null=True))
    stamp = ("stamp", models.ForeignKey("payments.Stamp", models.PROTECT, null=True, related_name="+"))
    return CreateModels(
        [
            migrations.CreateModel("Envelope", [key, stamp]),
            migrations.CreateModel("Stamp", [key, letter], {"triggers": [never_deleted]}),
        ]
    )


def make_checked(model: Any, **values: Any) -> None:
    with transaction.atomic():
        model._default_manager.create(**values)
        connection.check_constraints()


@pytest.mark.django_db
def test_models_created_at_once_get_their_tables_keys_and_triggers(now: ProjectState) -> None:
    after = now.clone()
    letters_and_stamps().state_forwards("payments", after)
    applied(now, [letters_and_stamps()])
    envelopes, stamps = after.apps.get_model("payments", "Envelope"), after.apps.get_model("payments", "Stamp")
    stamp = stamps._default_manager.create(letter=envelopes._default_manager.create())
    with pytest.raises(DatabaseError, match="Cannot delete rows"), transaction.atomic():
        stamp.delete()
    with pytest.raises(IntegrityError, match="stamp_id"):
        make_checked(envelopes, stamp_id=stamp.pk + 1)


@pytest.mark.django_db
def test_models_created_at_once_are_taken_away_at_once(now: ProjectState) -> None:
    after = now.clone()
    letters_and_stamps().state_forwards("payments", after)
    applied(now, [letters_and_stamps()])
    with connection.schema_editor() as editor:
        letters_and_stamps().database_backwards("payments", editor, after, now)
    assert not {"payments_envelope", "payments_stamp"} & set(connection.introspection.table_names())


def test_models_created_at_once_are_judged_one_by_one(now: ProjectState) -> None:
    index = migrations.AddIndex("stamp", models.Index(fields=["letter"], name="x"))
    assert said_of(now, letters_and_stamps(), index) == ""
