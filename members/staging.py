"""A file on its way into the database: copied into a temporary table, checked as a whole, then merged by one statement.

Nothing is written before every row is known to be good, and then all of it or nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from members.tables import BadTable, Column, Problem, TableFile, rows

PROGRESS_EVERY = 5_000
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Check:
    """`sql` finds the wrong lines of the staged table: it selects the line and what `{}` in `reason` stands for."""

    column: str
    reason: str
    sql: str


@dataclass(frozen=True)
class Counts:
    rows: int
    added: int
    changed: int


def stage(
    table: str, columns: Sequence[Column], file: TableFile, *, progress: Progress, checks: Sequence[Check]
) -> int:
    """Copy the file into the temporary table `table` (line and then its columns) and check it; how many rows it has.

    Raises BadTable with every problem of cells and checks, or of the header alone.
    """
    problems: list[Problem] = []
    count = _copy(table, columns, _counted(rows(file, columns, problems), progress))
    problems += [problem for check in checks for problem in _found(check)]
    if problems:
        raise BadTable(problems)
    return count


def merge(sql: str) -> tuple[int, int]:
    """Run an INSERT … RETURNING (xmax = 0); how many rows were added and how many changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH merged AS ({sql}) SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added) "  # noqa: S608
            "FROM merged AS merged (added)"
        )
        added, changed = cursor.fetchone()
    return int(added), int(changed)


def _copy(table: str, columns: Sequence[Column], values: Iterable[tuple[Any, ...]]) -> int:
    definition = ", ".join(f"{column.name} {column.sql_type}" for column in columns)
    count = 0
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(f"CREATE TEMPORARY TABLE {table} (line integer, {definition}) ON COMMIT DROP")
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for count, row in enumerate(values, start=1):  # noqa: B007
                copy.write_row(row)
        cursor.execute(f"ANALYZE {table}")
    return count


def _counted(values: Iterable[tuple[Any, ...]], progress: Progress) -> Iterator[tuple[Any, ...]]:
    for count, row in enumerate(values, start=1):
        if count % PROGRESS_EVERY == 0:
            progress(count)
        yield row


def _found(check: Check) -> list[Problem]:
    with connection.cursor() as cursor:
        cursor.execute(check.sql)
        return [Problem(line, check.column, check.reason.format(what)) for line, what in cursor.fetchall()]


def repeated(table: str, *key: str) -> Check:
    """The check that no two lines of a file speak of the same thing."""
    columns = ", ".join(key)
    return Check(
        key[-1],
        "repite la línea {}",
        f"SELECT line, first FROM (SELECT line, min(line) OVER (PARTITION BY {columns}) AS first FROM {table}) AS t "  # noqa: S608
        "WHERE line > first",
    )
