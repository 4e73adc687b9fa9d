"""Filing receipts with SUNAT: sign once, send until there is an outcome, keep the constancy.

A move is committed before the question leaves, so a worker may be killed anywhere: SUNAT knows a document by its
number, the same bytes are sent again, and what it has already is asked for. No question is asked with a row locked.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app as jobs
from procrastinate.types import JSONValue

from base.postgres import kept_writes
from members.actors import FILING
from members.actors import actor as actor_of
from members.models import User
from receipts.exceptions import NotReturned
from receipts.issuing.contents import Contents
from receipts.models import Filing, FilingStep, FilingStop, Receipt, Representation
from receipts.tax_office import alerts
from receipts.tax_office.brakes import certificate_to_sign_with, still_signs, stop_for, stopped
from receipts.tax_office.certificate import NoCertificate
from receipts.tax_office.deadlines import last_day
from receipts.tax_office.signature import digest_of, sign
from receipts.tax_office.states import OPEN_STATES, FilingState
from receipts.tax_office.sunat import OFF, Answer, Family, Sunat, from_settings
from receipts.tax_office.sunat.base import CERTIFICATE_REFUSED, LINE_KNOWN, PRESENTED, REGISTERED, REGISTERED_AND_VOID
from receipts.tax_office.ubl.documents import Document, document_xml

logger = logging.getLogger(__name__)

# After so many minutes a question is asked again; the last holds until there is an outcome.
BACKOFF_MINUTES = (1, 5, 15, 60)
# A question under way longer than this belongs to a worker that died: SUNAT's own time limit is shorter.
SENDING_MINUTES = 10
# A document that waits for another certificate is looked at again.
UNSIGNED_MINUTES = 5
#: SUNAT's word for a boleta that came too late to be filed alone: it goes into a summary (summaries.py).
TOO_LATE = "1079"
#: SUNAT said no, and staff have to do something.
REFUSED_STATES = (FilingState.REJECTED, FilingState.RETURNED)
#: By these SUNAT said that it has the document: no later refusal of the same bytes undoes it.
KNOWN_THERE = LINE_KNOWN | PRESENTED | {REGISTERED, REGISTERED_AND_VOID}


# --- Signing


def request(receipts: Sequence[Receipt]) -> None:
    """Have new receipts filed. Part of the transaction that issues them. While filing is off, they are signed when they
    are printed."""
    if settings.SUNAT_ENVIRONMENT == OFF or not receipts:
        return
    arguments: list[dict[str, JSONValue]] = [{"receipt_id": receipt.pk} for receipt in receipts]
    jobs.configure_task("receipts.file").batch_defer(*arguments)


def sign_and_file(receipt_id: int) -> Filing | None:
    """What the job does: sign the receipt unless it was, and send it; None as long as there is no certificate."""
    receipt = Receipt.objects.select_related("filing").get(pk=receipt_id)
    try:
        filing = getattr(receipt, "filing", None) or _sign_first(receipt)
    except NoCertificate as lack:
        logger.warning("receipt %s was not signed: %s", receipt_id, lack)
        return None
    return file(filing.pk) if settings.SUNAT_ENVIRONMENT != OFF else filing


def prepared(receipt: Receipt) -> Filing | None:
    """As `prepare`; None where nothing can be signed."""
    try:
        return prepare(receipt)
    except NoCertificate:
        return None


def prepare(receipt: Receipt) -> Filing:
    """The receipt's filing, signed now unless it was before. Raises NoCertificate when nothing can be signed."""
    # With the receipt came its filing, or that it had none; two that sign it at once find out.
    return getattr(receipt, "filing", None) or _sign_first(receipt)


def _sign_first(receipt: Receipt) -> Filing:
    filing = Filing(receipt=receipt, **_signed(receipt))
    try:
        with transaction.atomic(), kept_writes.pipelined():
            kept_writes.insert([filing])
            _note(filing, "", actor=FILING)
    except IntegrityError:  # another worker signed it meanwhile
        return Filing.objects.get(receipt=receipt)
    filing.uncommitted = connection.in_atomic_block
    return filing


def _signed(receipt: Receipt) -> dict[str, Any]:
    xml = sign(document_xml(document_of(receipt)), certificate_to_sign_with())
    return {
        "xml": xml,
        "digest": digest_of(xml),
        "due_on": last_day(receipt.document, receipt.issue_date, letter=receipt.name[0]),
        "next_try_at": timezone.now(),
    }


def document_of(receipt: Receipt) -> Document:
    """What the XML is written from: the frozen statement under its number and time of issue in Lima."""
    issued = timezone.localtime(receipt.issued_at)
    return Document(
        type=receipt.document,
        name=receipt.name,
        issue_date=receipt.issue_date,
        issue_time=issued.time(),
        statement=Contents.from_json(receipt.statement),
    )


def files_of(receipt: Receipt, found: Filing | None) -> list[tuple[str, bytes, str]]:
    """What a letter carries besides the paper, with name and kind: the XML, and the constancy once there is one."""
    if found is None:
        return []
    name = filing_name(receipt)
    files = [(f"{name}.xml", bytes(found.xml), "application/xml")]
    if found.cdr:
        files.append((f"R-{name}.zip", bytes(found.cdr), "application/zip"))
    return files


def filing_name(receipt: Receipt) -> str:
    """As SUNAT names files: RUC-type-series-number."""
    return f"{receipt.statement['issuer']['ruc']}-{receipt.document}-{receipt.name}"


def sign_anew(filing_id: int, *, author: User) -> Filing:
    """After a fault of ours was mended: the same number with the same statement, written and signed again.

    Raises NotReturned unless SUNAT gave the document back as not received, NoCertificate when nothing can be signed.
    """
    with transaction.atomic():
        filing = Filing.objects.select_for_update(of=("self",)).select_related("receipt").get(pk=filing_id)
        if filing.state != FilingState.RETURNED:
            raise NotReturned
        _sign_again(filing, actor=actor_of(author))
    return filing


def _sign_again(filing: Filing, *, actor: str) -> None:
    """A locked filing that was returned, with new bytes that SUNAT has not seen."""
    for name, value in _signed(filing.receipt).items():
        setattr(filing, name, value)
    filing.lost_at, filing.code = None, ""
    transition(filing, FilingState.PENDING, actor=actor)


# --- Sending


def file(filing_id: int, *, actor: str = FILING) -> Filing:
    """Send a filing that has no outcome yet, once, and conclude it; ask as often as you like.

    Nothing is sent while filing is off or stopped, while another worker's question is under way, or while it was signed
    with a certificate that has become unfit and there is no other.
    """
    office = from_settings()
    filing = _begin(filing_id, office, actor=actor) if office else None
    if filing is None or office is None:
        return Filing.objects.get(pk=filing_id)
    answer = ask(office, filing)
    return conclude(filing_id, answer, actor=actor)


def _begin(filing_id: int, office: Sunat, *, actor: str) -> Filing | None:
    """The filing on its way, committed; None when there is nothing to send now."""
    with transaction.atomic():
        filing = (
            Filing.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("receipt")
            .filter(pk=filing_id, state__in=OPEN_STATES)
            .first()
        )
        if filing is None or stopped() or (filing.state == FilingState.SENDING and not _abandoned(filing)):
            return None
        if filing.state == FilingState.SENDING:
            filing.lost_at = filing.lost_at or timezone.now()
            transition(filing, FilingState.IN_DOUBT, actor=actor, message="El envío anterior quedó sin respuesta.")
        if not _signature_holds(filing):
            return None
        filing.attempts += 1
        filing.environment = office.environment.name
        filing.next_try_at = timezone.now() + timedelta(minutes=SENDING_MINUTES)
        transition(filing, FilingState.SENDING, actor=actor)
    return filing


def _abandoned(filing: Filing) -> bool:
    return filing.next_try_at is not None and filing.next_try_at <= timezone.now()


def _signature_holds(filing: Filing) -> bool:
    """Whether a locked filing may leave as it is signed. What SUNAT never saw is signed again where that helps."""
    if filing.lost_at or filing.state != FilingState.PENDING or still_signs(bytes(filing.xml)):
        return True
    try:
        with transaction.atomic():
            filing.next_try_at = None
            transition(filing, FilingState.RETURNED, actor=FILING, message="El certificado que lo firmó ya no vale.")
            _sign_again(filing, actor=FILING)
    except NoCertificate as lack:
        logger.warning("receipt %s is not sent: %s", filing.pk, lack)
        later = timezone.now() + timedelta(minutes=UNSIGNED_MINUTES)
        Filing.objects.filter(pk=filing.pk).update(next_try_at=later)
        return False
    return True


def ask(office: Sunat, filing: Filing) -> Answer:
    """Send a document; when an answer to us was lost and SUNAT has it or refuses it now, ask for its constancy as well.

    What SUNAT has although no answer was lost is another's, and its constancy proves nothing of ours. A refusal after a
    lost answer is one only if the document is surely not there: the lost answer may have been an acceptance.
    """
    document, name = filing.receipt.document, filing.receipt.name
    answer = office.send_bill(type=document, name=name, content=bytes(filing.xml))
    if filing.lost_at is None or answer.cdr or answer.family not in (Family.REGISTERED, Family.RETURNED):
        return answer
    constancy = office.get_constancy(type=document, name=name)
    # 1032 says that it was voided or rejected: an acceptance found then is older than that.
    if constancy.cdr and (constancy.family == Family.REJECTED or answer.code != REGISTERED_AND_VOID):
        return constancy
    absent = constancy.family == Family.UNKNOWN and office.tells_of(name)
    if absent or answer.code == TOO_LATE:
        return answer
    return replace(answer, family=Family.REGISTERED)


def conclude(filing_id: int, answer: Answer, *, actor: str = FILING) -> Filing:
    """Record what SUNAT said of a filing that was being sent; the only place where answers decide."""
    with transaction.atomic():
        filing = Filing.objects.select_for_update(of=("self",)).select_related("receipt").get(pk=filing_id)
        if filing.state != FilingState.SENDING:
            return filing
        to = _state_after(answer, filing)
        now = timezone.now()
        filing.answered_at = now
        if answer.may_have_arrived:
            filing.lost_at = filing.lost_at or now
        # "We have it" outweighs whatever else is said of the same bytes later.
        if to != FilingState.IN_DOUBT or filing.code not in KNOWN_THERE:
            filing.code = answer.code
        filing.message = answer.words
        if answer.cdr and to not in OPEN_STATES:
            filing.cdr = answer.cdr
        filing.next_try_at = _next_try(filing.attempts) if to in OPEN_STATES else None
        transition(filing, to, actor=actor, code=answer.code, message=filing.message)
        if to != FilingState.RETURNED or answer.code not in CERTIFICATE_REFUSED:
            stop_for(answer)
        after_outcome(filing)
    return filing


def _state_after(answer: Answer, filing: Filing) -> FilingState:
    to = state_after(answer)
    if to in (FilingState.RETURNED, FilingState.PENDING) and filing.code in KNOWN_THERE:
        return FilingState.IN_DOUBT
    if answer.code in CERTIFICATE_REFUSED and not answer.cdr and not still_signs(bytes(filing.xml)):
        # Signed by an older certificate than today's: this document alone is concerned.
        return FilingState.RETURNED
    return to


def after_outcome(filing: Filing, *, alerted: bool = False) -> None:
    """What follows from a new state: the paper says it when it is printed next, and a refusal is told unless it was
    `alerted` with its summary."""
    Representation.objects.filter(receipt_id=filing.pk).delete()
    if filing.state in REFUSED_STATES and filing.code != TOO_LATE and not alerted:
        alerts.refused(filing)


def state_after(answer: Answer) -> FilingState:
    """What an answer makes of a document that was being sent."""
    match answer.family:
        case Family.ACCEPTED if answer.cdr:
            return FilingState.OBSERVED if answer.observed else FilingState.ACCEPTED
        case Family.REJECTED:
            # A number is spent by a constancy, never by a fault.
            return FilingState.REJECTED if answer.cdr else FilingState.RETURNED
        case Family.RETURNED:
            return FilingState.RETURNED
        case Family.LOCKED:
            return FilingState.PENDING
        case _:
            # With a code SUNAT said that it took nothing; without one, nobody knows what it took.
            taken = answer.family != Family.UNAVAILABLE or not (answer.code or answer.unsent)
            return FilingState.IN_DOUBT if taken else FilingState.PENDING


def _next_try(attempts: int) -> datetime:
    minutes = BACKOFF_MINUTES[min(attempts, len(BACKOFF_MINUTES)) - 1]
    return timezone.now() + timedelta(minutes=minutes)


def transition(filing: Filing, to: FilingState, *, actor: str, code: str = "", message: str = "") -> None:
    """Save a locked filing in its new state, with the step that says so."""
    before, filing.state = filing.state, to
    filing.save()
    _note(filing, before, actor=actor, code=code, message=message)


def _note(filing: Filing, before: str, *, actor: str, code: str = "", message: str = "") -> None:
    step = FilingStep(
        filing=filing, actor=actor[:120], from_state=before, to_state=filing.state, code=code, message=message
    )
    kept_writes.insert([step])


# --- What is left to do


def resume(author: User) -> int:
    """Send again, after a person has seen to user, password or certificate; how many stops were ended."""
    return FilingStop.objects.filter(resumed_at=None).update(resumed_at=timezone.now(), author=author)


def unsigned(limit: int = 200, *, issued_since: date | None = None) -> list[int]:
    """Receipts that were issued and not signed yet, oldest first; none where nothing can be signed.

    Without `issued_since` it looks through all that were ever issued.
    """
    if settings.SUNAT_ENVIRONMENT == OFF and not settings.SIGNING_CERTIFICATE:
        return []
    since = {"issue_date__gte": issued_since} if issued_since else {}
    waiting = Receipt.objects.filter(filing__isnull=True, **since)
    return list(waiting.order_by("pk").values_list("pk", flat=True)[:limit])


def to_try(limit: int = 200) -> list[int]:
    """Filings whose next try is due, those with the nearest deadline first; none while filing is off or stopped."""
    if settings.SUNAT_ENVIRONMENT == OFF or stopped():
        return []
    due = Filing.objects.filter(next_try_at__lte=timezone.now(), state__in=OPEN_STATES)
    return list(due.order_by("due_on", "pk").values_list("pk", flat=True)[:limit])
