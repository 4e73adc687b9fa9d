"""Loads payments made elsewhere: the college's own table, or a bank's file by its saved layout.

Both become one staged table. A row of the college's table that cannot be recorded is an error, which staff correct
or leave out; a bank's file cannot be corrected. Whatever is left out, or of nobody, waits "por identificar".
"""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from base.files.cells import cmp_number, moment, month, one_of, operation_number, signed_amount
from base.files.staging import (
    NO_ROWS,
    NULL,
    Check,
    Counts,
    Progress,
    Seen,
    copy_rows,
    found,
    repeated,
    stage,
    total_of,
    unseen,
)
from base.files.tables import BadTable, Column, Problem, TableFile, header_of, required_names
from dues.imports import bank_files, identity, payment_merge, unidentified
from dues.imports.bank_files import BankFile, BankRow
from dues.models import Channel, Kind

KIND = one_of({"colegiado": Kind.COLEGIADO.value, "semefa": Kind.SEMEFA.value})
CHANNEL = one_of(
    {
        "banco": Channel.BANK.value,
        "planilla": Channel.PAYROLL.value,
        "saldo_inicial": Channel.OPENING.value,
        "tesoreria": Channel.MANUAL.value,
        # Only what the portal recorded itself: an export of ours is read back and says nothing new.
        "tarjeta": Channel.CARD.value,
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


PAYMENTS_COLUMNS = (
    Column("cmp", cmp_number, "integer"),
    Column("tipo", KIND, "text"),
    Column("mes", month, "date", default=NULL),
    Column("monto", signed_amount, "numeric(9,2)"),
    Column("canal", CHANNEL, "text"),
    Column("referencia", operation_number(60), "text"),
    Column("fecha_pago", moment, "timestamptz"),
)
#: Columns that the portal's own export has besides.
EXPORTED = ("fecha", "movimiento", "consejo", "colegiado", "comprobante")
#: What a bank's file says besides.
BANK_COLUMNS = (*PAYMENTS_COLUMNS, Column("codigo", str, "text"), Column("nombre", str, "text"))

STAGED = identity.STAGED

PAYMENTS_CHECKS = (
    Check(
        "referencia",
        "repite la línea {}",
        f"""
        SELECT line, first FROM (
            SELECT line, min(line) OVER (
                PARTITION BY cmp, tipo, mes, canal, {identity.operation_of("referencia")},
                             {identity.place_of("referencia")}, sign(monto)
            ) AS first FROM staged_payments
        ) AS t WHERE line > first
        """,  # noqa: S608
    ),
    unknown_member("staged_payments"),
    Check(
        "mes",
        "el CMP {} no tiene cuota de ese tipo y mes",
        """
        SELECT line, cmp FROM staged_payments JOIN members_member AS member ON member.cmp_number = cmp
        WHERE mes IS NOT NULL AND monto > 0
          AND NOT EXISTS (SELECT FROM dues_due AS due
                          WHERE due.member_id = member.id AND due.kind = tipo AND due.period = mes)
        """,
    ),
    Check(
        "monto",
        "la cuota es de S/ {:,.2f}",
        f"SELECT line, due.amount FROM {STAGED} WHERE due.amount <> monto AND monto > 0",  # noqa: S608
    ),
    Check(
        "canal",
        "un pago con tarjeta, o su reversión, lo registra solo el portal ({})",
        f"""
        SELECT line, referencia FROM staged_payments AS staged WHERE canal = 'card' AND NOT EXISTS (
            SELECT FROM members_member AS member
            JOIN dues_due AS due ON due.member_id = member.id AND due.kind = tipo AND due.period = mes
            JOIN dues_settlement AS s ON s.due_id = due.id AND {identity.same_payment("s")}
            WHERE member.cmp_number = cmp AND s.amount = abs(monto) AND (monto > 0 OR s.reversed_at IS NOT NULL)
        )
        """,  # noqa: S608
    ),
    Check(
        "fecha_pago",
        "es de un día que aún no llega",
        "SELECT line, fecha_pago FROM staged_payments WHERE fecha_pago > now() + interval '1 day'",
    ),
)


def load_payments(file: TableFile, *, progress: Progress, rejected: Rejected = None, seen: Seen = unseen) -> Counts:
    """Load a file of payments, whichever its layout. `added` counts what settled dues, became a surplus, or undid one.

    Raises BadTable. Rows that pay nothing yet are counted as `waiting`.
    """
    names = required_names(PAYMENTS_COLUMNS)
    own = header_of(file, names).fits
    bank = None if own else bank_files.recognise(file)
    if bank is None:
        return _load_table(file, progress, rejected, seen)
    return _load_bank(bank, progress, rejected, seen)


def _load_table(file: TableFile, progress: Progress, rejected: Rejected, seen: Seen) -> Counts:
    staged = stage(
        "staged_payments",
        PAYMENTS_COLUMNS,
        file,
        progress=progress,
        checks=PAYMENTS_CHECKS,
        rejected=rejected,
        ignored=EXPORTED,
    )
    _execute("ALTER TABLE staged_payments ADD codigo text NOT NULL DEFAULT '', ADD nombre text NOT NULL DEFAULT ''")
    seen()
    total, newest = total_of("staged_payments"), _newest()
    _execute("DELETE FROM staged_payments WHERE canal = 'card'")  # checked above: recorded already
    source = unidentified.RowsOfTable(file, required_names(PAYMENTS_COLUMNS))
    listed = unidentified.list_left_out(source, rejected or [])
    merged = payment_merge.merge_staged(source)
    notes = [*staged.notes, *merged.notes]
    return Counts(staged.rows, merged.added, 0, total, notes, merged.waiting + listed, newest)


def _load_bank(bank: BankFile, progress: Progress, rejected: Rejected, seen: Seen) -> Counts:
    rows = copy_rows("staged_payments", BANK_COLUMNS, _copied(bank.rows()), progress)
    if bank.problems and rejected is None:
        raise BadTable(bank.problems)
    if not rows and not bank.problems:
        raise BadTable([Problem(1, "", NO_ROWS)])
    repeats = found(repeated("staged_payments", "cmp", "codigo", "tipo", "mes", "referencia", "fecha_pago", "monto"))
    if repeats and rejected is None:
        raise BadTable(repeats)
    problems = [*bank.problems, *repeats]
    if rejected is not None:
        rejected += problems
    seen()
    total, newest = total_of("staged_payments"), _newest()
    source = unidentified.RowsOfBank(bank)
    _drop([problem.line for problem in repeats])
    listed = unidentified.list_left_out(source, problems)
    merged = payment_merge.merge_staged(source)
    note = Problem(1, "", f"se leyó como «{bank.layout}»")
    return Counts(rows, merged.added, 0, total, [note, *merged.notes], merged.waiting + listed, newest)


def _copied(rows: Iterator[BankRow]) -> Iterator[tuple[Any, ...]]:
    """As COPY takes them."""
    for row in rows:
        yield (
            row.line,
            r"\N" if row.cmp is None else row.cmp,
            row.kind or r"\N",
            row.period or r"\N",
            row.amount,
            Channel.BANK.value,
            _escaped(row.reference),
            _written(row.paid_at),
            _escaped(row.code),
            _escaped(row.payer),
        )


@lru_cache(100_000)
def _written(moment: datetime) -> str:
    return moment.isoformat()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", " ")


def _newest() -> datetime | None:
    """The moment of the newest payment that is staged."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(fecha_pago) FROM staged_payments WHERE monto > 0")
        newest: datetime | None = cursor.fetchone()[0]
        return newest


def _drop(lines: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM staged_payments WHERE line = ANY(%s)", [lines])


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
