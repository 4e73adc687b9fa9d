"""What the college's accounts take over: every settlement and every reversal of a span of days, each with its receipt.

A movement belongs to the day in Lima on which the portal recorded it: a bank's payment of Friday that was loaded on
Monday is Monday's, so that a day once exported never changes. Reversals are rows of their own, with a minus. The words
are those of docs/imports.md: what is written here can be loaded again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import connection, transaction

from base.peru.lima import midnight

ROWS_AT_ONCE = 2_000

MOVEMENTS = """
    WITH movement AS (
        SELECT id, due_id, channel, reference, paid_at, recorded_at AS moved_at, 'pago' AS movement, amount
        FROM dues_settlement WHERE recorded_at >= %(since)s AND recorded_at < %(until)s
        UNION ALL
        SELECT id, due_id, channel, reference, paid_at, reversed_at, 'reversión', -amount
        FROM dues_settlement WHERE reversed_at >= %(since)s AND reversed_at < %(until)s
    )
    SELECT (movement.moved_at AT TIME ZONE 'America/Lima')::date AS day, movement.movement, due.kind,
           'Consejo Regional ' || council.roman || ' ' || council.name AS council, member.cmp_number,
           member.surnames || ' ' || member.given_names AS name, due.period, movement.amount,
           CASE movement.channel WHEN 'card' THEN 'tarjeta' WHEN 'bank' THEN 'banco' WHEN 'payroll' THEN 'planilla'
                WHEN 'opening' THEN 'saldo inicial' ELSE 'tesorería' END AS channel, movement.reference,
           movement.paid_at AT TIME ZONE 'America/Lima',
           -- A reversal is documented by the note that took the due back, once SUNAT allows it to be issued.
           CASE WHEN movement.movement = 'pago' THEN coalesce(receipt.name, '') ELSE coalesce(note.name, '') END
    FROM movement
    JOIN dues_due AS due ON due.id = movement.due_id
    JOIN members_member AS member ON member.id = due.member_id
    JOIN members_regionalcouncil AS council ON council.number = member.regional_council_id
    LEFT JOIN payments_attempt AS attempt
      -- Only a card's reference is a number, and PostgreSQL may look at any of them first.
      ON attempt.purchase_number = (CASE WHEN movement.channel = 'card' THEN movement.reference END)::bigint
     AND attempt.settles_order
    LEFT JOIN receipts_receipt AS receipt ON receipt.receipt_of_id = attempt.order_id
    LEFT JOIN LATERAL (
        SELECT issued.name FROM receipts_credit AS credit JOIN receipts_receipt AS issued ON issued.id = credit.note_id
        WHERE movement.movement = 'reversión' AND credit.order_id = attempt.order_id
          AND due.period = ANY (credit.periods)
        -- A refund's own note before that of a changed buyer; the latest of a kind.
        ORDER BY credit.refund_id IS NULL, credit.id DESC LIMIT 1
    ) AS note ON true
"""
EACH = f"{MOVEMENTS} ORDER BY movement.moved_at, movement.id, movement.movement"
SUMS = f"""
    SELECT day, kind, council, channel, movement, count(*), sum(amount)
    FROM ({MOVEMENTS}) AS each (day, movement, kind, council, cmp_number, name, period, amount, channel, reference,
                                paid_at, receipt)
    GROUP BY day, kind, council, channel, movement ORDER BY day, kind, council, channel, movement
"""  # noqa: S608

EACH_HEADER: tuple[str, ...] = (
    "fecha", "movimiento", "tipo", "consejo", "cmp", "colegiado", "mes", "monto", "canal", "referencia", "fecha_pago",
    "comprobante",
)  # fmt: skip
SUMS_HEADER: tuple[str, ...] = ("fecha", "tipo", "consejo", "canal", "movimiento", "cantidad", "monto")


@dataclass(frozen=True)
class Span:
    """Days in Lima, both included."""

    first: date
    last: date

    def instants(self) -> dict[str, datetime]:
        """From the first moment of the first day to the first after the last."""
        return {"since": midnight(self.first), "until": midnight(self.last + timedelta(days=1))}


def movements(span: Span) -> Iterator[tuple[Any, ...]]:
    """Each settlement and reversal in the order of EACH_HEADER, as they were recorded. Amounts are soles; memory does
    not grow with their number."""
    return _rows(EACH, span)


def sums(span: Span) -> Iterator[tuple[Any, ...]]:
    """Count and soles by day, kind, regional council, channel and movement, in the order of SUMS_HEADER."""
    return _rows(SUMS, span)


def total(span: Span) -> Decimal:
    """What the movements of these days add up to, in soles."""
    return sum((row[-1] for row in sums(span)), Decimal("0.00"))


def _rows(sql: str, span: Span) -> Iterator[tuple[Any, ...]]:
    """Through a cursor of the server's, which lives in a transaction."""
    with transaction.atomic(), connection.cursor() as opened:
        name = f"export_{uuid4().hex}"
        opened.execute(f"DECLARE {name} NO SCROLL CURSOR FOR {sql}", span.instants())
        while True:
            opened.execute(f"FETCH {ROWS_AT_ONCE} FROM {name}")
            rows = opened.fetchall()
            yield from rows
            if len(rows) < ROWS_AT_ONCE:
                return
