"""What the columns of several files have in common."""

from base.files.cells import one_of
from base.files.staging import Check
from base.files.tables import Problem
from dues.models import Act, Channel, Kind

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


def unknown_member(table: str) -> Check:
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
