"""The statement of each regional council: what its members paid, and its share by the percentage of the day.

A reversal takes back at the percentage at which the payment was shared, that of the day on which it was recorded:
otherwise a refund after a change of percentage would take more or less than was given.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from dues.models import Kind
from staff.reports.report import Answer, Bars, Choice, Column, Row, Shape, sums
from staff.reports.sql import CHOSEN, COUNCIL, by, listing, read

ZERO = Decimal("0.00")
#: Opening balances brought no money here, so nobody shares in them.
MOVEMENT = """
    SELECT id, due_id, channel, reference, recorded_at, recorded_at AS moved_at, amount FROM dues_settlement
     WHERE recorded_at >= %(since)s AND recorded_at < %(until)s AND channel <> 'opening'
    UNION ALL
    SELECT id, due_id, channel, reference, recorded_at, reversed_at, -amount FROM dues_settlement
     WHERE reversed_at >= %(since)s AND reversed_at < %(until)s AND channel <> 'opening'
"""
SHARED = f"""
      FROM (SELECT movement.*, due.kind, due.period, member.cmp_number, member.regional_council_id AS number,
                   member.surnames || ' ' || member.given_names AS name
              FROM ({MOVEMENT}) AS movement
              JOIN dues_due AS due ON due.id = movement.due_id
              JOIN members_member AS member ON member.id = due.member_id
             WHERE {CHOSEN}) AS moved
      LEFT JOIN (SELECT council_id, kind, percent, valid_from,
                        lead(valid_from) OVER (PARTITION BY council_id, kind ORDER BY valid_from) AS next_from
                   FROM staff_councilshare WHERE decided_at IS NOT NULL AND rejection = '') AS share
        ON share.council_id = moved.number AND share.kind = moved.kind
       AND (moved.recorded_at AT TIME ZONE 'America/Lima')::date >= share.valid_from
       AND (share.next_from IS NULL OR (moved.recorded_at AT TIME ZONE 'America/Lima')::date < share.next_from)
"""  # noqa: S608
SUMS = f"""
    SELECT council.number, {COUNCIL}, summed.kind, summed.percent, summed.paid, summed.back
      FROM (SELECT moved.number, moved.kind, share.percent,
                   coalesce(sum(moved.amount) FILTER (WHERE moved.amount > 0), 0.00) AS paid,
                   coalesce(sum(moved.amount) FILTER (WHERE moved.amount < 0), 0.00) AS back
              {SHARED} GROUP BY 1, 2, 3) AS summed
      JOIN members_regionalcouncil AS council ON council.number = summed.number
     ORDER BY council.number, summed.kind, summed.percent
"""  # noqa: S608
ROWS = f"""
    SELECT moved.moved_at AT TIME ZONE 'America/Lima', moved.cmp_number, moved.name, moved.period, moved.channel,
           moved.reference, moved.amount
      {SHARED}
     WHERE moved.number = %(of)s AND moved.kind = %(of_kind)s AND share.percent IS NOT DISTINCT FROM %(percent)s
     ORDER BY moved.moved_at, moved.id, moved.amount
"""  # noqa: S608
COLUMNS = (
    Column("Consejo Regional"), Column("Tipo de cuota"), Column("Cobrado", Shape.MONEY),
    Column("Devuelto o revertido", Shape.MONEY), Column("Neto", Shape.MONEY), Column("Porcentaje", Shape.PERCENT),
    Column("Le corresponde", Shape.MONEY), Column("Queda en la sede nacional", Shape.MONEY),
)  # fmt: skip
ROW_COLUMNS = (
    Column("Fecha y hora"), Column("CMP"), Column("Colegiado"), Column("Mes"), Column("Canal"), Column("Referencia"),
    Column("Monto", Shape.MONEY),
)  # fmt: skip
NOTES = (
    "Neto: lo registrado en esos meses menos lo revertido en ellos; un pase a un colegiado de otro consejo resta a uno "
    "y suma al otro. El saldo inicial no se reparte: no entró dinero.",
    "Lo revertido se descuenta al porcentaje con que se repartió ese pago. Cada línea se redondea al céntimo.",
    "Cada colegiado cuenta en el consejo en que está hoy según el padrón.",
)


def share_of(net: Decimal, share: Decimal | None) -> Decimal:
    """Returns the soles of a net amount that belong to the council, rounded half up to the cent; 0 without a share."""
    return (net * (share or 0) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


def answer(choice: Choice) -> Answer:
    found = read(SUMS, choice)
    rows = tuple(_row(*values) for values in found)
    total = sums(COLUMNS, rows)
    lacking = sum((paid + back for *_, share, paid, back in found if share is None), ZERO)
    columns = [(str(number), (max(_given(of_it), ZERO),)) for number, of_it in by(found, 0)]
    bars = Bars("Le corresponde a cada consejo, por número", ("Le corresponde",), tuple(columns))
    return Answer(COLUMNS, rows, total, _verdict(total, lacking, found), NOTES, bars)


def behind(choice: Choice, key: str, limit: int | None) -> Answer:
    """The movements of the line `council:kind:percent`; an empty percentage is money that nobody shares in."""
    number, kind, share = key.split(":")
    values = {"of": int(number), "of_kind": kind, "percent": Decimal(share) if share else None}
    return listing(ROW_COLUMNS, ROWS, choice, limit, **values)


def _row(number: int, council: str, kind: str, share: Decimal | None, paid: Decimal, back: Decimal) -> Row:
    net = paid + back
    given = share_of(net, share)
    cells = (council, Kind(kind).label, paid, back, net, share, given, net - given)
    return Row(cells, f"{number}:{kind}:{'' if share is None else share}")


def _given(of_it: list[tuple[Any, ...]]) -> Decimal:
    return sum((share_of(paid + back, share) for *_, share, paid, back in of_it), ZERO)


def _verdict(total: tuple[Any, ...], lacking: Decimal, found: list[tuple[Any, ...]]) -> str:
    words = f"Corresponde a los consejos S/ {total[6]:,.2f} de S/ {total[4]:,.2f} netos."
    if any(row[3] is None for row in found):
        words += f" Sin porcentaje aprobado: S/ {lacking:,.2f}; registre la participación y su acuerdo."
    return words
