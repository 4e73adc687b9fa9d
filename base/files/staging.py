"""Loads a file into the database: copies it into a temporary table, checks the table, then merges it with one query.

Nothing is written until every row is checked; then all rows are written or none.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import connection

from base.files.tables import BadTable, Column, Problem, TableFile, rows

BATCH = 5_000
# From this many rows on, PostgreSQL may not use nested loops. The planner believes that a table filled a moment ago is
# still empty: 18,000 payments took half a minute instead of half a second.
MANY = 1_000
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Check:
    """`sql` selects the wrong lines of the staged table, each with the value for `{}` in `reason`.

    A `note` is not a fault: the row is loaded as the reason says.
    """

    column: str
    reason: str
    sql: str
    note: bool = False


@dataclass(frozen=True)
class Staged:
    """The number of good rows in a file, and the notes about them."""

    rows: int
    notes: Sequence[Problem] = ()


@dataclass(frozen=True)
class Counts:
    """The rows of a file by outcome; `total` is the sum of the amounts in soles, None if the file has none."""

    rows: int
    added: int
    changed: int
    total: Decimal | None = None
    notes: Sequence[Problem] = ()


def stage(
    table: str,
    columns: Sequence[Column],
    file: TableFile,
    *,
    progress: Progress,
    checks: Sequence[Check],
    rejected: list[Problem] | None = None,
) -> Staged:
    """Copies the file into the temporary table `table` (`line` and the columns) and checks every row.

    Raises BadTable with every problem found, or with those of the header alone. With `rejected`, appends the problems
    to that list instead and deletes their rows.
    """
    problems: list[Problem] = []
    count = _copy(table, columns, rows(file, [_as_copied(column) for column in columns], problems), progress)
    problems += [problem for check in checks if not check.note for problem in problems_of(check)]
    if problems and rejected is None:
        raise BadTable(problems)
    if problems and rejected is not None:
        rejected += problems
        count -= _leave_out(table, problems)
    return Staged(count, [problem for check in checks if check.note for problem in problems_of(check)])


def merge(sql: str) -> tuple[int, int]:
    """Runs an INSERT … RETURNING (xmax = 0) and returns how many rows it added and changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH merged AS ({sql}) SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added) "  # noqa: S608
            "FROM merged AS merged (added)"
        )
        added, changed = cursor.fetchone()
    return int(added), int(changed)


def affected(sql: str) -> int:
    """Runs a query and returns how many rows it added or changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.rowcount)


def total_of(table: str) -> Decimal:
    """Returns the sum in soles of the column `monto` of a staged table."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(sum(monto), 0)::numeric(14, 2) FROM {table}")  # noqa: S608
        return Decimal(cursor.fetchone()[0])


def _as_copied(column: Column) -> Column:
    """Returns the column with a reader whose values are in COPY's format; each different cell is converted once."""
    default = None if column.default is None else _copied(column.default)
    return replace(column, read=lambda cell: _copied(column.read(cell)), default=default)


def _copied(value: Any) -> str:
    """Returns the value in COPY's text format. Cells hold no line breaks or tabs: the reader turns them into spaces."""
    return str(value).replace("\\", "\\\\")


def _copy(table: str, columns: Sequence[Column], values: Iterator[tuple[Any, ...]], progress: Progress) -> int:
    definition = ", ".join(f"{column.name} {column.sql_type}" for column in columns)
    count = 0
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(f"CREATE TEMPORARY TABLE {table} (line integer, {definition}) ON COMMIT DROP")
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:
            while batch := list(islice(values, BATCH)):
                copy.write("".join(["\t".join(map(str, row)) + "\n" for row in batch]))
                count += len(batch)
                progress(count)
        cursor.execute(f"ANALYZE {table}")
        if count >= MANY:
            cursor.execute("SET LOCAL enable_nestloop = off")
    return count


def problems_of(check: Check) -> list[Problem]:
    """Runs a check and returns one problem for each line it selects."""
    with connection.cursor() as cursor:
        cursor.execute(check.sql)
        return [Problem(line, check.column, check.reason.format(value)) for line, value in cursor.fetchall()]


def _leave_out(table: str, problems: Sequence[Problem]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE line = ANY(%s)", [[problem.line for problem in problems]])  # noqa: S608
        return int(cursor.rowcount)


def repeated(table: str, *key: str) -> Check:
    """Returns the check that no two lines of a file have the same key."""
    columns = ", ".join(key)
    return Check(
        key[-1],
        "repite la línea {}",
        f"SELECT line, first FROM (SELECT line, min(line) OVER (PARTITION BY {columns}) AS first FROM {table}) AS t "  # noqa: S608
        "WHERE line > first",
    )
