"""The file of dues: its columns, its checks, and how it is merged (docs/imports.md)."""

from base.files.cells import amount, cmp_number, day, month, text
from base.files.staging import Check, Counts, Progress, Seen, affected, repeated, stage, total_of, unseen
from base.files.tables import Column, TableFile
from dues import exemptions
from dues.charging import monthly
from dues.imports.columns import BEING_PAID
from dues.imports.payment_files import KIND, Rejected, unknown_member

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
    unknown_member("staged_dues"),
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


def load_dues(file: TableFile, *, progress: Progress, rejected: Rejected = None, seen: Seen = unseen) -> Counts:
    staged = stage(
        "staged_dues", DUES_COLUMNS, file, progress=progress, checks=DUES_CHECKS, rejected=rejected, seen=seen
    )
    monthly.one_run_at_a_time()
    changed, added = affected(CHANGE_DUES), affected(ADD_DUES)
    exemptions.apply_to_staged("staged_dues")
    return Counts(staged.rows, added, changed, total_of("staged_dues"), staged.notes)
