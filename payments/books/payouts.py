"""Read the gateway's settlement report and lay it beside our charges and refunds.

The same file twice is one report; an operation that an earlier file stated already is counted and not kept again.
Layout: docs/imports.md; its column names can be changed in the admin.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils import timezone

from base.files import tables
from base.files.tables import BadTable, Problem, TableFile
from members.models import User
from payments.exceptions import DifferencesUnexplained
from payments.models import Attempt, PayoutLayout, PayoutLine, PayoutReport, Refund
from payments.states import AttemptState, RefundState

LIMA = ZoneInfo("America/Lima")
Operation, Result = PayoutLine.Operation, PayoutLine.Result
BATCH = 5_000
#: A file of other rows than operations: totals under the table, say.
MOST_PROBLEMS = 200


@dataclass(frozen=True)
class Totals:
    """Of a report's lines, in soles: charges, refunds, the gateway's commission, and what it pays out."""

    sales: Decimal
    refunds: Decimal
    commission: Decimal

    @property
    def paid_out(self) -> Decimal:
        return self.sales - self.refunds - self.commission


def load(file: TableFile, *, author: User) -> PayoutReport:
    """Record a report and compare it. A file loaded before gives the report it made.

    Raises BadTable with every cell that cannot be read; then nothing was recorded.
    """
    if known := PayoutReport.objects.filter(sha256=file.sha256).first():
        return known
    lines = list(_read(file, layout()))
    if not lines:
        raise BadTable([Problem(1, "", "no tiene ninguna operación")])
    days = [line.happened_at.astimezone(LIMA).date() for line in lines]
    with transaction.atomic():
        report = PayoutReport.objects.create(
            file_name=file.name[:200],
            sha256=file.sha256,
            first_day=min(days),
            last_day=max(days),
            rows=len(lines),
            author=author,
        )
        for line in lines:
            line.report = report
        PayoutLine.objects.bulk_create(lines, batch_size=BATCH, ignore_conflicts=True)
        report.known_before = len(lines) - report.lines.count()
        report.save(update_fields=["known_before"])
        compare(report)
    return report


def numbers_in(file: TableFile) -> set[int]:
    """The purchase numbers of a report's sales; records nothing. Raises BadTable."""
    return {line.purchase_number for line in _read(file, layout()) if line.operation == Operation.SALE}


def layout() -> PayoutLayout:
    return PayoutLayout.objects.get_or_create(pk=1)[0]


# --- Reading


def _read(file: TableFile, names: PayoutLayout) -> Iterator[PayoutLine]:
    """Columns by the layout's names, in any order; others of the file are left alone."""
    found = tables.lines(file)
    _, header = next(found, (1, []))
    readers = _readers(names)
    places = _places(header, {name: getattr(names, name) for name in readers})
    problems: list[Problem] = []
    for number, cells in found:
        line = _line(number, cells, places, readers, problems)
        if line:
            yield line
        elif len(problems) >= MOST_PROBLEMS:
            break
    if problems:
        raise BadTable(problems)


Reader = Callable[[str], object]


def _readers(names: PayoutLayout) -> dict[str, Reader]:
    words = dict.fromkeys(_words(names.sale_words), Operation.SALE)
    words |= dict.fromkeys(_words(names.refund_words), Operation.REFUND)
    return {
        "purchase_number": _whole_number,
        "operation": tables.one_of({word: operation.value for word, operation in words.items()}),
        "happened_at": tables.moment,
        "authorization_code": tables.text(20),
        "amount": tables.amount,
        "commission": _commission,
    }


def _words(listed: str) -> list[str]:
    return [tables.plain(word) for word in listed.split(",") if word.strip()]


def _whole_number(cell: str) -> int:
    if not (cell.isascii() and cell.isdigit() and len(cell) <= 18):
        raise ValueError(f"«{cell}» no es un número de pedido")
    return int(cell)


def _commission(cell: str) -> Decimal:
    """An amount that may be nothing."""
    return Decimal("0.00") if cell in ("", "0", "0.0", "0.00") else tables.amount(cell)


def _places(header: Sequence[str], wanted: dict[str, str]) -> dict[str, int]:
    names = [tables.plain(name) for name in header]
    missing = [name for name in wanted.values() if names.count(tables.plain(name)) != 1]
    if missing:
        raise BadTable([Problem(1, name, "falta la columna, o está repetida") for name in missing])
    return {field: names.index(tables.plain(name)) for field, name in wanted.items()}


def _line(
    number: int, cells: Sequence[str], places: dict[str, int], readers: dict[str, Reader], problems: list[Problem]
) -> PayoutLine | None:
    values: dict[str, object] = {}
    before = len(problems)
    for field, place in places.items():
        cell = " ".join(cells[place].split()) if place < len(cells) else ""
        try:
            values[field] = readers[field](cell)
        except ValueError as error:
            problems.append(Problem(number, field, str(error)))
    return PayoutLine(line=number, **values) if len(problems) == before else None


# --- Comparing

FORGET = """
    UPDATE payments_settlementline SET result = 'unknown', attempt_id = NULL, refund_id = NULL WHERE report_id = %s
"""

# A voided charge is not paid out: a report that states it says that the void did not come through.
SALES = """
    UPDATE payments_settlementline AS line SET attempt_id = attempt.id, result = CASE
        WHEN attempt.state NOT IN ('approved', 'refunded') THEN 'unexpected'
        WHEN attempt.amount <> line.amount THEN 'amount'
        WHEN line.authorization_code NOT IN ('', attempt.authorization_code) THEN 'authorisation'
        WHEN EXISTS (
            SELECT FROM payments_settlementline AS other
            WHERE other.operation = 'sale' AND other.purchase_number = line.purchase_number AND other.id <> line.id
              AND (other.result = 'matched' OR other.report_id = line.report_id AND other.id < line.id)
        ) THEN 'unexpected'
        ELSE 'matched' END
    FROM payments_attempt AS attempt
    WHERE line.report_id = %s AND line.operation = 'sale' AND attempt.purchase_number = line.purchase_number
"""

# Two refunds of one sum and purchase are told apart by their order in time.
REFUNDS = """
    WITH stated AS (
        SELECT id, purchase_number, amount,
               row_number() OVER (PARTITION BY purchase_number, amount ORDER BY happened_at, id) AS place
        FROM payments_settlementline WHERE operation = 'refund' AND result <> 'matched' AND report_id = %s
    ), done AS (
        SELECT refund.id, attempt.id AS attempt_id, attempt.purchase_number, refund.amount,
               row_number() OVER (
                   PARTITION BY attempt.purchase_number, refund.amount ORDER BY refund.concluded_at, refund.id
               ) AS place
        FROM payments_refund AS refund JOIN payments_attempt AS attempt ON attempt.id = refund.attempt_id
        WHERE refund.state = 'done' AND NOT EXISTS (
            SELECT FROM payments_settlementline AS known WHERE known.refund_id = refund.id AND known.result = 'matched'
        )
    )
    UPDATE payments_settlementline AS line SET result = 'matched', refund_id = done.id, attempt_id = done.attempt_id
    FROM stated JOIN done USING (purchase_number, amount, place) WHERE line.id = stated.id
"""

REFUNDS_NOT_OURS = """
    UPDATE payments_settlementline AS line SET attempt_id = attempt.id, result = 'unexpected'
    FROM payments_attempt AS attempt
    WHERE line.report_id = %s AND line.operation = 'refund' AND line.result = 'unknown'
      AND attempt.purchase_number = line.purchase_number
"""


def compare(report: PayoutReport) -> None:
    """Match every line anew with what our rows say now. A signed report is left as it was signed."""
    with transaction.atomic():
        report = PayoutReport.objects.select_for_update().get(pk=report.pk)
        if report.signed_at:
            return
        with connection.cursor() as cursor:
            for statement in (FORGET, SALES, REFUNDS, REFUNDS_NOT_OURS):
                cursor.execute(statement, [report.pk])


def differences(report: PayoutReport) -> QuerySet[PayoutLine]:
    """Lines that do not match, in the order of the file."""
    return report.lines.exclude(result=Result.MATCHED).select_related("attempt").order_by("line")


def missing_charges(report: PayoutReport) -> QuerySet[Attempt]:
    """Charges of the report's days that no report states. A charge voided the same day is never settled."""
    stated = PayoutLine.objects.filter(operation=Operation.SALE, attempt=OuterRef("pk"))
    charged = Attempt.objects.filter(state__in=(AttemptState.APPROVED, AttemptState.REFUNDED))
    return charged.filter(~Exists(stated), decided_at__range=_days(report)).order_by("decided_at")


def missing_refunds(report: PayoutReport) -> QuerySet[Refund]:
    """Refunds done on the report's days that no report states; voids are never settled."""
    stated = PayoutLine.objects.filter(refund=OuterRef("pk"))
    done = Refund.objects.filter(state=RefundState.DONE, method=Refund.Method.REFUND).select_related("attempt")
    return done.filter(~Exists(stated), concluded_at__range=_days(report)).order_by("concluded_at")


def _days(report: PayoutReport) -> tuple[datetime, datetime]:
    first = datetime.combine(report.first_day, time(), LIMA)
    return first, datetime.combine(report.last_day + timedelta(days=1), time(), LIMA) - timedelta(microseconds=1)


def totals(report: PayoutReport) -> Totals:
    sums = dict(report.lines.order_by().values_list("operation").annotate(Sum("amount")))
    commission = report.lines.aggregate(total=Sum("commission"))["total"] or Decimal("0.00")
    zero = Decimal("0.00")
    return Totals(sums.get(Operation.SALE, zero), sums.get(Operation.REFUND, zero), commission)


def sign(report_id: int, *, by: User, note: str = "") -> PayoutReport:
    """Close a report: it never changes again. With differences, `note` says what was done about them.

    Raises DifferencesUnexplained. A signed one is left as it is.
    """
    with transaction.atomic():
        report = PayoutReport.objects.select_for_update().get(pk=report_id)
        if report.signed_at:
            return report
        compare(report)
        open_questions = differences(report).exists() or missing_charges(report).exists()
        if not note and (open_questions or missing_refunds(report).exists()):
            raise DifferencesUnexplained
        report.signed_by, report.signed_at, report.note = by, timezone.now(), note
        report.save(update_fields=["signed_by", "signed_at", "note"])
        return report
