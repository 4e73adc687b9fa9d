"""Ageing of debt: every open due by the days since its due date, as of today."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from staff.reports.report import Answer, Bars, Choice, Column, Row, Shape, sums
from staff.reports.sql import CHOSEN, COUNCIL, OPEN, listing, read

#: Name, and the days after the due date from which a due is in the band. A year is 365 days.
BANDS = (
    ("Por vencer", None),
    ("0–30 días", 0),
    ("31–90 días", 31),
    ("91–365 días", 91),
    ("1–3 años", 366),
    ("Más de 3 años", 1096),
)
BAND = """CASE WHEN due.due_date >= %(today)s THEN 0 WHEN %(today)s - due.due_date <= 30 THEN 1
              WHEN %(today)s - due.due_date <= 90 THEN 2 WHEN %(today)s - due.due_date <= 365 THEN 3
              WHEN %(today)s - due.due_date <= 1095 THEN 4 ELSE 5 END"""
SUMS = f"""
    SELECT council.number, {COUNCIL}, debt.band, debt.count, debt.amount
      FROM (SELECT member.regional_council_id AS number, {BAND} AS band, count(*) AS count, sum(due.amount) AS amount
              FROM dues_due AS due JOIN members_member AS member ON member.id = due.member_id
             WHERE {OPEN} AND {CHOSEN} GROUP BY 1, 2) AS debt
      JOIN members_regionalcouncil AS council ON council.number = debt.number
     ORDER BY council.number, debt.band
"""  # noqa: S608
ROWS = f"""
    SELECT member.cmp_number, member.surnames || ' ' || member.given_names, due.kind, due.period, due.due_date,
           greatest(0, %(today)s - due.due_date), due.amount
      FROM dues_due AS due JOIN members_member AS member ON member.id = due.member_id
     WHERE {OPEN} AND {CHOSEN} AND member.regional_council_id = %(of)s
     ORDER BY due.due_date, member.cmp_number, due.kind
"""  # noqa: S608
COLUMNS = (
    Column("Consejo Regional"),
    Column("Cuotas", Shape.COUNT),
    *(Column(name, Shape.MONEY) for name, _ in BANDS),
    Column("Deuda", Shape.MONEY),
)
ROW_COLUMNS = (
    Column("CMP"), Column("Colegiado"), Column("Tipo"), Column("Mes"), Column("Vencimiento"),
    Column("Días vencida", Shape.COUNT), Column("Monto", Shape.MONEY),
)  # fmt: skip
ZERO = Decimal("0.00")


def answer(choice: Choice) -> Answer:
    councils: dict[int, list[Any]] = {}
    for number, name, band, count, amount in read(SUMS, choice, today=timezone.localdate()):
        cells = councils.setdefault(number, [name, 0, *[ZERO] * len(BANDS)])
        cells[1] += count
        cells[2 + band] += amount
    rows = tuple(Row((*cells, sum(cells[2:], ZERO)), str(number)) for number, cells in councils.items())
    total = sums(COLUMNS, rows)
    return Answer(COLUMNS, rows, total, _verdict(total), NOTES, _bars(total))


NOTES = (
    "Toda cuota abierta: ni pagada ni exonerada, hoy. La edad se cuenta desde el día de su vencimiento.",
    "El consejo es aquel en que el colegiado está hoy según el padrón.",
)


def behind(choice: Choice, key: str, limit: int | None) -> Answer:
    """The open dues of the council whose number is `key`, oldest first."""
    return listing(ROW_COLUMNS, ROWS, choice, limit, today=timezone.localdate(), of=int(key))


def _bars(total: tuple[Any, ...]) -> Bars:
    columns = tuple((name, (amount,)) for (name, _), amount in zip(BANDS, total[2:-1], strict=True))
    return Bars("Deuda por antigüedad", ("Deuda",), columns)


def _verdict(total: tuple[Any, ...]) -> str:
    overdue = sum(total[3:-1], ZERO)
    old = total[-2]
    return f"Vencido: S/ {overdue:,.2f}; de ello, hace más de 3 años: S/ {old:,.2f}. Por vencer: S/ {total[2]:,.2f}."
