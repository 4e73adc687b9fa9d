"""Collection: what was charged for each month, what came in during it and how, net of what went back.

Money belongs to the day on which the portal recorded it, as in receipts/accounts/ledger_export.py, so the sums equal
the ledger's. A reversal counts on its own day with a minus: refunds and lost chargebacks take away, and a transfer
takes from one physician what it gives to the other.
"""

from datetime import date
from decimal import Decimal
from typing import Any, cast

from base.peru import months
from dues.models import Channel
from payments.states import Way
from staff.reports.report import Answer, Bars, Choice, Column, Row, Shape, percent, sums
from staff.reports.sql import CHOSEN, listing, read

ZERO = Decimal("0.00")
#: Months whose rate makes the forecast.
FORECAST_BY = 3

MOVEMENT = """
    SELECT id, due_id, channel, reference, paid_at, recorded_at AS moved_at, amount FROM dues_settlement
     WHERE recorded_at >= %(since)s AND recorded_at < %(until)s
    UNION ALL
    SELECT id, due_id, channel, reference, paid_at, reversed_at, -amount FROM dues_settlement
     WHERE reversed_at >= %(since)s AND reversed_at < %(until)s
"""
#: A card's reference is a purchase number; PostgreSQL may look at the others first, hence the CASE.
ATTEMPT = """
    LEFT JOIN payments_attempt AS attempt
      ON attempt.purchase_number = (CASE WHEN movement.channel = 'card' THEN movement.reference END)::bigint
     AND attempt.settles_order
"""
PAID = f"""
    SELECT date_trunc('month', movement.moved_at AT TIME ZONE 'America/Lima')::date, movement.channel,
           coalesce(attempt.way, 'card') AS way,
           sum(movement.amount) FILTER (WHERE movement.amount > 0),
           sum(movement.amount) FILTER (WHERE movement.amount < 0)
      FROM ({MOVEMENT}) AS movement
      JOIN dues_due AS due ON due.id = movement.due_id
      JOIN members_member AS member ON member.id = due.member_id {ATTEMPT}
     WHERE {CHOSEN}
     GROUP BY 1, 2, 3
"""  # noqa: S608
CHARGED = f"""
    SELECT due.period, count(*), sum(due.amount),
           count(*) FILTER (WHERE settled.id IS NOT NULL), coalesce(sum(settled.amount), 0.00)
      FROM dues_due AS due
      JOIN members_member AS member ON member.id = due.member_id
      LEFT JOIN dues_settlement AS settled ON settled.due_id = due.id AND settled.reversed_at IS NULL
     WHERE due.period >= %(first)s AND due.period <= %(last)s AND due.exemption_id IS NULL AND {CHOSEN}
     GROUP BY due.period
"""  # noqa: S608
ROWS = f"""
    SELECT movement.moved_at AT TIME ZONE 'America/Lima',
           CASE WHEN movement.amount > 0 THEN 'pago' ELSE 'reversión' END, member.cmp_number,
           member.surnames || ' ' || member.given_names, due.kind, due.period, movement.channel,
           CASE WHEN movement.channel = 'card' THEN coalesce(attempt.way, 'card') ELSE '' END,
           movement.reference, movement.amount
      FROM ({MOVEMENT}) AS movement
      JOIN dues_due AS due ON due.id = movement.due_id
      JOIN members_member AS member ON member.id = due.member_id {ATTEMPT}
     WHERE {CHOSEN}
     ORDER BY movement.moved_at, movement.id, movement.amount
"""  # noqa: S608
OTHERS = (Channel.BANK, Channel.PAYROLL, Channel.MANUAL, Channel.OPENING)
COLUMNS = (
    Column("Mes"),
    Column("Emitido del mes", Shape.MONEY),
    Column("De ello, pagado hoy", Shape.MONEY),
    Column("Tasa", Shape.PERCENT),
    *(Column(way.label, Shape.MONEY) for way in Way),
    *(Column(channel.label, Shape.MONEY) for channel in OTHERS),
    Column("Devuelto o revertido", Shape.MONEY),
    Column("Cobrado neto", Shape.MONEY),
)
OPENING_CELL = [column.title for column in COLUMNS].index(Channel.OPENING.label)
ROW_COLUMNS = (
    Column("Fecha y hora"), Column("Movimiento"), Column("CMP"), Column("Colegiado"), Column("Tipo"), Column("Mes"),
    Column("Canal"), Column("Forma"), Column("Referencia"), Column("Monto", Shape.MONEY),
)  # fmt: skip


def answer(choice: Choice) -> Answer:
    charged = {period: values for period, *values in read(CHARGED, choice)}
    paid: dict[date, list[tuple[Any, ...]]] = {}
    for period, *values in read(PAID, choice):
        paid.setdefault(period, []).append(tuple(values))
    count = months.between(choice.first, choice.last) + 1
    periods = [months.shift(choice.first, back) for back in range(count)]
    rows = tuple(_row(period, charged.get(period), paid.get(period, [])) for period in periods)
    total = list(sums(COLUMNS, rows))
    total[3] = percent(total[2], total[1])  # type: ignore[arg-type]
    return Answer(
        COLUMNS,
        rows,
        tuple(total),
        verdict=_forecast(charged),
        notes=(
            "Cobrado neto: lo registrado en cada mes, menos lo revertido en él (devoluciones, contracargos perdidos, "
            "extornos y pases a otro colegiado). Suma lo mismo que el libro de cuotas.",
            "Un pase a otro colegiado resta a uno y suma al otro: si ambos entran en la selección, se anulan.",
            "Saldo inicial: cuotas que llegaron pagadas del sistema anterior; no entró dinero aquí.",
        ),
        bars=Bars("Cobrado neto por mes, sin saldos iniciales", ("Cobrado neto",), tuple(_bar(row) for row in rows)),
    )


def behind(choice: Choice, key: str, limit: int | None) -> Answer:
    """The movements of the month that `key` names, as 2026-11."""
    month = date.fromisoformat(f"{key}-01")
    return listing(ROW_COLUMNS, ROWS, Choice(month, month, choice.kind, choice.council), limit)


def _row(period: date, charged: list[Any] | None, paid: list[tuple[Any, ...]]) -> Row:
    _, due, _, settled = charged or (0, ZERO, 0, ZERO)
    ways = [_came(paid, "card", way) for way in Way]
    channels = [_came(paid, channel) for channel in OTHERS]
    back = sum((went or ZERO for *_, went in paid), ZERO)
    net = sum([*ways, *channels], ZERO) + back
    cells = (months.name(period), due, settled, percent(settled, due), *ways, *channels, back, net)
    return Row(cells, f"{period:%Y-%m}")


def _came(paid: list[tuple[Any, ...]], channel: str, way: str = "") -> Decimal:
    of_it = [came or ZERO for each, by, came, _ in paid if each == channel and (not way or by == way)]
    return sum(of_it, ZERO)


def _bar(row: Row) -> tuple[str, tuple[Decimal, ...]]:
    """An opening balance is no money of its month, and would dwarf all others."""
    name, net, opening = str(row.cells[0]), cast(Decimal, row.cells[-1]), cast(Decimal, row.cells[OPENING_CELL])
    return f"{name[:3]} {name[-2:]}", (max(net - opening, ZERO),)


def _forecast(charged: dict[date, list[Any]]) -> str:
    """What the next month's dues should bring: the last month's charge at the rate of the last three months."""
    last = [charged[month] for month in sorted(charged)[-FORECAST_BY:]]
    due = sum((values[1] for values in last), ZERO)
    settled = sum((values[3] for values in last), ZERO)
    if not due:
        return "No hay cuotas emitidas en esos meses: no se puede pronosticar."
    newest = max(charged)
    expected = (charged[newest][1] * settled / due).quantize(Decimal("0.01"))
    rate = percent(settled, due)
    return (
        f"Pronóstico de {months.name(months.shift(newest, 1))}: S/ {expected:,.2f}, si se emite lo de "
        f"{months.name(newest)} y se paga la misma parte que en los últimos meses ({rate} %)."
    )
