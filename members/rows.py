"""Rows written by statements whose text is kept, for what every payment writes (docs/decisions/0011)."""

from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import AutoField, Field, Model
from django.db.models.expressions import DatabaseDefault
from psycopg import sql

# So many rows have a text of their own: text and JSON in an array are escaped sign by sign.
FEW = 3

if TYPE_CHECKING:
    AnyField = Field[Any, Any]


def insert(rows: Sequence[Model]) -> None:
    """Add rows of one model with one statement, and tell each the key and the defaults that the database chose for it.

    As `bulk_create`; raises IntegrityError, and then the caller's transaction has to be rolled back.
    """
    if not rows:
        return
    model, connection = type(rows[0]), connections[DEFAULT_DB_ALIAS]
    fields = [field for field in model._meta.concrete_fields if _is_ours(field, rows[0])]
    few = len(rows) <= FEW
    values = [[_value(field, row, add=True) for field in fields] for row in rows]
    text, chosen = _insertion(model, tuple(field.attname for field in fields), len(rows) if few else None)
    with connection.prepared_cursor() as cursor:  # type: ignore[attr-defined]  # cmp_portal/postgresql
        cursor.execute(text, [*chain(*values)] if few else [list(column) for column in zip(*values, strict=True)])
        told = cursor.fetchall()
    for row, values in zip(rows, told, strict=True):
        for name, value in zip(chosen, values, strict=True):
            setattr(row, name, value)
        row._state.adding, row._state.db = False, connection.alias


def update(row: Model, *names: str) -> None:
    """Save these fields of a row that is there, all of them when none is named. As `save`; raises DoesNotExist."""
    text, fields = _change(type(row), names)
    with connections[DEFAULT_DB_ALIAS].prepared_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(text, [*(_value(field, row, add=False) for field in fields), row.pk])
        if cursor.rowcount != 1:
            raise type(row).DoesNotExist  # type: ignore[attr-defined]


def _is_ours(field: "AnyField", row: Model) -> bool:
    """Whether we say what is in it, and not the database: neither a key to be numbered, nor a default of its own."""
    value = getattr(row, field.attname)
    numbered = isinstance(field, AutoField) and value is None
    return not (field.generated or numbered or isinstance(value, DatabaseDefault))


@cache
def _insertion(model: type[Model], names: tuple[str, ...], count: int | None) -> tuple[str, list[str]]:
    """The text for so many rows, or for any number of them as an array for each column; and the attributes it tells."""
    fields = [field for field in model._meta.concrete_fields if field.attname in names]
    chosen = [field for field in model._meta.concrete_fields if field.attname not in names] or [model._meta.pk]
    row = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(fields)))
    arrays = sql.SQL("SELECT * FROM unnest({})").format(sql.SQL(", ").join(map(_array, fields)))
    text = sql.SQL("INSERT INTO {} ({}) {} RETURNING {}").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(map(_column, fields)),
        sql.SQL("VALUES {}").format(sql.SQL(", ").join([row] * count)) if count else arrays,
        sql.SQL(", ").join(map(_column, chosen)),
    )
    return text.as_string(), [field.attname for field in chosen]


@cache
def _change(model: type[Model], names: tuple[str, ...]) -> tuple[str, "list[AnyField]"]:
    """The text, and the fields whose values it takes."""
    fields = [field for field in model._meta.concrete_fields if not (field.primary_key or field.generated)]
    if names:
        fields = [field for field in fields if field.name in names]
    changes = [sql.SQL("{} = %s").format(_column(field)) for field in fields]
    text = sql.SQL("UPDATE {} SET {} WHERE {} = %s").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join(changes), _column(model._meta.pk)
    )
    return text.as_string(), fields


def _column(field: "AnyField") -> sql.Composable:
    return sql.Identifier(str(field.column))


def _array(field: "AnyField") -> sql.Composable:
    # Without the length of the type: a cast would cut what is too long, where the column refuses it.
    kind = str(field.db_type(connections[DEFAULT_DB_ALIAS])).partition("(")[0]
    return sql.SQL(f"%s::{kind}[]")


def _value(field: "AnyField", row: Model, *, add: bool) -> Any:
    return field.get_db_prep_save(field.pre_save(row, add), connections[DEFAULT_DB_ALIAS])
