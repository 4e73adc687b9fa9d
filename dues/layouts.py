"""What the files that the college loads hold, and how each is merged. docs/imports.md tells their writers the same."""

from collections.abc import Callable

from dues import charging, exemptions
from dues.models import BY_HAND, Act, Channel, DataLoad, Kind, Operation
from members import roll
from members.staging import Check, Counts, Progress, affected, found, merge, repeated, stage, total_of
from members.tables import Column, Problem, TableFile, amount, cmp_number, day, moment, month, one_of, text

KIND = one_of({"colegiado": Kind.COLEGIADO.value, "semefa": Kind.SEMEFA.value})
CHANNEL = one_of(
    {
        "banco": Channel.BANK.value,
        "planilla": Channel.PAYROLL.value,
        "saldo_inicial": Channel.OPENING.value,
        "tesoreria": Channel.MANUAL.value,
    }
)
ACT = one_of(
    {
        "exoneracion": Act.EXONERATION.value,
        "condonacion": Act.CONDONATION.value,
        "anulacion": Act.ANNULMENT.value,
    }
)

Rejected = list[Problem] | None


def _unknown_member(table: str) -> Check:
    return Check(
        "cmp",
        "el CMP {} no está en el padrón",
        f"SELECT line, cmp FROM {table} WHERE NOT EXISTS "  # noqa: S608
        "(SELECT FROM members_member AS member WHERE member.cmp_number = cmp)",
    )


# --- Dues

# Whose amount stands: a tariff that rises later never changes what was paid, ahead or in time.
BEING_PAID = """
    (EXISTS (SELECT FROM dues_settlement AS s WHERE s.due_id = due.id AND s.reversed_at IS NULL)
     OR EXISTS (SELECT FROM dues_hold AS hold WHERE hold.due_id = due.id))
"""

DUES_COLUMNS = (
    Column("cmp", cmp_number, "integer"),
    Column("tipo", KIND, "text"),
    Column("mes", month, "date"),
    Column("monto", amount, "numeric(8,2)"),
    Column("vence", day, "date"),
    Column("base_legal", text(120), "text"),
)

DUES_CHECKS = (
    repeated("staged_dues", "cmp", "tipo", "mes"),
    _unknown_member("staged_dues"),
    Check("vence", "vence antes de su mes", "SELECT line, vence FROM staged_dues WHERE vence < mes"),
    Check(
        "monto",
        "la cuota ya está pagada o se está pagando por S/ {:,.2f}; su monto no cambia",
        f"""
        SELECT line, due.amount FROM staged_dues
        JOIN members_member AS member ON member.cmp_number = cmp
        JOIN dues_due AS due ON due.member_id = member.id AND due.kind = tipo AND due.period = mes
        WHERE due.amount <> monto AND {BEING_PAID}
        """,  # noqa: S608
        note=True,
    ),
)

STAGED_DUES = "staged_dues JOIN members_member AS member ON member.cmp_number = cmp"

# Locked in the order in which orders lock them, so that neither waits for the other.
CHANGE_DUES = f"""
    UPDATE dues_due AS due
    SET amount = monto, due_date = vence, basis = base_legal,
        tariff_id = NULL -- the college's own word now, which charging leaves alone
    FROM (
        SELECT due.id, monto, vence, base_legal FROM {STAGED_DUES}
        JOIN dues_due AS due ON due.member_id = member.id AND due.kind = tipo AND due.period = mes
        WHERE (due.amount, due.due_date, due.basis) IS DISTINCT FROM (monto, vence, base_legal) AND NOT {BEING_PAID}
        ORDER BY due.id FOR UPDATE OF due
    ) AS news
    WHERE due.id = news.id
"""  # noqa: S608

# Asking first and then inserting plainly takes half the time of INSERT … ON CONFLICT for millions of rows; no other
# load or charge adds a due meanwhile, and a member who pays ahead makes the rule a_member_owes_a_month_once speak.
ADD_DUES = f"""
    INSERT INTO dues_due (member_id, kind, period, amount, due_date, basis)
    SELECT member.id, tipo, mes, monto, vence, base_legal FROM {STAGED_DUES}
    WHERE NOT EXISTS (SELECT FROM dues_due AS due
                      WHERE due.member_id = member.id AND due.kind = tipo AND due.period = mes)
    ORDER BY line
"""  # noqa: S608


def load_dues(file: TableFile, *, progress: Progress, rejected: Rejected = None) -> Counts:
    staged = stage("staged_dues", DUES_COLUMNS, file, progress=progress, checks=DUES_CHECKS, rejected=rejected)
    charging.one_run_at_a_time()
    changed, added = affected(CHANGE_DUES), affected(ADD_DUES)
    exemptions.apply_to_staged("staged_dues")
    return Counts(staged.rows, added, changed, total_of("staged_dues"), staged.notes)


# --- Payments made elsewhere

PAYMENTS_COLUMNS = (
    Column("cmp", cmp_number, "integer"),
    Column("tipo", KIND, "text"),
    Column("mes", month, "date"),
    Column("monto", amount, "numeric(8,2)"),
    Column("canal", CHANNEL, "text"),
    Column("referencia", text(60), "text"),
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
    _unknown_member("staged_payments"),
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


# --- Exemptions

EXEMPTIONS_COLUMNS = (
    Column("cmp", cmp_number, "integer"),
    Column("tipo", KIND, "text"),
    Column("primer_mes", month, "date"),
    Column("ultimo_mes", month, "date"),
    Column("motivo", text(200), "text"),
    Column("documento", text(100), "text"),
    Column("fecha", day, "date"),
    Column("acto", ACT, "text", default=Act.EXONERATION.value),
)

# The college's file still holds the act that staff revoked here; loading it again must not bring the act back.
REVOKED_ONLY = """
    EXISTS (SELECT FROM dues_exemption AS known JOIN members_member AS owner ON owner.id = known.member_id
            WHERE owner.cmp_number = cmp AND known.kind = tipo AND known.first_period = primer_mes
              AND known.document = documento
            HAVING bool_and(known.revoked_at IS NOT NULL))
"""

EXEMPTIONS_CHECKS = (
    repeated("staged_exemptions", "cmp", "tipo", "primer_mes", "documento"),
    _unknown_member("staged_exemptions"),
    Check(
        "ultimo_mes",
        "es anterior al primer mes",
        "SELECT line, ultimo_mes FROM staged_exemptions WHERE ultimo_mes < primer_mes",
    ),
    Check(
        "documento",
        "el acto {} ya está registrado con otros datos",
        """
        SELECT line, documento FROM staged_exemptions
        JOIN members_member AS member ON member.cmp_number = cmp
        JOIN dues_exemption AS known ON known.member_id = member.id AND known.kind = tipo
          AND known.first_period = primer_mes AND known.document = documento AND known.revoked_at IS NULL
        WHERE (known.last_period, known.reason, known.granted_date, known.act) <> (ultimo_mes, motivo, fecha, acto)
        """,
    ),
    Check(
        "documento",
        "el acto {} fue revocado: un archivo no lo vuelve a dar, regístrelo en el portal si corresponde",
        f"SELECT line, documento FROM staged_exemptions WHERE {REVOKED_ONLY}",  # noqa: S608
        note=True,
    ),
)

EXEMPTIONS = f"""
    INSERT INTO dues_exemption (member_id, kind, first_period, last_period, reason, document, granted_date, act)
    SELECT member.id, tipo, primer_mes, ultimo_mes, motivo, documento, fecha, acto
    FROM staged_exemptions JOIN members_member AS member ON member.cmp_number = cmp
    WHERE NOT {REVOKED_ONLY} ORDER BY line
    ON CONFLICT (member_id, kind, first_period, document) WHERE revoked_at IS NULL DO NOTHING
    RETURNING true
"""  # noqa: S608


def load_exemptions(file: TableFile, *, progress: Progress, rejected: Rejected = None) -> Counts:
    """`changed` counts the open dues that the acts freed."""
    staged = stage(
        "staged_exemptions", EXEMPTIONS_COLUMNS, file, progress=progress, checks=EXEMPTIONS_CHECKS, rejected=rejected
    )
    added, _ = merge(EXEMPTIONS)
    return Counts(staged.rows, added, exemptions.apply_to_staged("staged_exemptions"), notes=staged.notes)


LOADERS: dict[DataLoad.Content, Callable[..., Counts]] = {
    DataLoad.Content.ROLL: roll.load,
    DataLoad.Content.DUES: load_dues,
    DataLoad.Content.PAYMENTS: load_payments,
    DataLoad.Content.EXEMPTIONS: load_exemptions,
}
