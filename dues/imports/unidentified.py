"""Payments "por identificar": listed with everything the bank said, matched by staff, tried again at each load."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from base.files import tables
from base.files.staging import affected
from base.files.tables import BadTable, Problem, TableFile
from dues.exceptions import AlreadyIdentified, PaysNothing
from dues.imports import bank_files, identity
from dues.models import Kind, UnidentifiedPayment
from members import actors
from members.models import Member, User

KEY, OVER = identity.KEY, identity.OVER
#: Rows of one file that are listed; a file with more is of another kind than it was loaded as.
MOST_LISTED = 20_000
BY_ITSELF = "el portal, al cargar otro archivo"


class Source(Protocol):
    """A file that can say what stands in some of its lines."""

    def said(self, lines: set[int]) -> dict[int, dict[str, str]]: ...


@dataclass(frozen=True)
class RowsOfTable:
    """The college's own table."""

    file: TableFile
    names: Sequence[str]

    def said(self, lines: set[int]) -> dict[int, dict[str, str]]:
        header = tables.header_of(self.file, self.names)
        read = ((line.number, line.cells) for line in tables.below(self.file, header) if line.number in lines)
        return {
            number: {name: cell for name, cell in zip(header.cells, cells, strict=False) if cell.strip()}
            for number, cells in read
        }


@dataclass(frozen=True)
class RowsOfBank:
    bank: "bank_files.BankFile"

    def said(self, lines: set[int]) -> dict[int, dict[str, str]]:
        return self.bank.said(lines)


# --- Listing


def list_left_out(source: Source, problems: Sequence[Problem]) -> int:
    """List the rows that a person left out, or that a bank's file holds and nobody can read; how many are new.

    What of a row can be read is kept apart; the row as it was written is kept whole.
    """
    reasons: dict[int, list[str]] = {}
    for problem in problems:
        reasons.setdefault(problem.line, []).append(
            f"{problem.column}: {problem.reason}" if problem.column else problem.reason
        )
    if not reasons:
        return 0
    _refuse_too_many(len(reasons))
    rows = [_left_out(line, row, "; ".join(reasons[line])) for line, row in source.said(set(reasons)).items()]
    before = UnidentifiedPayment.objects.count()
    UnidentifiedPayment.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1_000)
    return UnidentifiedPayment.objects.count() - before


def _left_out(line: int, row: dict[str, str], reason: str) -> UnidentifiedPayment:
    cells = {tables.plain(name): cell for name, cell in row.items()}
    written = hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()
    payment = UnidentifiedPayment(
        line=line,
        key=f"fila|{written}",
        reference=cells.get("referencia", "")[:60],
        code=cells.get("cmp", "")[:40],
        amount=_read(tables.signed_amount, cells.get("monto")),
        paid_at=_read(tables.moment, cells.get("fecha_pago")),
        period=_read(tables.month, cells.get("mes")),
        kind=_read(tables.one_of({kind.value: kind.value for kind in Kind}), cells.get("tipo")) or "",
        channel=_read(CHANNELS, cells.get("canal")) or "bank",
        reason=reason[:300],
        said=row,
    )
    if payment.reference and payment.amount is not None and payment.paid_at is not None:
        payment.key = _key_of(payment)
    return payment


def _refuse_too_many(rows: int) -> None:
    if rows > MOST_LISTED:
        reason = f"más de {MOST_LISTED:,} filas quedarían por identificar: revise que sea un archivo de pagos de cuotas"
        raise BadTable([Problem(1, "", reason)])


CHANNELS = tables.one_of({"banco": "bank", "planilla": "payroll", "saldo_inicial": "opening", "tesoreria": "manual"})


def _read(reader: Any, cell: str | None) -> Any:
    """What the cell says, None when it cannot be read."""
    try:
        return reader(tables.clean(cell)) if cell else None
    except ValueError:
        return None


def _key_of(payment: UnidentifiedPayment) -> str:
    """The same key as the one of a staged row."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {KEY} FROM (SELECT %s::text AS canal, %s::text AS referencia, %s::timestamptz AS fecha_pago, "  # noqa: S608
            "%s::text AS codigo, NULL::integer AS cmp, nullif(%s, '') AS tipo, %s::date AS mes, %s::numeric(9,2) "
            "AS monto) AS row",
            [
                payment.channel,
                payment.reference,
                payment.paid_at,
                payment.code,
                payment.kind,
                payment.period,
                payment.amount,
            ],
        )
        return str(cursor.fetchone()[0])[:250]


# Why a staged row pays nothing; the first reason that holds.
REMAINING = f"""
    SELECT staged.line, {KEY} AS key, canal, referencia, codigo, nombre, coalesce(tipo, ''), mes,
           monto - coalesce(paid.soles, 0), fecha_pago, member.id,
           CASE
               WHEN monto < 0 THEN 'el banco lo extornó, y el pago que extorna no figura'
               WHEN cmp IS NULL THEN 'no dice un número CMP'
               WHEN member.id IS NULL THEN 'el CMP ' || cmp || ' no está en el padrón'
               WHEN fecha_pago > now() + interval '1 day' THEN 'es de un día que aún no llega'
               WHEN mes IS NOT NULL AND due.id IS NULL
                   THEN 'no hay cuota de ese tipo en ' || to_char(mes, 'MM/YYYY')
               WHEN mes IS NOT NULL THEN 'la cuota es de S/ ' || due.amount
               WHEN paid.soles IS NOT NULL THEN 'sobra: S/ ' || paid.soles || ' pagaron las cuotas más antiguas'
               WHEN tipo IS NULL THEN 'no dice de qué tipo es la cuota'
               ELSE 'no dice el mes, y no cubre ninguna cuota pendiente de su tipo'
           END,
           paid.soles IS NOT NULL
    FROM staged_payments AS staged
    LEFT JOIN (SELECT line, sum(soles) AS soles FROM applied_payments GROUP BY line) AS paid USING (line)
    LEFT JOIN members_member AS member ON member.cmp_number = cmp
    LEFT JOIN dues_due AS due ON due.member_id = member.id AND due.kind = tipo AND due.period = mes
    WHERE monto <> coalesce(paid.soles, 0) AND (staged.line > 0 OR paid.soles IS NOT NULL)
    ORDER BY staged.line LIMIT {MOST_LISTED + 1}
"""  # noqa: S608


def list_remaining(source: Source | None) -> list[Problem]:
    """List every staged row that paid nothing, or not all of its money; a note for each of the file's."""
    with connection.cursor() as cursor:
        cursor.execute(REMAINING)
        remaining = cursor.fetchall()
    _refuse_too_many(len(remaining))
    said = source.said({row[0] for row in remaining if row[0] > 0}) if source and remaining else {}
    earlier = UnidentifiedPayment.objects.in_bulk([-row[0] for row in remaining if row[0] < 0])
    rows = [_remaining(row, said, earlier) for row in remaining]
    UnidentifiedPayment.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1_000)
    return [Problem(row[0], "", f"queda por identificar: {row[11]}") for row in remaining if row[0] > 0]


def _remaining(
    row: tuple[Any, ...], said: dict[int, dict[str, str]], earlier: dict[int, UnidentifiedPayment]
) -> UnidentifiedPayment:
    line, key, channel, reference, code, payer, kind, period, amount, paid_at, member_id, reason, over = row
    before = earlier.get(-line)
    return UnidentifiedPayment(
        load=before.load if before else None,
        line=line if line > 0 else before.line if before else None,
        key=f"{key}{OVER}"[:250] if over else key[:250],
        channel=channel,
        reference=reference,
        code=code or "",
        payer=payer or "",
        kind=kind,
        period=period,
        amount=amount,
        paid_at=paid_at,
        member_id=member_id,
        reason=reason[:300],
        said=said.get(line) or (before.said if before else {}),
    )


# --- Trying again

STAGE_WAITING = """
    INSERT INTO staged_payments (line, cmp, tipo, mes, monto, canal, referencia, fecha_pago, codigo, nombre)
    SELECT -waiting.id, member.cmp_number, nullif(waiting.kind, ''), waiting.period, waiting.amount, waiting.channel,
           waiting.reference, waiting.paid_at, waiting.code, waiting.payer
    FROM dues_unidentifiedpayment AS waiting
    LEFT JOIN members_member AS member ON member.id = waiting.member_id
        OR waiting.member_id IS NULL AND ltrim(waiting.code, '0') ~ '^[1-9][0-9]{0,6}$'
           AND member.cmp_number = (CASE WHEN ltrim(waiting.code, '0') ~ '^[1-9][0-9]{0,6}$'
                                         THEN ltrim(waiting.code, '0') END)::integer
    WHERE waiting.resolved_at IS NULL AND waiting.amount IS NOT NULL AND waiting.paid_at IS NOT NULL
      AND waiting.reference <> ''
"""


def stage_waiting(only: Sequence[int] | None = None) -> None:
    """Add what waits to the staged table, each with its number as a negative line."""
    with connection.cursor() as cursor:
        if only is None:
            cursor.execute(STAGE_WAITING)
        else:
            cursor.execute(f"{STAGE_WAITING} AND waiting.id = ANY(%s)", [list(only)])


# What waits may have been recorded meanwhile, by hand or by another file: it pays nothing twice.
CONCLUDE_KNOWN = """
    UPDATE dues_unidentifiedpayment SET resolved_at = now(), resolved_by = %s,
           resolution = 'ya figuraba registrado con la misma operación'
    WHERE id = ANY(%s)
"""


def conclude_known(lines: Sequence[int], author: str) -> None:
    """Resolve what waited under these negative lines, and is recorded already."""
    with connection.cursor() as cursor:
        cursor.execute(CONCLUDE_KNOWN, [author, [-line for line in lines if line < 0]])


CONCLUDE_APPLIED = """
    UPDATE dues_unidentifiedpayment AS waiting
    SET resolved_at = now(), resolved_by = %s, member_id = member.id,
        resolution = left('pagó S/ ' || paid.soles || ' de cuotas del CMP ' || member.cmp_number, 300)
    FROM (SELECT line, sum(soles) AS soles FROM applied_payments WHERE line < 0 GROUP BY line) AS paid
    JOIN staged_payments AS staged USING (line)
    JOIN members_member AS member ON member.cmp_number = staged.cmp
    WHERE waiting.id = -paid.line
"""


def conclude_applied(author: str) -> int:
    """Resolve what waited and has paid now; how many."""
    with connection.cursor() as cursor:
        cursor.execute(CONCLUDE_APPLIED, [author])
        return int(cursor.rowcount)


CREATE_STAGED = """
    CREATE TEMPORARY TABLE staged_payments (
        line integer, cmp integer, tipo text, mes date, monto numeric(9,2), canal text, referencia text,
        fecha_pago timestamptz, codigo text, nombre text
    ) ON COMMIT DROP
"""


def retry(only: Sequence[int] | None = None, *, author: str = BY_ITSELF) -> int:
    """Try what waits by what the roll and the dues say now; how many were resolved."""
    from dues.imports import payment_merge  # it stands on this module

    with transaction.atomic():
        affected("DROP TABLE IF EXISTS staged_payments")
        affected(CREATE_STAGED)
        waiting = waiting_payments().count()
        payment_merge.merge_staged(only=only, author=author)
        return waiting - waiting_payments().count()


# --- What staff do


def waiting_payments() -> "QuerySet[UnidentifiedPayment]":
    """What waits, oldest first."""
    waiting = UnidentifiedPayment.objects.filter(resolved_at=None).select_related("member", "load")
    return waiting.order_by("paid_at", "pk")


def search(payments: "QuerySet[UnidentifiedPayment]", text: str) -> "QuerySet[UnidentifiedPayment]":
    """Those in which the bank said this: a part of a name, code, operation or document; or of this sum in soles."""
    text = text.strip()
    if not text:
        return payments
    wanted = Q(payer__icontains=text) | Q(code__icontains=text) | Q(reference__icontains=text)
    wanted |= Q(said__icontains=text) | Q(member__surnames__icontains=text)
    if (amount := _read(tables.signed_amount, text)) is not None:
        wanted |= Q(amount=amount)
    return payments.filter(wanted)


def identify(payment_id: int, *, member: Member, kind: str, period: date | None, author: User) -> UnidentifiedPayment:
    """Say whose payment it is, and what for; it pays that month, or without one the oldest dues that it covers.

    What is over waits on as a row of its own. Raises AlreadyIdentified, and PaysNothing when it covers no due: then
    nothing changed.
    """
    with transaction.atomic():
        payment = _locked(payment_id)
        payment.member, payment.kind, payment.period = member, kind, period
        payment.save(update_fields=["member", "kind", "period"])
        retry(only=[payment.pk], author=actors.actor(author))
        payment.refresh_from_db()
        if payment.resolved_at is None:
            raise PaysNothing
    return payment


def close(payment_id: int, *, how: str, author: User) -> UnidentifiedPayment:
    """Say what became of money that pays no due: given back, not the college's. Raises AlreadyIdentified."""
    with transaction.atomic():
        payment = _locked(payment_id)
        payment.resolve(author=actors.actor(author), how=how)
        return payment


def _locked(payment_id: int) -> UnidentifiedPayment:
    payment = UnidentifiedPayment.objects.select_for_update().get(pk=payment_id)
    if payment.resolved_at:
        raise AlreadyIdentified
    return payment
