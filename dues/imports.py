"""Files the college loads: the roll, dues, payments made elsewhere, exemptions. docs/imports.md has their columns.

Each file is checked whole and loaded whole or not at all; loading one again, or one that overlaps another, adds only
what is not there yet. What was loaded, when and from which file stands in DataLoad.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import IntegrityError, connection, transaction

from dues.exceptions import broken_constraint
from dues.models import Channel, DataLoad, Kind
from members import roll
from members.models import User
from members.staging import Check, Counts, Progress, merge, repeated, stage
from members.tables import Column, TableFile, amount, cmp_number, day, examine, moment, month, one_of, text

KIND = one_of({"colegiado": Kind.COLEGIADO.value, "semefa": Kind.SEMEFA.value})
CHANNEL = one_of(
    {
        "banco": Channel.BANK.value,
        "planilla": Channel.PAYROLL.value,
        "saldo_inicial": Channel.OPENING.value,
        "tesoreria": Channel.MANUAL.value,
    }
)


class ChangedMeanwhile(Exception):
    """A due of the file was paid in the portal while the file was being loaded."""

    sentence = "Una de las cuotas se pagó mientras se cargaba el archivo. No se guardó nada; cárguelo otra vez."


class LoadedBefore(Exception):
    """The very same file was loaded already."""

    def __init__(self, earlier: DataLoad) -> None:
        super().__init__(str(earlier))
        self.earlier = earlier


@dataclass(frozen=True)
class Loaded:
    rows: int
    added: int
    changed: int
    kept: bool  # False after a dry run


def load(
    content: DataLoad.Content,
    path: Path,
    *,
    author: User | None = None,
    dry_run: bool = False,
    again: bool = False,
    progress: Progress = lambda _: None,
) -> Loaded:
    """Load one file; a dry run does everything and keeps nothing.

    Raises tables.BadTable with every bad row, LoadedBefore unless `again`, ChangedMeanwhile, OSError. Then nothing
    changed.
    """
    file = examine(path)
    earlier = DataLoad.objects.filter(content=content, sha256=file.sha256).order_by("-loaded_at").first()
    if earlier and not again:
        raise LoadedBefore(earlier)
    with transaction.atomic():
        counts = _merge(content, file, progress)
        _record(content, file, counts, author)
        if dry_run:
            transaction.set_rollback(True)
    return Loaded(counts.rows, counts.added, counts.changed, kept=not dry_run)


def _merge(content: DataLoad.Content, file: TableFile, progress: Progress) -> Counts:
    try:
        # A savepoint of its own, so that the caller's transaction survives a file that is refused.
        with transaction.atomic():
            return LOADERS[content](file, progress=progress)
    except IntegrityError as error:
        if broken_constraint(error) == "a_due_is_settled_once":
            raise ChangedMeanwhile from error
        raise


def _record(content: DataLoad.Content, file: TableFile, counts: Counts, author: User | None) -> None:
    DataLoad.objects.create(
        content=content,
        file_name=file.path.name[:200],
        sha256=file.sha256,
        rows=counts.rows,
        added=counts.added,
        changed=counts.changed,
        author=author,
    )


def _unknown_member(table: str) -> Check:
    return Check(
        "cmp",
        "el CMP {} no está en el padrón",
        f"SELECT line, cmp FROM {table} WHERE NOT EXISTS "  # noqa: S608
        "(SELECT FROM members_member AS member WHERE member.cmp_number = cmp)",
    )


# --- Dues

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
        "la cuota ya está pagada o se está pagando por S/ {}; su monto no cambia",
        """
        SELECT line, due.amount FROM staged_dues
        JOIN members_member AS member ON member.cmp_number = cmp
        JOIN dues_due AS due ON due.member_id = member.id AND due.kind = tipo AND due.period = mes
        WHERE due.amount <> monto
          AND (EXISTS (SELECT FROM dues_settlement AS s WHERE s.due_id = due.id AND s.reversed_at IS NULL)
               OR EXISTS (SELECT FROM dues_hold AS hold WHERE hold.due_id = due.id))
        """,
    ),
)

DUES = """
    INSERT INTO dues_due AS due (member_id, kind, period, amount, due_date, basis)
    SELECT member.id, tipo, mes, monto, vence, base_legal
    FROM staged_dues JOIN members_member AS member ON member.cmp_number = cmp ORDER BY member.id, mes
    ON CONFLICT (member_id, kind, period) DO UPDATE SET
        amount = excluded.amount, due_date = excluded.due_date, basis = excluded.basis,
        tariff_id = NULL -- the college's own word now, which charging leaves alone
    WHERE (due.amount, due.due_date, due.basis) IS DISTINCT FROM (excluded.amount, excluded.due_date, excluded.basis)
    RETURNING (xmax = 0)
"""

# Of dues that were paid the money stays where it is; whether it is given back is decided by a person.
EXEMPT_DUES = """
    UPDATE dues_due AS due SET exemption_id = exemption.id
    FROM dues_exemption AS exemption
    WHERE exemption.member_id = due.member_id AND exemption.kind = due.kind
      AND due.period BETWEEN exemption.first_period AND exemption.last_period
      AND due.exemption_id IS NULL
      AND due.member_id IN (SELECT id FROM members_member WHERE cmp_number IN (SELECT cmp FROM {staged}))
      AND NOT EXISTS (SELECT FROM dues_settlement AS s WHERE s.due_id = due.id AND s.reversed_at IS NULL)
"""


def load_dues(file: TableFile, *, progress: Progress) -> Counts:
    rows = stage("staged_dues", DUES_COLUMNS, file, progress=progress, checks=DUES_CHECKS)
    added, changed = merge(DUES)
    _exempt_dues("staged_dues")
    return Counts(rows, added, changed)


def _exempt_dues(staged: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(EXEMPT_DUES.format(staged=staged))
        return int(cursor.rowcount)


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

# A payment that bounced and was reversed is recorded too: an overlapping file must not bring it back.
NOT_RECORDED = """
    NOT EXISTS (SELECT FROM dues_settlement AS s
                WHERE s.due_id = due.id AND s.channel = canal AND s.reference = referencia)
"""

PAYMENTS_CHECKS = (
    repeated("staged_payments", "cmp", "tipo", "mes"),
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
    Check("monto", "la cuota es de S/ {}", f"SELECT line, due.amount FROM {STAGED_PAYMENTS} WHERE due.amount <> monto"),  # noqa: S608
    Check(
        "mes",
        "pago doble: la cuota ya figura pagada con la referencia {}",
        f"""
        SELECT line, paid.reference FROM {STAGED_PAYMENTS}
        JOIN dues_settlement AS paid ON paid.due_id = due.id AND paid.reversed_at IS NULL
        WHERE {NOT_RECORDED}
        """,  # noqa: S608
    ),
    Check(
        "mes",
        "la cuota está exonerada ({})",
        f"""
        SELECT line, exemption.document FROM {STAGED_PAYMENTS}
        JOIN dues_exemption AS exemption ON exemption.id = due.exemption_id
        WHERE {NOT_RECORDED}
        """,  # noqa: S608
    ),
    Check(
        "fecha_pago",
        "es de un día que aún no llega",
        "SELECT line, fecha_pago FROM staged_payments WHERE fecha_pago > now() + interval '1 day'",
    ),
)

PAYMENTS = f"""
    INSERT INTO dues_settlement (due_id, amount, channel, reference, paid_at, recorded_at, reversed_by, reversal_reason)
    SELECT due.id, monto, canal, referencia, fecha_pago, now(), '', ''
    FROM {STAGED_PAYMENTS} WHERE {NOT_RECORDED} ORDER BY due.id
    RETURNING true
"""  # noqa: S608


def load_payments(file: TableFile, *, progress: Progress) -> Counts:
    rows = stage("staged_payments", PAYMENTS_COLUMNS, file, progress=progress, checks=PAYMENTS_CHECKS)
    added, _ = merge(PAYMENTS)
    return Counts(rows, added, changed=0)


# --- Exemptions

EXEMPTIONS_COLUMNS = (
    Column("cmp", cmp_number, "integer"),
    Column("tipo", KIND, "text"),
    Column("primer_mes", month, "date"),
    Column("ultimo_mes", month, "date"),
    Column("motivo", text(200), "text"),
    Column("documento", text(100), "text"),
    Column("fecha", day, "date"),
)

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
          AND known.first_period = primer_mes AND known.document = documento
        WHERE (known.last_period, known.reason, known.granted_date) <> (ultimo_mes, motivo, fecha)
        """,
    ),
)

EXEMPTIONS = """
    INSERT INTO dues_exemption (member_id, kind, first_period, last_period, reason, document, granted_date)
    SELECT member.id, tipo, primer_mes, ultimo_mes, motivo, documento, fecha
    FROM staged_exemptions JOIN members_member AS member ON member.cmp_number = cmp ORDER BY line
    ON CONFLICT (member_id, kind, first_period, document) DO NOTHING
    RETURNING true
"""


def load_exemptions(file: TableFile, *, progress: Progress) -> Counts:
    """`changed` counts the open dues that the acts freed."""
    rows = stage("staged_exemptions", EXEMPTIONS_COLUMNS, file, progress=progress, checks=EXEMPTIONS_CHECKS)
    added, _ = merge(EXEMPTIONS)
    return Counts(rows, added, _exempt_dues("staged_exemptions"))


LOADERS: dict[DataLoad.Content, Callable[..., Counts]] = {
    DataLoad.Content.ROLL: roll.load,
    DataLoad.Content.DUES: load_dues,
    DataLoad.Content.PAYMENTS: load_payments,
    DataLoad.Content.EXEMPTIONS: load_exemptions,
}
