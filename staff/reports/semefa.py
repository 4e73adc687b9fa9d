"""SEMEFA by age band and relationship: who was charged for in those months, and what of it is paid."""

from decimal import Decimal
from typing import Any

from dues.charging.schedule import RELATIONSHIP_LABELS
from staff.reports.report import Answer, Bars, Choice, Column, Row, Shape, sums
from staff.reports.sql import by, listing, read

#: A due that the college's own system charged has no people: it stands in a line of its own.
LINES = """
      FROM dues_due AS due
      JOIN members_member AS member ON member.id = due.member_id
      LEFT JOIN dues_dueline AS line ON line.due_id = due.id AND line.replaced_by_id IS NULL
      LEFT JOIN dues_settlement AS paid ON paid.due_id = due.id AND paid.reversed_at IS NULL
     WHERE due.kind = 'semefa' AND due.period >= %(first)s AND due.period <= %(last)s
       AND (%(council)s::int IS NULL OR member.regional_council_id = %(council)s)
"""
AMOUNT = "coalesce(line.amount, due.amount)"
SUMS = f"""
    SELECT coalesce(line.relationship, ''), line.from_age, count(DISTINCT coalesce(line.person_id, -due.member_id)),
           count(*), sum({AMOUNT}), coalesce(sum({AMOUNT}) FILTER (WHERE paid.id IS NOT NULL), 0.00),
           coalesce(sum({AMOUNT}) FILTER (WHERE paid.id IS NULL AND due.exemption_id IS NOT NULL), 0.00),
           coalesce(sum({AMOUNT}) FILTER (WHERE paid.id IS NULL AND due.exemption_id IS NULL), 0.00)
      {LINES} GROUP BY 1, 2 ORDER BY 1, 2
"""
ROWS = f"""
    SELECT member.cmp_number, member.surnames || ' ' || member.given_names, coalesce(line.name, ''), line.age,
           due.period,
           CASE WHEN paid.id IS NOT NULL THEN 'pagada' WHEN due.exemption_id IS NOT NULL THEN 'exonerada'
                ELSE 'pendiente' END, {AMOUNT}
      {LINES} AND coalesce(line.relationship, '') = %(relationship)s AND line.from_age IS NOT DISTINCT FROM %(from_age)s
     ORDER BY member.cmp_number, due.period, line.id
"""  # noqa: S608
COLUMNS = (
    Column("Parentesco"), Column("Banda de edad"), Column("Personas", Shape.COUNT), Column("Meses", Shape.COUNT),
    Column("Emitido", Shape.MONEY), Column("Pagado", Shape.MONEY), Column("Exonerado", Shape.MONEY),
    Column("Pendiente", Shape.MONEY),
)  # fmt: skip
ROW_COLUMNS = (
    Column("CMP"), Column("Titular"), Column("Persona"), Column("Edad"), Column("Mes"), Column("Estado"),
    Column("Monto", Shape.MONEY),
)  # fmt: skip
NOTES = (
    "Un mes es una persona en la cuota de un mes. Pagado: la cuota de esa persona está pagada hoy.",
    "Las cuotas que vienen del sistema del Colegio no detallan personas: se suman aparte.",
)


def answer(choice: Choice) -> Answer:
    found = read(SUMS, choice)
    rows = tuple(_row(*values) for values in found)
    total = sums(COLUMNS, rows)
    return Answer(COLUMNS, rows, total, _verdict(total), NOTES, _bars(found))


def behind(choice: Choice, key: str, limit: int | None) -> Answer:
    """The people of the line `relationship:age`; without an age those that have none."""
    relationship, _, age = key.partition(":")
    return listing(ROW_COLUMNS, ROWS, choice, limit, relationship=relationship, from_age=int(age) if age else None)


def _row(relationship: str, from_age: int | None, *amounts: Any) -> Row:
    band = "" if from_age is None else f"desde {from_age} años"
    words = dict(RELATIONSHIP_LABELS).get(relationship, "Sin detalle de personas")
    return Row((words, band, *amounts), f"{relationship}:{'' if from_age is None else from_age}")


def _bars(found: list[tuple[Any, ...]]) -> Bars:
    names = dict(RELATIONSHIP_LABELS) | {"": "Sin detalle"}
    columns = [(names[key], tuple(sum(row[place] for row in of_it) for place in (5, 7))) for key, of_it in by(found, 0)]
    return Bars("Pagado y pendiente por parentesco", ("Pagado", "Pendiente"), tuple(columns))


def _verdict(total: tuple[Any, ...]) -> str:
    charged: Decimal = total[4]
    return f"Emitido S/ {charged:,.2f}: pagado S/ {total[5]:,.2f}, pendiente S/ {total[7]:,.2f}."
