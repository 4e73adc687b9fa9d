"""Rows written by statements whose text is kept, for what every payment writes (docs/decisions/0011)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, partial
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
Told = Sequence[tuple[Any, ...]]


def insert(rows: Sequence[Model]) -> None:
    """Add rows of one model with one statement, and tell each the key and the defaults that the database chose for it.

    As `bulk_create`; raises IntegrityError, and then the caller's transaction has to be rolled back.
    """
    if not rows:
        return
    if waiting := _waiting.get():
        waiting.rows.setdefault(type(rows[0]), []).extend(rows)
    else:
        _send(_insertion(rows))


def update(row: Model, *names: str) -> None:
    """Save these fields of a row that is there, all of them when none is named. As `save`; raises DoesNotExist."""
    if waiting := _waiting.get():
        waiting.changes.append((row, names))
    else:
        _send(_change(row, names))


def delete(model: type[Model], **named: object) -> None:
    """Delete the rows, any number of them, of which this one field says this."""
    if waiting := _waiting.get():
        waiting.deletions.append((model, named))
    else:
        _send(_deletion(model, named))


@contextmanager
def together() -> Iterator[None]:
    """What is inserted, updated and deleted meanwhile is sent in the end, all as one statement.

    Each part of it sees the tables as they were before: no row may be written twice, none may be read meanwhile that
    was written, and an inserted row, which leaves the database no default to choose, has its key only afterwards.
    Raises what the parts raise, then.
    """
    if _waiting.get():
        yield
        return
    waiting = _Waiting()
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    _send(*waiting.parts())


@dataclass
class _Waiting:
    """What `together` sends in the end."""

    rows: dict[type[Model], list[Model]] = field(default_factory=dict)
    changes: list[tuple[Model, tuple[str, ...]]] = field(default_factory=list)
    deletions: list[tuple[type[Model], dict[str, object]]] = field(default_factory=list)

    def parts(self) -> "list[_Part]":
        if len({(type(row), row.pk) for row, _ in self.changes}) < len(self.changes):
            # PostgreSQL would write one of the two, and does not say which.
            raise ValueError("a row was changed twice in one statement")
        parts = [
            *(_deletion(model, named) for model, named in self.deletions),
            *(_change(row, names) for row, names in self.changes),
            *(_insertion(rows) for rows in self.rows.values()),
        ]
        if any(len(part.chosen) > 1 for part in parts):
            raise ValueError("rows with a default that the database chooses are inserted by themselves")
        return parts


_waiting: ContextVar[_Waiting | None] = ContextVar("waiting", default=None)


@dataclass(frozen=True)
class _Part:
    """A statement and its values; it returns `chosen` of each row it wrote, and `told` takes them."""

    text: str
    values: list[Any]
    chosen: tuple[str, ...]
    told: Callable[[Told], None]


def _send(*parts: _Part) -> None:
    if not parts:
        return
    text = parts[0].text if len(parts) == 1 else _as_one(tuple((part.text, part.chosen) for part in parts))
    with connections[DEFAULT_DB_ALIAS].prepared_cursor() as cursor:  # type: ignore[attr-defined]  # base/postgres/backend
        cursor.execute(text, [*chain.from_iterable(part.values for part in parts)])
        told = cursor.fetchall()
    if len(parts) == 1:
        parts[0].told(told)
        return
    for part, keys in zip(parts, told[0], strict=True):
        part.told([(key,) for key in keys])


@cache
def _as_one(parts: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    """Of parts of which each returns no more than its rows' keys."""
    names = [sql.Identifier(f"part_{place}") for place in range(len(parts))]
    written = [sql.SQL("{} AS ({})").format(name, sql.SQL(text)) for name, (text, _) in zip(names, parts, strict=True)]
    told = [
        sql.SQL("ARRAY(SELECT {} FROM {})").format(sql.Identifier(key), name)
        for name, (_, (key,)) in zip(names, parts, strict=True)
    ]
    return sql.SQL("WITH {} SELECT {}").format(sql.SQL(", ").join(written), sql.SQL(", ").join(told)).as_string()


# --- One statement


def _insertion(rows: Sequence[Model]) -> _Part:
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if _is_ours(field, rows[0])]
    few = len(rows) <= FEW
    values = [[_value(field, row, add=True) for field in fields] for row in rows]
    text, chosen = _insertion_text(model, tuple(field.attname for field in fields), len(rows) if few else None)
    columns = [*chain(*values)] if few else [list(column) for column in zip(*values, strict=True)]
    return _Part(text, columns, chosen, partial(_tell, rows, chosen))


def _is_ours(field: "AnyField", row: Model) -> bool:
    """Whether we say what is in it, and not the database: neither a key to be numbered, nor a default of its own."""
    value = getattr(row, field.attname)
    numbered = isinstance(field, AutoField) and value is None
    return not (field.generated or numbered or isinstance(value, DatabaseDefault))


def _tell(rows: Sequence[Model], chosen: tuple[str, ...], told: Told) -> None:
    for row, values in zip(rows, told, strict=True):
        for name, value in zip(chosen, values, strict=True):
            setattr(row, name, value)
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


@cache
def _insertion_text(model: type[Model], names: tuple[str, ...], count: int | None) -> tuple[str, tuple[str, ...]]:
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
    return text.as_string(), tuple(field.attname for field in chosen)


def _change(row: Model, names: tuple[str, ...]) -> _Part:
    text, fields = _change_text(type(row), names)
    values = [*(_value(field, row, add=False) for field in fields), row.pk]
    return _Part(text, values, (_key(type(row)),), partial(_was_there, type(row)))


def _was_there(model: type[Model], told: Told) -> None:
    if len(told) != 1:
        raise model.DoesNotExist  # type: ignore[attr-defined]


@cache
def _change_text(model: type[Model], names: tuple[str, ...]) -> tuple[str, "list[AnyField]"]:
    """The text, and the fields whose values it takes."""
    fields = [field for field in model._meta.concrete_fields if not (field.primary_key or field.generated)]
    if names:
        fields = [field for field in fields if field.name in names]
    changes = [sql.SQL("{} = %s").format(_column(field)) for field in fields]
    text = sql.SQL("UPDATE {table} SET {changes} WHERE {key} = %s RETURNING {key}").format(
        table=sql.Identifier(model._meta.db_table), changes=sql.SQL(", ").join(changes), key=_column(model._meta.pk)
    )
    return text.as_string(), fields


def _deletion(model: type[Model], named: dict[str, object]) -> _Part:
    ((name, value),) = named.items()
    return _Part(_deletion_text(model, name), [value], (_key(model),), lambda _: None)


@cache
def _deletion_text(model: type[Model], name: str) -> str:
    (field,) = [field for field in model._meta.concrete_fields if field.name == name]
    text = sql.SQL("DELETE FROM {} WHERE {} = %s RETURNING {}").format(
        sql.Identifier(model._meta.db_table), _column(field), _column(model._meta.pk)
    )
    return text.as_string()


# --- One field


def _key(model: type[Model]) -> str:
    return str(model._meta.pk.column)


def _column(field: "AnyField") -> sql.Composable:
    return sql.Identifier(str(field.column))


def _array(field: "AnyField") -> sql.Composable:
    # Without the length of the type: a cast would cut what is too long, where the column refuses it.
    kind = str(field.db_type(connections[DEFAULT_DB_ALIAS])).partition("(")[0]
    return sql.SQL(f"%s::{kind}[]")


def _value(field: "AnyField", row: Model, *, add: bool) -> Any:
    return field.get_db_prep_save(field.pre_save(row, add), connections[DEFAULT_DB_ALIAS])
