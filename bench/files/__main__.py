"""A bank's collection file loaded beside a bare COPY of its settlements, and hostile files with their sentences."""

import argparse
import sys
from pathlib import Path

from bench.measure import ROOT, database, heading, machine, row, run, seconds_of

MOST_MEMORY_MB = 300
MONTHS = 24
COLUMNS = "due_id, amount, channel, reference, paid_at, recorded_at, reversed_by, reversal_reason"


def main() -> int:
    chosen = _parser().parse_args()
    print(f"Files of banks\n{machine()}")
    directory: Path = chosen.dir.resolve()
    with database(directory):
        from bench.files import hostile

        _college(chosen.payments // MONTHS)
        _compare(directory)
        hostile.report(directory)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="script/bench files", description=__doc__)
    parser.add_argument("--payments", type=int, default=500_000, help="payments of the file (default 500,000)")
    parser.add_argument("--dir", type=Path, default=ROOT / "var" / "bench" / "files", help="its database (emptied)")
    return parser


def _college(members: int) -> None:
    """Members who owe MONTHS months each."""
    from django.db import connection

    from bench.ledger import college

    college.found(members)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dues_due (member_id, kind, period, amount, due_date, basis) "
            "SELECT member.id, 'colegiado', month::date, 30, month::date + 27, 'Acuerdo de muestra' "
            "FROM members_member AS member, "
            "generate_series(date '2024-11-01', date '2026-10-01', interval '1 month') AS month ORDER BY 1, 3"
        )
        cursor.execute("VACUUM ANALYZE dues_due")


def _compare(directory: Path) -> None:
    from django.db import connection

    file = _collection_file(directory / "CDPG0001.TXT")
    _empty()
    loaded = run("import_payments", str(file), "--despite-warnings")
    copy = directory / "settlements.copy"
    with connection.cursor() as cursor, copy.open("wb") as out:
        cursor.execute("SELECT count(*), pg_total_relation_size('dues_settlement') FROM dues_settlement")
        rows, size = cursor.fetchone()
        with cursor.copy(f"COPY (SELECT {COLUMNS} FROM dues_settlement ORDER BY id) TO STDOUT") as data:
            out.writelines(data)
    again = run("import_payments", str(file), "--despite-warnings", "--again")
    _empty()
    bare = seconds_of(lambda: _copy_in(copy))
    heading(f"Loading {rows:,} payments of a CDPG file ({size / 1e6:,.0f} MB with indexes)")
    row("bare COPY into the same table", f"{bare:.1f} s", ratio=1.0)
    row("manage.py import_payments", f"{loaded.seconds:.1f} s", ratio=loaded.seconds / bare, limit=3.0)
    row("  its memory at most", f"{loaded.peak_mb:.0f} MB", ratio=loaded.peak_mb, limit=MOST_MEMORY_MB)
    row("the same file again: nothing new", f"{again.seconds:.1f} s", ratio=again.seconds / bare)


LINES = """
    SELECT 'DD19305018854' || lpad(member.cmp_number::text, 14, '0') || rpad('COL' || to_char(due.period, 'YYYYMM'), 30)
           || '2026112520261231' || lpad('3000', 15, '0') || repeat('0', 15) || lpad('3000', 15, '0')
           || lpad((111 + place / 1000000)::text, 3, '0') || '017' || lpad((place % 1000000)::text, 6, '0')
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS place FROM dues_due) AS due
    JOIN members_member AS member ON member.id = due.member_id ORDER BY place
"""


def _collection_file(path: Path) -> Path:
    """Every open due paid, as BCP writes it; line by line, since a child's memory counts from its parent's."""
    from django.db import connection

    with path.open("wb") as file, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM dues_due")
        count = cursor.fetchone()[0]
        file.write(f"CC19305018854C20261125{count:09}{count * 3000:015}".ljust(200).encode() + b"\r\n")
        with cursor.copy(f"COPY ({LINES}) TO STDOUT") as lines:
            for block in lines:
                file.write(b"".join(bytes(line).ljust(200) + b"\r\n" for line in bytes(block).splitlines()))
    return path


def _copy_in(path: Path) -> None:
    from django.db import connection

    statement = f"COPY dues_settlement ({COLUMNS}) FROM STDIN"
    with connection.cursor() as cursor, path.open("rb") as data, cursor.copy(statement) as into:
        while block := data.read(1 << 16):
            into.write(block)


def _empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE dues_settlement, dues_unidentifiedpayment, dues_dataload CASCADE")
        cursor.execute("CHECKPOINT")


if __name__ == "__main__":
    sys.exit(main())
