"""Late boletas: what SUNAT gave back with 1079 goes into a daily summary, and its outcome is theirs.

Made once an hour from what waits, by day of issue. A summary that SUNAT refuses gives its boletas back; they stay as
returned, for staff to see, and are not gathered again by themselves.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from members import actors
from receipts.issuing.contents import Contents
from receipts.models import Filing, Receipt, Summary, Voiding
from receipts.tax_office import alerts, filing
from receipts.tax_office.filing import BACKOFF_MINUTES, SENDING_MINUTES
from receipts.tax_office.signature import certificate_from_settings, sign
from receipts.tax_office.states import OPEN_SUMMARY_STATES, FilingState, SummaryState
from receipts.tax_office.sunat import OFF, Answer, Family, Sunat, from_settings
from receipts.tax_office.ubl.summaries import MOST_LINES, REPORT, Condition, SummaryLine, summary_xml

#: SUNAT's word for a boleta that came too late to be filed alone.
TOO_LATE = "1079"
# A ticket is asked about after so many minutes.
TICKET_MINUTES = 1


def gather() -> list[Summary]:
    """Put the boletas that came too late into summaries, one for each day of issue; none while nothing waits."""
    with transaction.atomic():
        late = list(
            Filing.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("receipt")
            .filter(state=FilingState.RETURNED, code=TOO_LATE, summary=None)
            .order_by("receipt__issue_date", "pk")[:MOST_LINES]
        )
        days = sorted({filed.receipt.issue_date for filed in late})
        return [_make(day, [filed for filed in late if filed.receipt.issue_date == day]) for day in days]


def _make(day: date, filings: Sequence[Filing]) -> Summary:
    today = timezone.localdate()
    name = next_name("RC", today)
    issuer = Contents.from_json(filings[0].receipt.statement).issuer
    lines = [line_of(filed.receipt) for filed in filings]
    root = summary_xml(name, issuer=issuer, issued_on=day, made_on=today, lines=lines)
    xml = sign(root, certificate_from_settings())
    summary = Summary.objects.create(name=name, issued_on=day, xml=xml, next_try_at=timezone.now())
    for filed in filings:
        filed.summary = summary
        filing.transition(filed, FilingState.IN_SUMMARY, actor=actors.FILING, message=name)
    return summary


def next_name(prefix: str, today: date) -> str:
    """`RC-20261123-1`, from 1 each day. Two that choose the same one collide at the name, and the later rolls back."""
    start = f"{prefix}-{today:%Y%m%d}-"
    return f"{start}{Summary.objects.filter(name__startswith=start).count() + 1}"


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


def file(summary_id: int) -> Summary:
    """Send a summary, or ask about its ticket, once, and conclude it; ask as often as you like."""
    office = from_settings()
    summary = _begin(summary_id) if office else None
    if summary is None or office is None:
        return Summary.objects.get(pk=summary_id)
    return conclude(summary_id, _ask(office, summary))


def _begin(summary_id: int) -> Summary | None:
    with transaction.atomic():
        summary = (
            Summary.objects.select_for_update(skip_locked=True)
            .filter(pk=summary_id, state__in=OPEN_SUMMARY_STATES, next_try_at__lte=timezone.now())
            .first()
        )
        if summary is None or filing.stopped():
            return None
        summary.attempts += 1
        # Whoever dies while asking leaves it to the next one, later than SUNAT's own time limit.
        summary.next_try_at = timezone.now() + timedelta(minutes=SENDING_MINUTES)
        summary.save(update_fields=["attempts", "next_try_at"])
    return summary


def _ask(office: Sunat, summary: Summary) -> Answer:
    if summary.ticket:
        return office.get_status(summary.ticket, name=summary.name)
    return office.send_summary(name=summary.name, content=bytes(summary.xml))


def conclude(summary_id: int, answer: Answer) -> Summary:
    """Record what SUNAT said; an acceptance is that of every boleta in it, with the same constancy."""
    with transaction.atomic():
        summary = Summary.objects.select_for_update().get(pk=summary_id)
        if summary.state not in OPEN_SUMMARY_STATES:
            return summary
        summary.state = state_after(answer, summary)
        summary.ticket = answer.ticket or summary.ticket
        summary.code, summary.message = answer.code, "\n".join([answer.message, *answer.notes]).strip()
        summary.cdr = answer.cdr or None
        summary.next_try_at = _next_try(summary)
        summary.save()
        if answer.family == Family.LOCKED:
            filing.stop(answer)
        if summary.state not in OPEN_SUMMARY_STATES:
            _pass_on(summary)
    return summary


def state_after(answer: Answer, summary: Summary) -> SummaryState:
    """What an answer makes of a summary."""
    match answer.family:
        case Family.ACCEPTED:
            return SummaryState.ACCEPTED
        case Family.REJECTED | Family.RETURNED | Family.REGISTERED:
            return SummaryState.REFUSED
        case Family.WAITING:
            return SummaryState.WAITING
        case _:
            return SummaryState(summary.state)


def _next_try(summary: Summary) -> datetime | None:
    if summary.state not in OPEN_SUMMARY_STATES:
        return None
    waiting = summary.state == SummaryState.WAITING
    pause = BACKOFF_MINUTES[min(summary.attempts, len(BACKOFF_MINUTES)) - 1]
    return timezone.now() + timedelta(minutes=TICKET_MINUTES if waiting else pause)


def _pass_on(summary: Summary) -> None:
    accepted = summary.state == SummaryState.ACCEPTED
    for voiding in summary.voidings.select_related("author"):
        _conclude_voiding(voiding, summary, accepted=accepted)
    for filed in summary.filings.select_for_update(of=("self",)).select_related("receipt"):
        filed.code, filed.message = summary.code, f"{summary.name}: {summary.message}"
        filed.answered_at = timezone.now()
        if accepted:
            filed.cdr = summary.cdr
        filing.transition(
            filed,
            FilingState.ACCEPTED if accepted else FilingState.RETURNED,
            actor=actors.FILING,
            code=filed.code,
            message=filed.message,
        )
        filing.after_outcome(filed)


def _conclude_voiding(voiding: Voiding, summary: Summary, *, accepted: bool) -> None:
    filed = Filing.objects.select_for_update(of=("self",)).select_related("receipt").get(pk=voiding.filing_id)
    if not accepted:
        alerts.refused_summary(summary)
        return
    filed.code, filed.message = summary.code, f"{summary.name}: {summary.message}"
    actor = actors.actor(voiding.author)
    filing.transition(filed, FilingState.VOIDED, actor=actor, code=filed.code, message=filed.message)
    filing.after_outcome(filed)


def to_try() -> list[int]:
    """Summaries to be sent or asked about now; none while filing is off or stopped."""
    if settings.SUNAT_ENVIRONMENT == OFF or filing.stopped():
        return []
    due = Summary.objects.filter(state__in=OPEN_SUMMARY_STATES, next_try_at__lte=timezone.now())
    return list(due.order_by("pk").values_list("pk", flat=True))
