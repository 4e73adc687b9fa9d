"""Queries that Django compiles once for each process and sends with other values each time.

Compiling a query takes Django longer than PostgreSQL takes to answer, and PostgreSQL plans it every time. The pages of
a payment send the same few queries (docs/decisions/0011-statements-written-once.md).
"""

import re
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet, Value
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError
from psycopg import sql

Row = TypeVar("Row")
First = TypeVar("First")


@dataclass(frozen=True)
class _Parameter:
    name: str


def parameter(name: str) -> Value:
    """Marks the place of a value that is passed with each call: `filter(ref=parameter("ref"))`, `.first(ref=ref)`."""
    return Value(_Parameter(name))


@dataclass(frozen=True)
class _Written:
    """The compiled text, with constants in it, and the names of its parameters."""

    queryset: "QuerySet[Any, Any]"
    compiler: SQLCompiler
    converters: dict[int, Any]
    text: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Sent(Generic[Row]):
    """A query that PostgreSQL is answering."""

    written: _Written
    cursor: Any

    def rows(self) -> list[Row]:
        with self.cursor:
            answer = self.cursor.fetchall()
        compiler: Any = copy(self.written.compiler)
        compiler.execute_sql = lambda *_, **__: [answer]
        compiler.get_converters = lambda _: self.written.converters
        query = copy(self.written.queryset.query)
        query.get_compiler = lambda *_, **__: compiler  # type: ignore[method-assign]
        rows: Any = QuerySet(self.written.queryset.model, query=query)
        rows._iterable_class = self.written.queryset._iterable_class
        return list(rows)


class KeptQuery(Generic[Row]):
    """A queryset whose SQL is compiled once; made by the decorator `kept_query`."""

    def __init__(self, build: "Callable[[], QuerySet[Any, Row]]") -> None:
        self._build = build

    def all(self, **values: object) -> list[Row]:
        """Runs the query and returns its rows.

        Raises KeyError for a parameter without a value, and TransactionManagementError if the query locks rows outside
        a transaction.
        """
        return self.sent(**values).rows()

    def sent(self, **values: object) -> "Sent[Row]":
        """Sends the query within a `connection.pipeline()` block; `rows()` then waits for the answer."""
        written, connection = self._written, connections[DEFAULT_DB_ALIAS]
        if written.queryset.query.select_for_update and connection.get_autocommit():
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        cursor = connection.prepared_cursor()  # type: ignore[attr-defined]  # base/postgres/backend
        cursor.execute(written.text, [values[name] for name in written.names])
        return Sent(written, cursor)

    def first(self, **values: object) -> Row | None:
        return next(iter(self.all(**values)), None)

    def get(self, **values: object) -> Row:
        """Returns the first row. Raises DoesNotExist of its model."""
        row = self.first(**values)
        if row is None:
            raise self._written.queryset.model.DoesNotExist
        return row

    @cached_property
    def _written(self) -> _Written:
        queryset, connection = self._build(), connections[DEFAULT_DB_ALIAS]
        compiler = queryset.query.get_compiler(connection=connection)
        text, params = compiler.as_sql()
        names = tuple(param.name for param in params if isinstance(param, _Parameter))
        # Constants stand in the text, so that PostgreSQL can use a partial index with the same condition.
        places = iter(["%s" if isinstance(param, _Parameter) else _literal(param, connection) for param in params])
        text = re.sub("%[%s]", lambda match: next(places) if match[0] == "%s" else match[0], text)
        converters = compiler.get_converters([selected for selected, _, _ in compiler.select])
        return _Written(queryset, compiler, converters, text, names)


def _literal(value: object, connection: Any) -> str:
    return sql.Literal(value).as_string(connection.connection).replace("%", "%%")


def kept_query(build: "Callable[[], QuerySet[Any, Row]]") -> KeptQuery[Row]:
    """Decorates a function that builds a queryset, of model rows or of `values_list`.

    The function runs once per process. Every value that changes, the time too, must be a `parameter`.
    """
    return KeptQuery(build)


def read_both(first: "KeptQuery[First]", second: KeptQuery[Row], **values: object) -> "tuple[list[First], list[Row]]":
    """Returns the rows of two queries in one round trip.

    If the first locks rows, PostgreSQL runs the second once it has the locks, so the second reads the locked state.
    """
    with connections[DEFAULT_DB_ALIAS].pipeline():  # type: ignore[attr-defined]  # base/postgres/backend
        sent, also_sent = first.sent(**values), second.sent(**values)
        return sent.rows(), also_sent.rows()
