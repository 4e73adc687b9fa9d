"""What a bank gave back: its row undoes the payment that it names, in the ledger or in the same file.

The only door by which a file undoes a payment: `undo_payment`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from base.files.staging import affected
from base.files.tables import Problem
from dues import ledger
from dues.imports.identity import OVER, same_payment
from dues.models import Settlement, Surplus, UnidentifiedPayment

AUTHOR = "archivo del banco"


@dataclass
class Undone:
    """`count` payments of the ledger were undone."""

    count: int = 0
    notes: list[Problem] = field(default_factory=list)


def undo_payment(settlements: Sequence[Settlement], *, author: str, reason: str) -> None:
    """Reverse everything that one payment of a file settled; its dues are owed again.

    The payment stays in the ledger, reversed, so that no overlapping file brings it back. Raises AlreadyReversed.
    """
    for settlement in sorted(settlements, key=lambda each: each.due_id):
        ledger.reverse(settlement, author=author, reason=reason)


# The payment of an extorno: of the member it names, or of anybody when it names none; all that one operation paid.
IN_THE_LEDGER = f"""
    SELECT line, monto, referencia, array_agg(id), sum(amount), bool_and(over) FROM (
        SELECT line, monto, referencia, s.id, s.amount, s.reversed_at IS NOT NULL AS over FROM staged_payments
        JOIN members_member AS member ON member.cmp_number = cmp
        JOIN dues_due AS due ON due.member_id = member.id AND (mes IS NULL OR due.period = mes)
        JOIN dues_settlement AS s ON s.due_id = due.id AND {same_payment("s")}
        WHERE monto < 0 AND s.paid_at > fecha_pago - interval '90 days'
        UNION
        SELECT line, monto, referencia, s.id, s.amount, s.reversed_at IS NOT NULL FROM staged_payments
        JOIN dues_settlement AS s ON s.reference = referencia AND {same_payment("s")}
        WHERE monto < 0 AND cmp IS NULL AND s.paid_at > fecha_pago - interval '90 days'
    ) AS paid GROUP BY line, monto, referencia ORDER BY line
"""  # noqa: S608

AS_SURPLUS = f"""
    SELECT line, s.id, referencia FROM staged_payments
    JOIN dues_surplus AS s ON {same_payment("s")} AND s.amount = -monto AND s.resolved_at IS NULL
    JOIN members_member AS member ON member.id = s.member_id AND (cmp IS NULL OR member.cmp_number = cmp)
    WHERE monto < 0 ORDER BY line
"""  # noqa: S608

# Each extorno with one payment of the same sum and operation that is staged too, one to one.
IN_THE_FILE = f"""
    WITH back AS (
        SELECT *, row_number() OVER (PARTITION BY canal, referencia, monto ORDER BY line) AS place
        FROM staged_payments WHERE monto < 0
    ), paid AS (
        SELECT line AS paid_line, cmp AS paid_cmp, canal AS channel, referencia AS reference, fecha_pago AS paid_at,
               monto AS amount, row_number() OVER (PARTITION BY canal, referencia, monto ORDER BY line) AS paid_place
        FROM staged_payments WHERE monto > 0
    )
    SELECT back.line, paid_line, referencia FROM back JOIN paid
      ON {same_payment("paid")} AND amount = -monto AND paid_place = place
     AND (cmp IS NULL OR paid_cmp IS NULL OR cmp = paid_cmp)
    ORDER BY back.line
"""  # noqa: S608


def undo_staged() -> Undone:
    """Undo what the staged extornos name. Those that name no payment stay staged."""
    undone = Undone()
    if not _any():
        return undone
    for line, amount, reference, ids, total, over in _rows(IN_THE_LEDGER):
        _undo_in_ledger(undone, line, -amount, reference, ids, total, over)
    for line, surplus_id, reference in _rows(AS_SURPLUS):
        Surplus.objects.get(pk=surplus_id).resolve(author=AUTHOR, how=f"El banco lo extornó: {reference}")
        undone.count += 1
        _done(undone, line, "deshizo un saldo a favor")
    for line, paid_line, reference in _rows(IN_THE_FILE):
        _done(undone, line, f"extorna el pago {reference} de este archivo: no paga nada")
        _conclude(paid_line, f"El banco lo extornó: {reference}")
    return undone


def _undo_in_ledger(
    undone: Undone, line: int, amount: Decimal, reference: str, ids: list[int], total: Decimal, over: bool
) -> None:
    """An extorno of a payment that was undone before says nothing new."""
    left_over = UnidentifiedPayment.objects.filter(resolved_at=None, reference=reference, key__endswith=OVER)
    if total != amount and total + sum(each.amount or 0 for each in left_over) != amount:
        return
    if not over:
        live = list(Settlement.objects.filter(pk__in=ids, reversed_at=None))
        undo_payment(live, author=AUTHOR, reason=f"Extorno del banco: {reference}")
        undone.count += 1
        for each in left_over:
            each.resolve(author=AUTHOR, how=f"El banco lo extornó: {reference}")
            affected(f"DELETE FROM staged_payments WHERE line = {-each.pk}")  # noqa: S608
    _done(undone, line, f"extorna el pago {reference}, que queda deshecho: sus cuotas vuelven a deberse")


def _done(undone: Undone, line: int, words: str) -> None:
    if line > 0:
        undone.notes.append(Problem(line, "monto", words))
    _conclude(line, words)


def _conclude(line: int, words: str) -> None:
    """The staged row is dealt with; one that waited before is resolved."""
    affected(f"DELETE FROM staged_payments WHERE line = {int(line)}")  # noqa: S608
    if line < 0:
        UnidentifiedPayment.objects.get(pk=-line).resolve(author=AUTHOR, how=words)


def _any() -> bool:
    return bool(_rows("SELECT EXISTS (SELECT FROM staged_payments WHERE monto < 0)")[0][0])


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
