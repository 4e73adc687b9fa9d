"""Importing a file against the bare COPY of the same rows into the same table, with its indexes and constraints."""

from pathlib import Path
from typing import Any

from django.db import connection

from bench.measure import heading, row, run, seconds_of

COLUMNS = "member_id, kind, period, amount, due_date, basis"
MOST_MEMORY_MB = 300


def compare(file: Path, copy: Path) -> None:
    """Leaves the dues loaded."""
    _empty()
    imported = run("import_dues", str(file))
    with connection.cursor() as cursor, copy.open("wb") as out:
        cursor.execute("SELECT count(*), pg_total_relation_size('dues_due') FROM dues_due")
        rows, size = cursor.fetchone()
        with cursor.copy(f"COPY (SELECT {COLUMNS} FROM dues_due ORDER BY id) TO STDOUT") as data:
            out.writelines(data)
    _empty()
    bare = seconds_of(lambda: copy_in(copy))
    heading(f"Loading {rows:,} dues ({size / 1e6:,.0f} MB with indexes)")
    row("bare COPY into the same table", f"{bare:.1f} s", ratio=1.0)
    row("manage.py import_dues", f"{imported.seconds:.1f} s", ratio=imported.seconds / bare, limit=2.0)
    row("  its memory at most", f"{imported.peak_mb:.0f} MB", ratio=imported.peak_mb, limit=MOST_MEMORY_MB)


def copy_in(copy: Path) -> None:
    with connection.cursor() as cursor, copy.open("rb") as data, _copying(cursor) as into:
        while block := data.read(1 << 16):
            into.write(block)


def _copying(cursor: Any) -> Any:
    return cursor.copy(f"COPY dues_due ({COLUMNS}) FROM STDIN")


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE dues_due CASCADE")
        cursor.execute("CHECKPOINT")
