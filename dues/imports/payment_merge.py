"""Merges staged payments into the ledger, in sets: what is known, what was given back, what pays its month, what pays
the oldest dues, and what waits "por identificar".

Rows that waited before are staged again with negative lines, so that each load tries them by the same rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection

from base.files.staging import Check, found
from base.files.tables import Problem
from dues.imports import extornos, unidentified
from dues.imports.identity import RECORDED_FOR_DUE, RECORDED_FOR_MEMBER, STAGED
from dues.imports.unidentified import Source

#: A member has so many payments without a month in one file; more wait for the next load.
MOST_ROUNDS = 40


@dataclass
class Merged:
    """`added` payments became settlements or surpluses, or were undone; `waiting` are newly listed."""

    added: int = 0
    waiting: int = 0
    notes: list[Problem] = field(default_factory=list)


# Which staged line paid what, in soles: what is over is seen by it.
PREPARE = """
    DROP TABLE IF EXISTS applied_payments;
    CREATE TEMPORARY TABLE applied_payments (line integer, soles numeric(9,2)) ON COMMIT DROP
"""

# What is over from a payment is of an operation that is recorded.
NOT_OVER = f"""
    NOT EXISTS (SELECT FROM dues_unidentifiedpayment AS over
                WHERE over.id = -staged_payments.line AND over.key LIKE '%{unidentified.OVER}')
"""

KNOWN_BY_MONTH = f"""
    DELETE FROM staged_payments WHERE line IN (
        SELECT line FROM {STAGED} WHERE monto > 0 AND {NOT_OVER} AND {RECORDED_FOR_DUE}
    ) RETURNING line
"""  # noqa: S608

KNOWN_BY_MEMBER = f"""
    DELETE FROM staged_payments WHERE line IN (
        SELECT line FROM staged_payments JOIN members_member AS member ON member.cmp_number = cmp
        WHERE monto > 0 AND mes IS NULL AND {NOT_OVER} AND {RECORDED_FOR_MEMBER}
    ) RETURNING line
"""  # noqa: S608

KNOWN_TO_WAIT = f"""
    DELETE FROM staged_payments AS staged USING dues_unidentifiedpayment AS waiting
    WHERE staged.line > 0 AND waiting.key = {unidentified.KEY} RETURNING staged.line
"""  # noqa: S608

# Clocks of banks may be a little ahead.
NOT_IN_FUTURE = "fecha_pago <= now() + interval '1 day'"

# Of two payments of one due in one file the earlier settles it. What the member's due does not owe, or owes for another
# sum, is not settled here.
SETTLE = f"""
    WITH chosen AS (
        SELECT DISTINCT ON (due.id) line, due.id AS due_id, monto, canal, referencia, fecha_pago FROM {STAGED}
        WHERE monto > 0 AND due.amount = monto AND due.exemption_id IS NULL AND {NOT_IN_FUTURE}
          AND NOT EXISTS (SELECT FROM dues_settlement AS s WHERE s.due_id = due.id AND s.reversed_at IS NULL)
        ORDER BY due.id, fecha_pago, line
    ), settled AS (
        INSERT INTO dues_settlement
            (due_id, amount, channel, reference, paid_at, recorded_at, reversed_by, reversal_reason)
        SELECT due_id, monto, canal, referencia, fecha_pago, now(), '', '' FROM chosen ORDER BY due_id
    )
    INSERT INTO applied_payments SELECT line, monto FROM chosen
"""  # noqa: S608

# What is not settled now came for dues that did not owe it. The money is the member's: never refused, never dropped.
KEEP_SURPLUS = f"""
    WITH chosen AS (
        SELECT line, member.id AS member_id, due.id AS due_id, monto, canal, referencia, fecha_pago,
               left(coalesce('ya figuraba pagada con ' || paid.reference, 'ya estaba exonerada: ' || act.document), 200)
                   AS reason
        FROM {STAGED}
        LEFT JOIN dues_settlement AS paid ON paid.due_id = due.id AND paid.reversed_at IS NULL
        LEFT JOIN dues_exemption AS act ON act.id = due.exemption_id
        WHERE monto > 0 AND due.amount = monto AND {NOT_IN_FUTURE} AND (paid.id IS NOT NULL OR act.id IS NOT NULL)
          AND NOT EXISTS (SELECT FROM applied_payments AS applied WHERE applied.line = staged_payments.line)
    ), kept AS (
        INSERT INTO dues_surplus (member_id, due_id, amount, channel, reference, paid_at, reason, recorded_at,
                                  resolved_by, resolution)
        SELECT member_id, due_id, monto, canal, referencia, fecha_pago, reason, now(), '', '' FROM chosen
        ORDER BY due_id
    )
    INSERT INTO applied_payments SELECT line, monto FROM chosen
"""  # noqa: S608

# One payment of each member and kind at a time: the next one finds paid what this one paid.
SETTLE_OLDEST = f"""
    WITH payment AS (
        SELECT DISTINCT ON (member.id, tipo) line, member.id AS member_id, tipo, monto, canal, referencia, fecha_pago
        FROM staged_payments JOIN members_member AS member ON member.cmp_number = cmp
        WHERE mes IS NULL AND monto > 0 AND tipo IS NOT NULL AND {NOT_IN_FUTURE}
          AND NOT EXISTS (SELECT FROM tried_payments AS tried WHERE tried.line = staged_payments.line)
        ORDER BY member.id, tipo, fecha_pago, line
    ), tried AS (
        INSERT INTO tried_payments SELECT line FROM payment
    ), owed AS (
        SELECT payment.*, due.id AS due_id, due.amount,
               sum(due.amount) OVER (PARTITION BY payment.line ORDER BY due.period, due.id) AS so_far
        FROM payment JOIN dues_due AS due ON due.member_id = payment.member_id AND due.kind = payment.tipo
        WHERE due.exemption_id IS NULL
          AND NOT EXISTS (SELECT FROM dues_settlement AS s WHERE s.due_id = due.id AND s.reversed_at IS NULL)
    ), settled AS (
        INSERT INTO dues_settlement
            (due_id, amount, channel, reference, paid_at, recorded_at, reversed_by, reversal_reason)
        SELECT due_id, amount, canal, referencia, fecha_pago, now(), '', '' FROM owed WHERE so_far <= monto
        ORDER BY due_id
    ), applied AS (
        INSERT INTO applied_payments SELECT line, amount FROM owed WHERE so_far <= monto
    )
    SELECT count(*) FROM payment
"""  # noqa: S608

# now() is the moment at which the transaction began: the same for all that it records.
SURPLUS_OF_THIS_FILE = Check(
    "mes",
    "{}; el dinero queda como saldo a favor del colegiado",
    f"""
    SELECT line, surplus.reason FROM {STAGED}
    JOIN dues_surplus AS surplus ON surplus.due_id = due.id AND surplus.channel = canal
      AND surplus.reference = referencia AND surplus.recorded_at = now()
    WHERE line > 0
    """,  # noqa: S608
    note=True,
)

OLDEST_OF_THIS_FILE = Check(
    "mes",
    "no dice el mes: pagó las cuotas más antiguas, S/ {:,.2f}",
    """
    SELECT staged.line, sum(soles) FROM staged_payments AS staged JOIN applied_payments USING (line)
    WHERE staged.mes IS NULL AND staged.line > 0 GROUP BY staged.line
    """,
    note=True,
)


def merge_staged(
    source: Source | None = None, *, only: Sequence[int] | None = None, author: str = unidentified.BY_ITSELF
) -> Merged:
    """Merge the staged table, and what waits (`only` these rows of it). `source` gives what a row of the file said;
    `author` resolves what waited."""
    unidentified.stage_waiting(only)
    _run(PREPARE)
    merged = Merged()
    undone = extornos.undo_staged()
    merged.notes += undone.notes
    for statement in (KNOWN_BY_MONTH, KNOWN_BY_MEMBER, KNOWN_TO_WAIT):
        unidentified.conclude_known(_lines(statement), author)
    settle_named_months()
    _run(KEEP_SURPLUS)
    _settle_oldest()
    merged.added = undone.count + _applied()
    merged.notes += found(SURPLUS_OF_THIS_FILE) + found(OLDEST_OF_THIS_FILE)
    unidentified.conclude_applied(author)
    listed = unidentified.list_remaining(source)
    merged.waiting = len(listed)
    merged.notes += listed
    return merged


def settle_named_months() -> None:
    """Settle each open due that a staged payment names with its amount."""
    _run(SETTLE)


def _settle_oldest() -> None:
    _run("DROP TABLE IF EXISTS tried_payments; CREATE TEMPORARY TABLE tried_payments (line integer) ON COMMIT DROP")
    with connection.cursor() as cursor:
        for _ in range(MOST_ROUNDS):
            cursor.execute(SETTLE_OLDEST)
            if not cursor.fetchone()[0]:
                return


def _applied() -> int:
    """How many payments of the file paid something."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT line) FROM applied_payments WHERE line > 0")
        return int(cursor.fetchone()[0])


def _lines(sql: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [line for (line,) in cursor.fetchall()]


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
