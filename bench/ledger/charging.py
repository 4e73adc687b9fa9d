"""Charging one month to everybody against the bare INSERT … SELECT of the same dues and lines."""

from django.db import connection, transaction
from django.utils import timezone

from base.peru import months
from bench.measure import heading, row, run, seconds_of

MOST_MEMORY_MB = 300

BARE_DUES = """
    INSERT INTO dues_due (member_id, kind, period, amount, due_date, basis, tariff_id)
    SELECT member.id, tariff.kind, %(period)s, CASE tariff.kind WHEN 'colegiado' THEN 30 ELSE 61 END,
           %(period)s::date + 27, 'Acuerdo', tariff.id
    FROM members_member AS member CROSS JOIN dues_tariff AS tariff ORDER BY member.id
"""
BARE_LINES = """
    INSERT INTO dues_dueline (due_id, person_id, name, relationship, age, from_age, amount)
    SELECT due.id, person.id, person.name, person.relationship, 40, 40, 61
    FROM dues_due AS due JOIN dues_coveredperson AS person USING (member_id)
    WHERE due.period = %(period)s AND due.kind = 'semefa'
"""


def compare() -> None:
    period = months.shift(months.month_of(timezone.localdate()), 1)
    # Twice, and the second counts: the first of either finds colder pages.
    _bare(period)
    bare = seconds_of(lambda: _bare(period))
    charged = run("charge_dues", "--month", f"{period:%Y-%m}")
    again = run("charge_dues", "--month", f"{period:%Y-%m}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM dues_due WHERE period = %s", [period])
        (dues,) = cursor.fetchone()
    heading(f"Charging one month: {dues:,} dues with their lines")
    row("bare INSERT … SELECT", f"{bare:.1f} s", ratio=1.0)
    row("manage.py charge_dues", f"{charged.seconds:.1f} s", ratio=charged.seconds / bare, limit=3.0)
    row("  its memory at most", f"{charged.peak_mb:.0f} MB", ratio=charged.peak_mb, limit=MOST_MEMORY_MB)
    row("manage.py charge_dues, repeated", f"{again.seconds:.1f} s", ratio=again.seconds / bare)


def _bare(period: object) -> None:
    """The checks that a commit would make are made, and then all is undone."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BARE_DUES, {"period": period})
        cursor.execute(BARE_LINES, {"period": period})
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)
