"""Read the gateway's settlement report and lay it beside our charges and refunds.

The same file twice is one report; an operation that an earlier file stated already is counted and not kept again.
Layout: docs/imports.md; its column names can be changed in the admin.
"""

import contextlib
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from base.files.tables import BadTable, Problem, TableFile
from base.peru.lima import day_of, midnight
from base.postgres.constraints import broken_constraint
from members import actors
from members.models import User
from payments.books import payout_matches
from payments.books.gateway_report import read
from payments.exceptions import (
    AnotherReportWaits,
    ChargebackNotPossible,
    DifferencesUnexplained,
    ReportSigned,
    ReportUnconfirmed,
    ReportWithdrawn,
)
from payments.models import Attempt, PayoutLayout, PayoutLine, PayoutReport, Refund
from payments.refunds import chargebacks
from payments.states import AttemptState, RefundState

Operation, Result = PayoutLine.Operation, PayoutLine.Result
BATCH = 5_000


@dataclass(frozen=True)
class Totals:
    """Sums of a report's lines, in soles: charges, refunds, chargebacks, commission with its tax, and the payout."""

    sales: Decimal
    refunds: Decimal
    chargebacks: Decimal
    commission: Decimal
    igv: Decimal

    @property
    def paid_out(self) -> Decimal:
        return self.sales - self.refunds - self.chargebacks - self.commission - self.igv


def load(file: TableFile, *, author: User) -> PayoutReport:
    """Write down a report and compare it; it counts nowhere until `confirm`. A file loaded before gives its report.

    Raises BadTable with every cell that cannot be read, and AnotherReportWaits; then nothing was recorded.
    """
    if known := PayoutReport.objects.filter(sha256=file.sha256, withdrawn_at=None).first():
        return known
    lines = _numbered(read(file, layout()))
    if not lines:
        raise BadTable([Problem(1, "", "no tiene ninguna operación")])
    with transaction.atomic():
        report = _create(file, lines, author)
        for line in lines:
            line.report = report
        PayoutLine.objects.bulk_create(lines, batch_size=BATCH, ignore_conflicts=True)
        report.known_before = len(lines) - report.lines.count()
        report.save(update_fields=["known_before"])
        compare(report)
    return report


def _create(file: TableFile, lines: Collection[PayoutLine], author: User) -> PayoutReport:
    days = [day_of(line.happened_at) for line in lines]
    facts = {"sha256": file.sha256, "first_day": min(days), "last_day": max(days), "rows": len(lines)}
    try:
        with transaction.atomic():
            return PayoutReport.objects.create(file_name=file.name[:200], author=author, **facts)
    except IntegrityError as error:
        if broken_constraint(error) == "one_report_waits_to_be_confirmed":
            raise AnotherReportWaits from error
        raise


def _numbered(lines: Iterable[PayoutLine]) -> list[PayoutLine]:
    """Returns the lines, each with its place among its equals: a row is itself, unless an earlier file stated it.

    Equal rows of one file are different operations. A row of an overlapping file has the place of the known row that
    it repeats, by its authorisation code.
    """
    numbered = list(lines)
    places = _known_places(numbered)
    free = {same: list(codes) for same, codes in places.items()}
    for line in numbered:
        same = _what(line)
        codes, left = places.setdefault(same, []), free.setdefault(same, [])
        if line.authorization_code in left:
            place = left.index(line.authorization_code)
            left[place] = None
        else:
            place = len(codes)
            codes.append(line.authorization_code)
            left.append(None)
        line.place = place + 1
    return numbered


def _what(line: PayoutLine) -> tuple[object, ...]:
    return line.operation, line.purchase_number, line.operation_id, line.card, line.happened_at, line.amount


def _known_places(lines: Collection[PayoutLine]) -> dict[tuple[object, ...], list[str | None]]:
    """Returns the authorisation codes of the known rows, by what they state, in the order of their places."""
    known: dict[tuple[object, ...], list[str | None]] = defaultdict(list)
    numbers = {line.purchase_number for line in lines if line.purchase_number is not None}
    # The gateway's own report names no order: its rows are known by their moment.
    moments = {line.happened_at for line in lines if line.purchase_number is None}
    stated = Q(purchase_number__in=numbers) | Q(purchase_number=None, happened_at__in=moments)
    for line in PayoutLine.objects.filter(stated, withdrawn=False).order_by("place"):
        known[_what(line)].append(line.authorization_code)
    return dict(known)


def _open_chargebacks(report: PayoutReport) -> int:
    """Open a case for each chargeback of the report that nobody has recorded; returns how many.

    One that cannot be opened stays a difference of the report.
    """
    opened = 0
    for line in report.lines.filter(operation=Operation.CHARGEBACK).select_related("attempt").order_by("line"):
        attempt = line.attempt
        if attempt is None or attempt.chargebacks.filter(amount=line.amount).exists():
            continue
        with contextlib.suppress(ChargebackNotPossible):
            chargebacks.record(
                attempt.pk,
                reference=f"LIQ-{report.pk}-{line.line}",
                amount=line.amount,
                notified_on=day_of(line.happened_at),
                reason=f"Figura en la liquidación {report.file_name}"[:200],
            )
            opened += 1
    return opened


def compare_those_with(attempt: Attempt) -> None:
    """Compare again the unsigned reports that state this charge: something about it was recorded by hand."""
    stating = PayoutReport.objects.filter(lines__purchase_number=attempt.purchase_number, signed_at=None).distinct()
    for report in stating.order_by("pk"):
        compare(report)


def numbers_in(file: TableFile) -> set[int]:
    """The purchase numbers of a report's sales; records nothing. Raises BadTable."""
    return {
        line.purchase_number
        for line in read(file, layout())
        if line.operation == Operation.SALE and line.purchase_number
    }


def layout() -> PayoutLayout:
    return PayoutLayout.objects.get_or_create(pk=1)[0]


def compare(report: PayoutReport) -> None:
    """Match every line anew with what our rows say now. A signed report is left as it was signed."""
    with transaction.atomic():
        report = PayoutReport.objects.select_for_update().get(pk=report.pk)
        if report.signed_at or report.withdrawn_at:
            return
        payout_matches.find(report)
        if report.confirmed_at:
            for unconfirmed in PayoutReport.objects.filter(confirmed_at=None, withdrawn_at=None):
                payout_matches.find(unconfirmed)


def differences(report: PayoutReport) -> QuerySet[PayoutLine]:
    """Lines that do not match, in the order of the file."""
    return report.lines.exclude(result=Result.MATCHED).select_related("attempt").order_by("line")


def missing_charges(report: PayoutReport) -> QuerySet[Attempt]:
    """Charges of the report's days that no report states. A charge voided the same day is never settled."""
    stated = _stated_beside(report).filter(operation=Operation.SALE, attempt=OuterRef("pk"))
    charged = Attempt.objects.filter(state__in=(AttemptState.APPROVED, AttemptState.REFUNDED))
    return charged.filter(~Exists(stated), decided_at__range=_days(report)).order_by("decided_at")


def missing_refunds(report: PayoutReport) -> QuerySet[Refund]:
    """Refunds done on the report's days that no report states; voids are never settled."""
    stated = _stated_beside(report).filter(refund=OuterRef("pk"))
    done = Refund.objects.filter(state=RefundState.DONE, method=Refund.Method.REFUND).select_related("attempt")
    return done.filter(~Exists(stated), concluded_at__range=_days(report)).order_by("concluded_at")


def _stated_beside(report: PayoutReport) -> QuerySet[PayoutLine]:
    """Lines of this report, confirmed or not, and of every one that counts."""
    return PayoutLine.objects.filter(withdrawn=False).filter(Q(report=report) | Q(report__confirmed_at__isnull=False))


def _days(report: PayoutReport) -> tuple[datetime, datetime]:
    first = midnight(report.first_day)
    return first, midnight(report.last_day + timedelta(days=1)) - timedelta(microseconds=1)


def totals(report: PayoutReport) -> Totals:
    sums = dict(report.lines.order_by().values_list("operation").annotate(Sum("amount")))
    zero = Decimal("0.00")
    kept = report.lines.aggregate(commission=Sum("commission"), igv=Sum("igv"))
    return Totals(
        sales=sums.get(Operation.SALE, zero),
        refunds=sums.get(Operation.REFUND, zero),
        chargebacks=sums.get(Operation.CHARGEBACK, zero),
        commission=kept["commission"] or zero,
        igv=kept["igv"] or zero,
    )


def confirm(report_id: int) -> PayoutReport:
    """Let a report count that a person has looked at, and open the chargebacks that it states.

    One that counts already, or was taken back, is left as it is.
    """
    with transaction.atomic():
        report = PayoutReport.objects.select_for_update().get(pk=report_id)
        if report.confirmed_at or report.withdrawn_at:
            return report
        report.confirmed_at = timezone.now()
        report.save(update_fields=["confirmed_at"])
        compare(report)
        if _open_chargebacks(report):
            compare(report)
        return report


def withdraw(report_id: int, *, by: User, reason: str) -> PayoutReport:
    """Take back a wrong report with its lines; the file may be loaded again. Raises ReportSigned."""
    with transaction.atomic():
        report = PayoutReport.objects.select_for_update().get(pk=report_id)
        if report.signed_at:
            raise ReportSigned
        if report.withdrawn_at:
            return report
        report.lines.update(withdrawn=True, result=Result.UNKNOWN, attempt=None, refund=None)
        report.withdrawn_at, report.withdrawn_by, report.withdrawal_reason = timezone.now(), actors.actor(by), reason
        report.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason"])
        return report


def sign(report_id: int, *, by: User, note: str = "") -> PayoutReport:
    """Close a report: it never changes again. With differences, `note` says what was done about them.

    Raises DifferencesUnexplained, ReportUnconfirmed and ReportWithdrawn. A signed one is left as it is.
    """
    with transaction.atomic():
        report = PayoutReport.objects.select_for_update().get(pk=report_id)
        if report.withdrawn_at:
            raise ReportWithdrawn
        if report.signed_at:
            return report
        if not report.confirmed_at:
            raise ReportUnconfirmed
        compare(report)
        open_questions = differences(report).exists() or missing_charges(report).exists()
        if not note and (open_questions or missing_refunds(report).exists()):
            raise DifferencesUnexplained
        report.signed_by, report.signed_at, report.note = by, timezone.now(), note
        report.save(update_fields=["signed_by", "signed_at", "note"])
        return report
