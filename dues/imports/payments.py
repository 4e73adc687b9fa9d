"""The file of payments made elsewhere: its columns, its checks, and how it is merged (docs/imports.md)."""

from base.files.cells import amount, cmp_number, moment, month, operation_number
from base.files.staging import Check, Counts, Progress, found, merge, repeated, stage, total_of
from base.files.tables import Column, TableFile
from dues.imports.columns import CHANNEL, KIND, Rejected, unknown_member
from dues.models import BY_HAND, Operation

# --- Payments made elsewhere

PAYMENTS_COLUMNS = (
    Column("cmp", cmp_number, "integer"),
    Column("tipo", KIND, "text"),
    Column("mes", month, "date"),
    Column("monto", amount, "numeric(8,2)"),
    Column("canal", CHANNEL, "text"),
    Column("referencia", operation_number(60), "text"),
    Column("fecha_pago", moment, "timestamptz"),
)

STAGED_PAYMENTS = """
    staged_payments
    JOIN members_member AS member ON member.cmp_number = cmp
    JOIN dues_due AS due ON due.member_id = member.id AND due.kind = tipo AND due.period = mes
"""


def _operation(column: str) -> str:
    return Operation.template % {"expressions": column}


# A payment that bounced and was reversed is recorded too: an overlapping file must not bring it back. What the treasury
# wrote down by hand and the bank's file now brings is one payment and no surplus, unless the hand took it back.
NOT_RECORDED = f"""
    NOT EXISTS (SELECT FROM dues_settlement AS s
                WHERE s.due_id = due.id AND s.channel = canal AND s.reference = referencia)
    AND NOT EXISTS (SELECT FROM dues_settlement AS s
                    WHERE s.due_id = due.id AND s.channel = canal AND s.reversed_at IS NULL
                      AND starts_with(s.reference, '{BY_HAND}')
                      AND {_operation("regexp_replace(s.reference, '^[^:]*: ', '')")}
                        = {_operation("referencia")})
    AND NOT EXISTS (SELECT FROM dues_surplus AS s
                    WHERE s.due_id = due.id AND s.channel = canal AND s.reference = referencia)
"""  # noqa: S608

PAYMENTS_CHECKS = (
    repeated("staged_payments", "cmp", "tipo", "mes", "canal", "referencia"),
    unknown_member("staged_payments"),
    Check(
        "mes",
        "el CMP {} no tiene cuota de ese tipo y mes",
        """
        SELECT line, cmp FROM staged_payments JOIN members_member AS member ON member.cmp_number = cmp
        WHERE NOT EXISTS (SELECT FROM dues_due AS due
                          WHERE due.member_id = member.id AND due.kind = tipo AND due.period = mes)
        """,
    ),
    Check(
        "monto",
        "la cuota es de S/ {:,.2f}",
        f"SELECT line, due.amount FROM {STAGED_PAYMENTS} WHERE due.amount <> monto",  # noqa: S608
    ),
    Check(
        "fecha_pago",
        "es de un día que aún no llega",
        "SELECT line, fecha_pago FROM staged_payments WHERE fecha_pago > now() + interval '1 day'",
    ),
)

# Of two payments of one due in one file the earlier settles it.
SETTLE = f"""
    INSERT INTO dues_settlement (due_id, amount, channel, reference, paid_at, recorded_at, reversed_by, reversal_reason)
    SELECT DISTINCT ON (due.id) due.id, monto, canal, referencia, fecha_pago, now(), '', ''
    FROM {STAGED_PAYMENTS}
    WHERE due.exemption_id IS NULL AND {NOT_RECORDED}
      AND NOT EXISTS (SELECT FROM dues_settlement AS s WHERE s.due_id = due.id AND s.reversed_at IS NULL)
    ORDER BY due.id, fecha_pago, line
    RETURNING true
"""  # noqa: S608

# What is not recorded now came for dues that did not owe it. The money is the member's: never refused, never dropped.
KEEP_SURPLUS = f"""
    INSERT INTO dues_surplus (member_id, due_id, amount, channel, reference, paid_at, reason, recorded_at, resolved_by,
                              resolution)
    SELECT member.id, due.id, monto, canal, referencia, fecha_pago,
           left(coalesce('ya figuraba pagada con ' || paid.reference, 'ya estaba exonerada: ' || act.document), 200),
           now(), '', ''
    FROM {STAGED_PAYMENTS}
    LEFT JOIN dues_settlement AS paid ON paid.due_id = due.id AND paid.reversed_at IS NULL
    LEFT JOIN dues_exemption AS act ON act.id = due.exemption_id
    WHERE {NOT_RECORDED} ORDER BY due.id
    RETURNING true
"""  # noqa: S608

# now() is the moment at which the transaction began: the same for all that it records.
SURPLUS_OF_THIS_FILE = Check(
    "mes",
    "{}; el dinero queda como saldo a favor del colegiado",
    f"""
    SELECT line, surplus.reason FROM {STAGED_PAYMENTS}
    JOIN dues_surplus AS surplus ON surplus.due_id = due.id AND surplus.channel = canal
      AND surplus.reference = referencia AND surplus.recorded_at = now()
    """,  # noqa: S608
    note=True,
)


def load_payments(file: TableFile, *, progress: Progress, rejected: Rejected = None) -> Counts:
    """`added` counts what settled a due and what became a surplus."""
    staged = stage(
        "staged_payments", PAYMENTS_COLUMNS, file, progress=progress, checks=PAYMENTS_CHECKS, rejected=rejected
    )
    settled, _ = merge(SETTLE)
    surplus, _ = merge(KEEP_SURPLUS)
    notes = found(SURPLUS_OF_THIS_FILE) if surplus else []
    return Counts(staged.rows, settled + surplus, 0, total_of("staged_payments"), notes)
