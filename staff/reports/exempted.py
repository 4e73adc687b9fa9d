"""Exemptions in force and what they cost: the dues that acts free, by kind of act."""

from typing import Any

from dues.models import Act, Kind
from staff.reports.report import Answer, Bars, Choice, Column, Row, Shape, sums
from staff.reports.sql import by, listing, read

IN_FORCE = """act.revoked_at IS NULL AND act.first_period <= %(last)s AND act.last_period >= %(first)s
    AND (%(kind)s::text IS NULL OR act.kind = %(kind)s)
    AND (%(council)s::int IS NULL OR member.regional_council_id = %(council)s)"""
FREED = """
    LEFT JOIN LATERAL (
        SELECT count(*) AS months, coalesce(sum(due.amount), 0.00) AS cost FROM dues_due AS due
         WHERE due.exemption_id = act.id AND due.period >= %(first)s AND due.period <= %(last)s) AS freed ON true
"""
SUMS = f"""
    SELECT act.act, act.kind, count(*), count(DISTINCT act.member_id), sum(freed.months)::bigint, sum(freed.cost)
      FROM dues_exemption AS act JOIN members_member AS member ON member.id = act.member_id {FREED}
     WHERE {IN_FORCE} GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608
ROWS = f"""
    SELECT member.cmp_number, member.surnames || ' ' || member.given_names, act.document, act.reason, act.granted_date,
           act.first_period, act.last_period, freed.months, freed.cost
      FROM dues_exemption AS act JOIN members_member AS member ON member.id = act.member_id {FREED}
     WHERE {IN_FORCE} AND act.act = %(act)s AND act.kind = %(of)s ORDER BY member.cmp_number, act.first_period, act.id
"""  # noqa: S608
COLUMNS = (
    Column("Acto"), Column("Tipo de cuota"), Column("Actos", Shape.COUNT), Column("Colegiados", Shape.COUNT),
    Column("Cuotas liberadas", Shape.COUNT), Column("Costo", Shape.MONEY),
)  # fmt: skip
ROW_COLUMNS = (
    Column("CMP"), Column("Colegiado"), Column("Documento"), Column("Motivo"), Column("Fecha del acto"),
    Column("Primer mes"), Column("Último mes"), Column("Cuotas", Shape.COUNT), Column("Costo", Shape.MONEY),
)  # fmt: skip
NOTES = (
    "Actos no revocados que tocan alguno de esos meses. Costo: las cuotas de esos meses que el acto libera hoy, a su "
    "monto emitido. Un mes pagado antes del acto no se cuenta: su dinero es un saldo a favor.",
)


def answer(choice: Choice) -> Answer:
    found = read(SUMS, choice)
    rows = tuple(_row(*values) for values in found)
    total = sums(COLUMNS, rows)
    columns = [(Act(act).label, (sum(row[5] for row in of_it),)) for act, of_it in by(found, 0)]
    bars = Bars("Costo por tipo de acto", ("Costo",), tuple(columns))
    verdict = f"Actos en vigor: {total[2]:,}. Liberan cuotas por S/ {total[5]:,.2f}."
    return Answer(COLUMNS, rows, total, verdict, NOTES, bars)


def behind(choice: Choice, key: str, limit: int | None) -> Answer:
    """The acts of the line `act:kind`."""
    act, _, kind = key.partition(":")
    return listing(ROW_COLUMNS, ROWS, choice, limit, act=act, of=kind)


def _row(act: str, kind: str, *amounts: Any) -> Row:
    return Row((Act(act).label, Kind(kind).label, *amounts), f"{act}:{kind}")
