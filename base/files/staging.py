"""A file on its way into the database: copied into a temporary table, checked as a whole, then merged by one statement.

Nothing is written before every row is known to be good, and then all of it or nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import connection

from base.files.tables import MOST_PROBLEMS, BadTable, Column, Problem, TableFile, Totals, rows

BATCH = 5_000
# From so many rows on, PostgreSQL is told to join them as a whole. Of a table that was empty a moment ago it believes
# that it still is, and would read all of it for each row: 18,000 payments took half a minute instead of half a second.
MANY = 1_000
Progress = Callable[[int], None]
#: Called when the good rows of a file are staged and nothing is merged yet: a preview looks at them.
Seen = Callable[[], None]


def unseen() -> None:
    """For a load that nobody previews."""


NO_ROWS = "no tiene ninguna fila de datos: no se cargó nada y la fecha de los datos no cambia"
IS_TOTAL = "es la fila del total; no se carga"


@dataclass(frozen=True)
class Check:
    """`sql` finds the wrong lines of the staged table: it selects the line and what `{}` in `reason` stands for.

    A `note` is no fault: the row is loaded, in the way that the reason says.
    """

    column: str
    reason: str
    sql: str
    note: bool = False


@dataclass(frozen=True)
class Staged:
    """How many good rows a file has, and what is to be said of some."""

    rows: int
    notes: Sequence[Problem] = ()


@dataclass(frozen=True)
class Counts:
    """Rows of a file, by what became of them; `total` of its amounts in soles, None for a file without any.

    Of payments, `waiting` are listed to be identified, and `newest_payment` is the moment of the last one.
    """

    rows: int
    added: int
    changed: int
    total: Decimal | None = None
    notes: Sequence[Problem] = ()
    waiting: int = 0
    newest_payment: datetime | None = None


def stage(
    table: str,
    columns: Sequence[Column],
    file: TableFile,
    *,
    progress: Progress,
    checks: Sequence[Check],
    rejected: list[Problem] | None = None,
    seen: Seen = unseen,
    ignored: Sequence[str] = (),
) -> Staged:
    """Copy the file into the temporary table `table` (line and then its columns) and check it.

    Raises BadTable with every problem of cells and checks, or of the header alone. With `rejected` the problems go
    there instead and the good rows are left. Columns named `ignored` may be there, and are not read.
    """
    problems: list[Problem] = []
    totals = Totals()
    values = rows(file, [_as_copied(column) for column in columns], problems, totals, ignored)
    count = copy_rows(table, columns, values, progress)
    if not count and not problems:
        raise BadTable([Problem(1, "", NO_ROWS)])
    notes = _compared(table, totals, problems)
    problems += [problem for check in checks if not check.note for problem in found(check)]
    if len(problems) > MOST_PROBLEMS:
        raise BadTable(
            [*problems[:MOST_PROBLEMS], Problem(problems[-1].line, "", "demasiados errores: revise el archivo")]
        )
    if problems and rejected is None:
        raise BadTable(problems)
    if problems and rejected is not None:
        rejected += problems
        count -= leave_out(table, problems)
    notes += [problem for check in checks if check.note for problem in found(check)]
    seen()
    return Staged(count, notes)


def _compared(table: str, totals: Totals, problems: list[Problem]) -> list[Problem]:
    """Compare each row of totals with the rows above it; one that differs goes to `problems`.

    Returns a note for each that agrees, or that bad rows keep from being compared. A subtotal counts from the row of
    totals before it.
    """
    notes, before = [], 0
    bad_rows = bool(problems)
    for line, stated in totals.rows:
        sums = {_sum_between(table, 0, line), _sum_between(table, before, line)}
        before = line
        if bad_rows:
            notes.append(Problem(line, "monto", f"{IS_TOTAL}; no se comparó, porque hay filas con errores"))
        elif stated in sums:
            notes.append(Problem(line, "monto", f"{IS_TOTAL}: S/ {stated:,.2f}, lo mismo que las filas de arriba"))
        else:
            reason = f"es la fila del total y dice S/ {stated:,.2f}; las filas de arriba suman S/ {max(sums):,.2f}"
            problems.append(Problem(line, "monto", reason))
    return notes


def _sum_between(table: str, after: int, before: int) -> Decimal:
    """The amounts of the lines between these two, in soles."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(sum(monto), 0)::numeric(14, 2) FROM {table} WHERE line > %s AND line < %s",  # noqa: S608
            [after, before],
        )
        return Decimal(cursor.fetchone()[0])


def merge(sql: str) -> tuple[int, int]:
    """Run an INSERT … RETURNING (xmax = 0); how many rows were added and how many changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH merged AS ({sql}) SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added) "  # noqa: S608
            "FROM merged AS merged (added)"
        )
        added, changed = cursor.fetchone()
    return int(added), int(changed)


def affected(sql: str) -> int:
    """Run a statement; how many rows it added or changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.rowcount)


def total_of(table: str) -> Decimal:
    """The sum of a staged table's amounts (`monto`), in soles."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(sum(monto), 0)::numeric(14, 2) FROM {table}")  # noqa: S608
        return Decimal(cursor.fetchone()[0])


def _as_copied(column: Column) -> Column:
    """The same column, whose values are already as COPY takes them: made once for each different cell."""
    default = None if column.default is None else _copied(column.default)
    return replace(column, read=lambda cell: _copied(column.read(cell)), default=default)


class Null:
    """The default of a column whose empty cells are no value at all."""


NULL = Null()


def _copied(value: Any) -> str:
    """COPY's text format. Cells hold no line breaks nor tabs: reading makes spaces of them."""
    return r"\N" if value is NULL else str(value).replace("\\", "\\\\")


def copy_rows(table: str, columns: Sequence[Column], values: Iterator[tuple[Any, ...]], progress: Progress) -> int:
    """Copy rows (line and then the values as COPY takes them) into a temporary table; how many."""
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


def found(check: Check) -> list[Problem]:
    """What a check finds in its staged table, a problem for each line."""
    with connection.cursor() as cursor:
        cursor.execute(check.sql)
        listed = cursor.fetchmany(MOST_PROBLEMS + 1)
        return [Problem(line, check.column, check.reason.format(what)) for line, what in listed]


def leave_out(table: str, problems: Sequence[Problem]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE line = ANY(%s)", [[problem.line for problem in problems]])  # noqa: S608
        return int(cursor.rowcount)


def repeated(table: str, *key: str) -> Check:
    """The check that no two lines of a file speak of the same thing."""
    columns = ", ".join(key)
    return Check(
        key[-1],
        "repite la línea {}",
        f"SELECT line, first FROM (SELECT line, min(line) OVER (PARTITION BY {columns}) AS first FROM {table}) AS t "  # noqa: S608
        "WHERE line > first",
    )
