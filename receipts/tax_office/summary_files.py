"""Files of many documents: a daily summary (RC) or a voiding (RA), made under the day's next name and signed."""

from collections.abc import Sequence
from datetime import date, datetime, time

from django.utils import timezone

from receipts.issuing.contents import Contents
from receipts.models import Receipt, Summary
from receipts.tax_office.brakes import certificate_to_sign_with
from receipts.tax_office.signature import sign
from receipts.tax_office.ubl.summaries import REPORT, VOID, Condition, SummaryLine, VoidedLine, summary_xml, voiding_xml

REPORTS, VOIDINGS = "RC", "RA"
# SUNAT's clock may be behind ours: a file of today is sent when the day is surely there too (2236, 2301).
AFTER_MIDNIGHT = time(0, 30)


def not_before() -> datetime:
    """The first moment of today, in Lima, at which a summary or a voiding is sent."""
    return timezone.make_aware(datetime.combine(timezone.localdate(), AFTER_MIDNIGHT))


def when_to_send() -> datetime:
    """When a file made now is sent: at once, but never in the first half hour of a day."""
    return max(timezone.now(), not_before())


def make(day: date, lines: Sequence[SummaryLine | VoidedLine], *, issued_by: Receipt) -> Summary:
    """A signed file under today's next name, with documents all issued on `day`; to be sent by the sweep.

    Raises NoCertificate when nothing can be signed.
    """
    today = timezone.localdate()
    issuer = issued_by.stated.issuer
    voided = [line for line in lines if isinstance(line, VoidedLine)]
    reported = [line for line in lines if isinstance(line, SummaryLine)]
    if voided:
        name = next_name(VOIDINGS, today)
        root = voiding_xml(name, issuer=issuer, issued_on=day, made_on=today, lines=voided)
    else:
        name = next_name(REPORTS, today)
        root = summary_xml(name, issuer=issuer, issued_on=day, made_on=today, lines=reported)
    xml = sign(root, certificate_to_sign_with())
    return Summary.objects.create(name=name, issued_on=day, xml=xml, next_try_at=when_to_send())


def next_name(prefix: str, today: date) -> str:
    """`RC-20261123-1`, from 1 each day. Two that choose the same one collide at the name, and the later rolls back."""
    start = f"{prefix}-{today:%Y%m%d}-"
    return f"{start}{Summary.objects.filter(name__startswith=start).count() + 1}"


def line_to_void(receipt: Receipt, reason: str) -> SummaryLine | VoidedLine:
    """How a file takes a document back: boletas and their notes in a summary, facturas and theirs in a voiding."""
    if receipt.name.startswith("B"):
        return line_of(receipt, condition=VOID)
    return VoidedLine(type=receipt.document, name=receipt.name, reason=reason)


def line_of(receipt: Receipt, condition: Condition = REPORT) -> SummaryLine:
    statement = Contents.from_json(receipt.statement)
    return SummaryLine(
        type=receipt.document,
        name=receipt.name,
        buyer_type=statement.buyer.document_type,
        buyer_number=statement.buyer.document_number,
        totals=statement.totals,
        currency=statement.currency,
        correction=statement.correction,
        condition=condition,
    )
