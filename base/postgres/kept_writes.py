"""Inserts, updates and deletes with queries compiled once, for what every payment writes (docs/decisions/0011)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import AutoField, Field, Model
from django.db.models.expressions import DatabaseDefault
from psycopg import sql

# Up to this many rows, each row count has its own query: PostgreSQL reads text and JSON faster from values than from
# arrays.
FEW = 3

if TYPE_CHECKING:
    AnyField = Field[Any, Any]
Answer = Sequence[tuple[Any, ...]]
Reader = Callable[[Answer], None]

# The writes of a `pipelined` block whose answers are unread: a cursor and the function that reads its rows.
_unread: ContextVar[list[tuple[Any, Reader]] | None] = ContextVar("unread", default=None)


def insert(rows: Sequence[Model]) -> None:
    """Inserts rows of one model with one query, and sets the keys and defaults that the database chose.

    Raises IntegrityError, as `bulk_create` does; the caller must then roll back its transaction.
    """
    if not rows:
        return
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if _is_ours(field, rows[0])]
    values = [[_value(field, row, add=True) for field in fields] for row in rows]
    few = len(rows) <= FEW
    query, returned = _insert_query(model, tuple(field.attname for field in fields), len(rows) if few else None)
    params = [*chain(*values)] if few else [list(column) for column in zip(*values, strict=True)]
    _send(query, params, partial(_set_chosen, rows, returned))


def update(row: Model, *names: str) -> None:
    """Saves these fields of an existing row, or all of them without names. Raises DoesNotExist of the row's model."""
    query, fields = _update_query(type(row), names)
    _send(query, [*(_value(field, row, add=False) for field in fields), row.pk], partial(_refuse_missing, type(row)))


def delete(model: type[Model], **condition: object) -> None:
    """Deletes every row whose field has this value, if any."""
    ((name, value),) = condition.items()
    _send(_delete_query(model, name), [value], lambda _: None)


@contextmanager
def pipelined() -> Iterator[None]:
    """Sends the writes of this block without waiting for each answer: one round trip for all.

    They run in order. At the end of the block keys are set and errors raised. A nested block ends with the outer one.
    Defer jobs after the block: procrastinate waits for its answer at once.
    """
    if _unread.get() is not None:
        yield
        return
    unread: list[tuple[Any, Reader]] = []
    token = _unread.set(unread)
    try:
        with connections[DEFAULT_DB_ALIAS].pipeline():  # type: ignore[attr-defined]  # base/postgres/backend
            yield
            for cursor, read_answer in unread:
                with cursor:
                    read_answer(cursor.fetchall())
    finally:
        _unread.reset(token)


def _send(query: str, params: list[Any], read_answer: Reader) -> None:
    cursor = connections[DEFAULT_DB_ALIAS].prepared_cursor()  # type: ignore[attr-defined]  # base/postgres/backend
    cursor.execute(query, params)
    unread = _unread.get()
    if unread is not None:
        unread.append((cursor, read_answer))
        return
    with cursor:
        read_answer(cursor.fetchall())


def _set_chosen(rows: Sequence[Model], names: tuple[str, ...], answer: Answer) -> None:
    for row, values in zip(rows, answer, strict=True):
        for name, value in zip(names, values, strict=True):
            setattr(row, name, value)
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def _refuse_missing(model: type[Model], answer: Answer) -> None:
    if len(answer) != 1:
        raise model.DoesNotExist  # type: ignore[attr-defined]


# --- The text of a query


@cache
def _insert_query(model: type[Model], names: tuple[str, ...], count: int | None) -> tuple[str, tuple[str, ...]]:
    """Returns the query for `count` rows, or with None for any number as arrays, and the attributes it returns."""
    fields = [field for field in model._meta.concrete_fields if field.attname in names]
    returned = [field for field in model._meta.concrete_fields if field.attname not in names] or [model._meta.pk]
    row = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(fields)))
    arrays = sql.SQL("SELECT * FROM unnest({})").format(sql.SQL(", ").join(map(_array, fields)))
    query = sql.SQL("INSERT INTO {} ({}) {} RETURNING {}").format(
        _table(model),
        sql.SQL(", ").join(map(_column, fields)),
        sql.SQL("VALUES {}").format(sql.SQL(", ").join([row] * count)) if count else arrays,
        sql.SQL(", ").join(map(_column, returned)),
    )
    return query.as_string(), tuple(field.attname for field in returned)


@cache
def _update_query(model: type[Model], names: tuple[str, ...]) -> tuple[str, "list[AnyField]"]:
    """Returns the query and the fields whose values it takes."""
    fields = [field for field in model._meta.concrete_fields if not (field.primary_key or field.generated)]
    if names:
        fields = [field for field in fields if field.name in names]
    changes = sql.SQL(", ").join(sql.SQL("{} = %s").format(_column(field)) for field in fields)
    query = sql.SQL("UPDATE {table} SET {changes} WHERE {key} = %s RETURNING {key}")
    return query.format(table=_table(model), changes=changes, key=_column(model._meta.pk)).as_string(), fields


@cache
def _delete_query(model: type[Model], name: str) -> str:
    (field,) = [field for field in model._meta.concrete_fields if field.name == name]
    query = sql.SQL("DELETE FROM {} WHERE {} = %s RETURNING {}")
    return query.format(_table(model), _column(field), _column(model._meta.pk)).as_string()


def _table(model: type[Model]) -> sql.Composable:
    return sql.Identifier(model._meta.db_table)


def _column(field: "AnyField") -> sql.Composable:
    return sql.Identifier(str(field.column))


def _array(field: "AnyField") -> sql.Composable:
    # Without the type's length: a cast would cut a text that is too long, where the column refuses it.
    kind = str(field.db_type(connections[DEFAULT_DB_ALIAS])).partition("(")[0]
    return sql.SQL(f"%s::{kind}[]")


def _is_ours(field: "AnyField", row: Model) -> bool:
    """Tells whether we set this column; the database fills generated columns, keys and its own defaults."""
    value = getattr(row, field.attname)
    numbered = isinstance(field, AutoField) and value is None
    return not (field.generated or numbered or isinstance(value, DatabaseDefault))


def _value(field: "AnyField", row: Model, *, add: bool) -> Any:
    return field.get_db_prep_save(field.pre_save(row, add), connections[DEFAULT_DB_ALIAS])
