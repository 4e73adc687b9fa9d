"""Late boletas: what SUNAT gave back with 1079 goes into a daily summary, and its outcome is theirs.

Made once an hour from what waits, by day of issue. A summary that SUNAT refuses for one line is made again without it;
one whose name or day it refuses is made again under the next name.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from members import actors
from receipts.models import Filing, Finding, Summary, Voiding
from receipts.tax_office import alerts, filing
from receipts.tax_office.brakes import still_signs, stop_for, stopped
from receipts.tax_office.certificate import NoCertificate
from receipts.tax_office.filing import BACKOFF_MINUTES, SENDING_MINUTES, TOO_LATE
from receipts.tax_office.states import OPEN_SUMMARY_STATES, FilingState, SummaryState
from receipts.tax_office.summary_files import line_of, line_to_void, make, not_before
from receipts.tax_office.sunat import OFF, Answer, Family, Sunat, from_settings
from receipts.tax_office.sunat.base import CLOCK_BEHIND, LINE_KNOWN, NOT_THERE, PRESENTED
from receipts.tax_office.ubl.summaries import MOST_LINES

# A ticket is asked about after so many minutes.
TICKET_MINUTES = 1
# SUNAT's clock was behind when the file came: it is sent again later.
CLOCK_MINUTES = 15
# A ticket that stays in process longer is asked about once an hour.
MOST_QUICK_QUESTIONS = 30
#: The name is another file's, or the day had not begun at SUNAT: nothing is wrong with the documents.
MADE_AGAIN = CLOCK_BEHIND | PRESENTED


def gather() -> list[Summary]:
    """Put the boletas that came too late into summaries, one for each day of issue; none while nothing waits, and none
    in the first half hour of a day."""
    if timezone.now() < not_before():
        return []
    with transaction.atomic():
        late = list(
            Filing.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("receipt")
            .filter(state=FilingState.RETURNED, code=TOO_LATE)
            .order_by("receipt__issue_date", "pk")[:MOST_LINES]
        )
        days = sorted({filed.receipt.issue_date for filed in late})
        return [_make(day, [filed for filed in late if filed.receipt.issue_date == day]) for day in days]


def _make(day: date, filings: Sequence[Filing]) -> Summary:
    summary = make(day, [line_of(filed.receipt) for filed in filings], issued_by=filings[0].receipt)
    for filed in filings:
        filed.summary, filed.next_try_at = summary, None
        filing.transition(filed, FilingState.IN_SUMMARY, actor=actors.FILING, message=summary.name)
    return summary


def file(summary_id: int) -> Summary:
    """Send a summary, or ask about its ticket, once, and conclude it; ask as often as you like.

    One in doubt is not sent again: its name is taken at SUNAT (receipts/tax_office/findings.py looks it up).
    """
    office = from_settings()
    summary = _begin(summary_id) if office else None
    if summary is None or office is None:
        return Summary.objects.get(pk=summary_id)
    return conclude(summary_id, _ask(office, summary))


def _begin(summary_id: int) -> Summary | None:
    with transaction.atomic():
        due = Summary.objects.select_for_update(skip_locked=True).filter(pk=summary_id, next_try_at__lte=timezone.now())
        summary = due.filter(state__in=(SummaryState.PENDING, SummaryState.WAITING)).first()
        if summary is None or stopped() or not _signature_holds(summary):
            return None
        if summary.asking and not summary.ticket:
            # Whoever asked died before the answer came.
            summary.lost_at = summary.lost_at or timezone.now()
        summary.attempts += 1
        summary.asking = True
        # Whoever dies while asking leaves it to the next one, later than SUNAT's own time limit.
        summary.next_try_at = timezone.now() + timedelta(minutes=SENDING_MINUTES)
        summary.save(update_fields=["attempts", "asking", "lost_at", "next_try_at"])
    return summary


def _signature_holds(summary: Summary) -> bool:
    """Whether a locked summary may leave as it is signed; what SUNAT never saw is made again where that helps."""
    if summary.attempts or still_signs(bytes(summary.xml)):
        return True
    try:
        with transaction.atomic():
            _refuse(summary, "El certificado que lo firmó ya no vale: se hace de nuevo.")
            _make_again(summary)
    except NoCertificate:
        Summary.objects.filter(pk=summary.pk).update(next_try_at=timezone.now() + timedelta(minutes=CLOCK_MINUTES))
    return False


def _refuse(summary: Summary, message: str) -> None:
    summary.state, summary.message, summary.next_try_at = SummaryState.REFUSED, message, None
    summary.save()


def _ask(office: Sunat, summary: Summary) -> Answer:
    if summary.ticket:
        return office.get_status(summary.ticket, name=summary.name)
    return office.send_summary(name=summary.name, content=bytes(summary.xml))


def conclude(summary_id: int, answer: Answer) -> Summary:
    """Record what SUNAT said; an acceptance is that of every boleta in it, with the same constancy."""
    with transaction.atomic():
        summary = Summary.objects.select_for_update().get(pk=summary_id)
        if summary.state not in (SummaryState.PENDING, SummaryState.WAITING):
            return summary
        summary.state = state_after(answer, summary, voids=summary.voidings.exists())
        summary.ticket = answer.ticket or summary.ticket
        summary.code, summary.message = answer.code, answer.words
        summary.asking, summary.answered_at = False, timezone.now()
        if answer.may_have_arrived and not summary.ticket:
            summary.lost_at = summary.lost_at or timezone.now()
        if summary.state in (SummaryState.ACCEPTED, SummaryState.REFUSED):
            summary.cdr = answer.cdr or None
        summary.next_try_at = _next_try(summary)
        summary.save()
        stop_for(answer)
        _after(summary)
    return summary


def state_after(answer: Answer, summary: Summary, *, voids: bool = False) -> SummaryState:
    """What an answer makes of a summary; `voids` for one that takes documents back.

    "Presented before" means that ours arrived if an answer to us was lost, or a ticket was had; otherwise the name is
    another's. No refusal without a constancy undoes a lost answer. A document to be voided that SUNAT calls voided may
    be so by us.
    """
    if not answer.cdr and (answer.code in CLOCK_BEHIND or _refuses_the_question(answer, summary)):
        return SummaryState(summary.state)
    if _leaves_a_doubt(answer, summary) or (voids and answer.code in LINE_KNOWN):
        return SummaryState.IN_DOUBT
    match answer.family:
        case Family.ACCEPTED:
            return SummaryState.ACCEPTED
        case Family.REJECTED | Family.RETURNED | Family.REGISTERED:
            return SummaryState.REFUSED
        case Family.WAITING:
            return SummaryState.WAITING
        case _:
            return SummaryState(summary.state)


def _refuses_the_question(answer: Answer, summary: Summary) -> bool:
    """A fault to a question about a ticket says nothing of the file."""
    return bool(summary.ticket) and answer.family in (Family.RETURNED, Family.REGISTERED)


def _leaves_a_doubt(answer: Answer, summary: Summary) -> bool:
    if answer.family == Family.REGISTERED:
        return bool(summary.lost_at or summary.ticket)
    return answer.family == Family.RETURNED and not answer.cdr and bool(summary.lost_at)


def _next_try(summary: Summary) -> datetime | None:
    if summary.state not in OPEN_SUMMARY_STATES:
        return None
    pause = BACKOFF_MINUTES[min(summary.attempts, len(BACKOFF_MINUTES)) - 1]
    if summary.state == SummaryState.WAITING:
        pause = TICKET_MINUTES if summary.attempts <= MOST_QUICK_QUESTIONS else BACKOFF_MINUTES[-1]
    if summary.code in CLOCK_BEHIND:
        pause = max(pause, CLOCK_MINUTES)
    return timezone.now() + timedelta(minutes=pause)


def look_again_later(summary: Summary) -> None:
    """Ask about a locked summary in doubt again after its pause."""
    summary.attempts += 1
    summary.next_try_at = _next_try(summary)
    summary.save(update_fields=["attempts", "next_try_at"])


# --- What follows for the documents of a summary


def _after(summary: Summary) -> None:
    match summary.state:
        case SummaryState.ACCEPTED:
            _accept(summary)
        case SummaryState.REFUSED:
            _share_out(summary)
        case SummaryState.IN_DOUBT:
            alerts.summary_in_doubt(summary)


def conclude_by_finding(summary: Summary, finding: Finding) -> None:
    """What SUNAT's own records show of a locked summary that no constancy concludes; `finding` is decided.

    One that is not there is made again under another name.
    """
    shows = finding.shows
    summary.state = SummaryState.ACCEPTED if shows == "accepted" else SummaryState.REFUSED
    summary.finding, summary.next_try_at = finding, None
    summary.message = f"{summary.message}\n{finding.get_source_display()}: {finding.evidence}".strip()
    summary.code = {"absent": NOT_THERE, "rejected": summary.code}.get(shows, "0")
    summary.save()
    _after(summary)


def _accept(summary: Summary) -> None:
    for voiding in summary.voidings.select_related("author"):
        filed = Filing.objects.select_for_update(of=("self",)).select_related("receipt").get(pk=voiding.filing_id)
        _pass_on(filed, summary, FilingState.VOIDED, actor=actors.actor(voiding.author))
    for filed in _filings_of(summary):
        if summary.cdr:
            filed.cdr = summary.cdr
        elif summary.finding:
            filed.finding = copy_for(filed, summary.finding)
        _pass_on(filed, summary, FilingState.ACCEPTED)


def copy_for(filed: Filing, finding: Finding) -> Finding:
    """The same finding about one document of the summary it speaks of, by the same two persons."""
    return Finding.objects.create(
        filing=filed,
        shows=finding.shows,
        source=finding.source,
        stood=filed.state,
        evidence=f"{finding.about}: {finding.evidence}"[: Finding._meta.get_field("evidence").max_length],
        author=finding.author,
        stated_at=finding.stated_at,
        decided_by=finding.decided_by,
        decided_at=finding.decided_at,
    )


def _filings_of(summary: Summary) -> list[Filing]:
    waiting = summary.filings.select_for_update(of=("self",)).select_related("receipt")
    return list(waiting.filter(state=FilingState.IN_SUMMARY).order_by("pk"))


def _pass_on(filed: Filing, summary: Summary, to: FilingState, *, actor: str = actors.FILING) -> None:
    filed.code, filed.message = summary.code, f"{summary.name}: {summary.message}"
    filed.answered_at = timezone.now()
    filing.transition(filed, to, actor=actor, code=filed.code, message=filed.message)
    filing.after_outcome(filed, alerted=True)


def _share_out(summary: Summary) -> None:
    """What a refused summary named: sent again under another name, looked up, or given back to staff."""
    if summary.code in MADE_AGAIN or summary.code == NOT_THERE:
        alerts.refused_summary(summary, "se envía de nuevo con otro nombre")
        _make_again(summary)
    elif summary.voidings.exists():
        alerts.refused_summary(summary, "el comprobante sigue vigente")
    elif summary.code in LINE_KNOWN:
        _part(summary)
    else:
        for filed in _filings_of(summary):
            _pass_on(filed, summary, FilingState.RETURNED)
        alerts.refused_summary(summary, "sus boletas esperan que se corrija la causa")


def _make_again(summary: Summary) -> None:
    """The same documents in a new file. A voiding moves to it with its document."""
    for voiding in summary.voidings.select_related("filing__receipt"):
        receipt = voiding.filing.receipt
        new = make(summary.issued_on, [line_to_void(receipt, voiding.reason)], issued_by=receipt)
        Voiding.objects.filter(pk=voiding.pk).update(summary=new)
    _remake(summary.issued_on, _filings_of(summary), summary)


def _remake(day: date, filings: Sequence[Filing], refused: Summary) -> None:
    if not filings:
        return
    for filed in filings:
        filed.next_try_at = None
        filing.transition(filed, FilingState.RETURNED, actor=actors.FILING, code=refused.code, message=refused.name)
    again = _make(day, filings)
    if refused.code in CLOCK_BEHIND:
        again.next_try_at = max(again.next_try_at or timezone.now(), timezone.now() + timedelta(minutes=CLOCK_MINUTES))
        again.save(update_fields=["next_try_at"])


def _part(summary: Summary) -> None:
    """One line rejected the whole: those that SUNAT names, or the only one, are looked up; the rest is sent again.

    Where SUNAT names none, each half is sent alone, until the line is found.
    """
    filings = _filings_of(summary)
    named = [filed for filed in filings if _names(summary.message, filed.receipt.name)]
    bad = named or (filings if len(filings) == 1 else [])
    for filed in bad:
        _in_doubt(filed, summary)
    rest = [filed for filed in filings if filed not in bad]
    halves = [rest] if bad else [rest[: len(rest) // 2], rest[len(rest) // 2 :]]
    for half in halves:
        _remake(summary.issued_on, half, summary)
    names = ", ".join(filed.receipt.name for filed in bad)
    alerts.refused_summary(
        summary, f"SUNAT ya tenía {names}; lo demás se envía de nuevo" if names else "se parte en dos"
    )


def _names(message: str, name: str) -> bool:
    return re.search(rf"(?<![A-Z0-9-]){re.escape(name)}(?!\d)", message) is not None


def _in_doubt(filed: Filing, summary: Summary) -> None:
    now = timezone.now()
    filed.lost_at = filed.lost_at or now
    filed.code, filed.message, filed.answered_at = summary.code, f"{summary.name}: {summary.message}", now
    filed.next_try_at = now
    filing.transition(filed, FilingState.IN_DOUBT, actor=actors.FILING, code=filed.code, message=filed.message)
    filing.after_outcome(filed)


def to_try() -> list[int]:
    """Summaries to be sent or asked about now; none while filing is off or stopped."""
    if settings.SUNAT_ENVIRONMENT == OFF or stopped():
        return []
    due = Summary.objects.filter(state__in=OPEN_SUMMARY_STATES, next_try_at__lte=timezone.now())
    return list(due.order_by("pk").values_list("pk", flat=True))
