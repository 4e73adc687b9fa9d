"""Queries of the reports, read as tuples."""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from staff.reports.report import Answer, Choice, Column, Row

COUNCIL = "'Consejo Regional ' || council.roman || ' ' || council.name"
#: Kind and council of a due `due` and its member `member`, when they are chosen.
CHOSEN = """(%(kind)s::text IS NULL OR due.kind = %(kind)s)
    AND (%(council)s::int IS NULL OR member.regional_council_id = %(council)s)"""
OPEN = """due.exemption_id IS NULL
    AND NOT EXISTS (SELECT FROM dues_settlement AS paid WHERE paid.due_id = due.id AND paid.reversed_at IS NULL)"""


def read(sql: str, choice: Choice, **more: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, choice.parameters | more)
        return list(cursor.fetchall())


def listing(columns: tuple[Column, ...], sql: str, choice: Choice, limit: int | None, **more: Any) -> Answer:
    """The rows of a query as an answer, `limit` of them or all; `more` says that some are left out."""
    ending = f"\nLIMIT {limit + 1:d}" if limit is not None else ""
    found = read(sql + ending, choice, **more)
    rows = tuple(Row(tuple(row)) for row in found[:limit])
    return Answer(columns, rows, more=limit is not None and len(found) > limit)


def by(rows: list[tuple[Any, ...]], place: int) -> Iterator[tuple[Any, list[tuple[Any, ...]]]]:
    """Groups rows by one cell, in the order in which its values come."""
    groups: dict[Any, list[tuple[Any, ...]]] = {}
    for row in rows:
        groups.setdefault(row[place], []).append(row)
    yield from groups.items()
