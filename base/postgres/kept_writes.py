"""Insert, update and delete with queries whose text is kept, for what every payment writes (docs/decisions/0011)."""

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

# Up to this many rows, each count has a query of its own: PostgreSQL reads text and JSON faster from values than from
# arrays.
FEW = 3

if TYPE_CHECKING:
    AnyField = Field[Any, Any]
Answer = Sequence[tuple[Any, ...]]
Reader = Callable[[Answer], None]

# The writes of a `pipelined` block whose answers are still to be read: a cursor and what reads its rows.
_unread: ContextVar[list[tuple[Any, Reader]] | None] = ContextVar("unread", default=None)


def insert(rows: Sequence[Model]) -> None:
    """Insert rows of one model with one query, and set the keys and defaults that the database chose.

    Raises IntegrityError, as `bulk_create` does; the caller's transaction then has to be rolled back.
    """
    if not rows:
        return
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if _is_ours(field, rows[0])]
    values = [[_value(field, row, add=True) for field in fields] for row in rows]
    few = len(rows) <= FEW
    query, chosen = _insert_query(model, tuple(field.attname for field in fields), len(rows) if few else None)
    params = [*chain(*values)] if few else [list(column) for column in zip(*values, strict=True)]
    _send(query, params, partial(_set_chosen, rows, chosen))


def update(row: Model, *names: str) -> None:
    """Save these fields of an existing row; without names, all of them. Raises DoesNotExist of the row's model."""
    query, fields = _update_query(type(row), names)
    _send(query, [*(_value(field, row, add=False) for field in fields), row.pk], partial(_refuse_missing, type(row)))


def delete(model: type[Model], **condition: object) -> None:
    """Delete every row in which this one field has this value; there may be none."""
    ((name, value),) = condition.items()
    _send(_delete_query(model, name), [value], lambda _: None)


@contextmanager
def pipelined() -> Iterator[None]:
    """Send the writes of this block without waiting for each answer: one round trip for all of them.

    They run one after another, as they would alone. When the block ends, keys are set and errors raised. A block
    inside another ends with the outer one. Defer jobs after the block: procrastinate waits for its answer at once.
    """
    if _unread.get() is not None:
        yield
        return
    unread: list[tuple[Any, Reader]] = []
    token = _unread.set(unread)
    try:
        with connections[DEFAULT_DB_ALIAS].pipeline():  # type: ignore[attr-defined]  # base/postgres/backend
            yield
            for cursor, read in unread:
                with cursor:
                    read(cursor.fetchall())
    finally:
        _unread.reset(token)


def _send(query: str, params: list[Any], read: Reader) -> None:
    cursor = connections[DEFAULT_DB_ALIAS].prepared_cursor()  # type: ignore[attr-defined]  # base/postgres/backend
    cursor.execute(query, params)
    unread = _unread.get()
    if unread is not None:
        unread.append((cursor, read))
        return
    with cursor:
        read(cursor.fetchall())


def _set_chosen(rows: Sequence[Model], chosen: tuple[str, ...], answer: Answer) -> None:
    for row, values in zip(rows, answer, strict=True):
        for name, value in zip(chosen, values, strict=True):
            setattr(row, name, value)
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def _refuse_missing(model: type[Model], answer: Answer) -> None:
    if len(answer) != 1:
        raise model.DoesNotExist  # type: ignore[attr-defined]


# --- The text of a query


@cache
def _insert_query(model: type[Model], names: tuple[str, ...], count: int | None) -> tuple[str, tuple[str, ...]]:
    """The query for `count` rows, or for any number of them as one array per column; and the attributes it returns."""
    fields = [field for field in model._meta.concrete_fields if field.attname in names]
    chosen = [field for field in model._meta.concrete_fields if field.attname not in names] or [model._meta.pk]
    row = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(fields)))
    arrays = sql.SQL("SELECT * FROM unnest({})").format(sql.SQL(", ").join(map(_array, fields)))
    query = sql.SQL("INSERT INTO {} ({}) {} RETURNING {}").format(
        _table(model),
        sql.SQL(", ").join(map(_column, fields)),
        sql.SQL("VALUES {}").format(sql.SQL(", ").join([row] * count)) if count else arrays,
        sql.SQL(", ").join(map(_column, chosen)),
    )
    return query.as_string(), tuple(field.attname for field in chosen)


@cache
def _update_query(model: type[Model], names: tuple[str, ...]) -> tuple[str, "list[AnyField]"]:
    """The query, and the fields whose values it takes."""
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
    """Whether we set this column; the database numbers keys and fills in its own defaults."""
    value = getattr(row, field.attname)
    numbered = isinstance(field, AutoField) and value is None
    return not (field.generated or numbered or isinstance(value, DatabaseDefault))


def _value(field: "AnyField", row: Model, *, add: bool) -> Any:
    return field.get_db_prep_save(field.pre_save(row, add), connections[DEFAULT_DB_ALIAS])
