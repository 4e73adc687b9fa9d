"""Filing receipts with SUNAT: sign once, send until there is an outcome, keep the constancy.

A move is committed before the question leaves, so a worker may be killed anywhere: SUNAT knows a document by its
number, the same bytes are sent again, and what it has already is asked for. No question is asked with a row locked.
"""

import logging
from collections.abc import Sequence
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
from receipts.tax_office.certificate import NoCertificate
from receipts.tax_office.deadlines import last_day
from receipts.tax_office.signature import certificate_from_settings, digest_of, sign
from receipts.tax_office.states import OPEN_STATES, FilingState
from receipts.tax_office.sunat import OFF, Answer, Family, Sunat, from_settings
from receipts.tax_office.ubl.documents import Document, document_xml

logger = logging.getLogger(__name__)

# After so many minutes a question is asked again; the last holds until there is an outcome.
BACKOFF_MINUTES = (1, 5, 15, 60)
# A question under way longer than this belongs to a worker that died: SUNAT's own time limit is shorter.
SENDING_MINUTES = 10
# SUNAT and the certification bodies take days to issue the next one.
CERTIFICATE_DAYS = 30


# --- Signing


def request(receipts: Sequence[Receipt]) -> None:
    """Have new receipts filed. Part of the transaction that issues them. While filing is off, they are signed when they
    are printed."""
    if settings.SUNAT_ENVIRONMENT == OFF or not receipts:
        return
    arguments: list[dict[str, JSONValue]] = [{"receipt_id": receipt.pk} for receipt in receipts]
    jobs.configure_task("receipts.file").batch_defer(*arguments)


def sign_and_file(receipt_id: int) -> None:
    """What the job does: sign the receipt unless it was, and send it. Unsigned as long as there is no certificate."""
    receipt = Receipt.objects.select_related("filing").get(pk=receipt_id)
    try:
        filing = getattr(receipt, "filing", None) or _sign_first(receipt)
    except NoCertificate as lack:
        logger.warning("receipt %s was not signed: %s", receipt_id, lack)
    else:
        if settings.SUNAT_ENVIRONMENT != OFF:
            file(filing.pk)


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
    xml = sign(document_xml(document_of(receipt)), certificate_from_settings())
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

    Raises NotReturned unless SUNAT gave the document back as not received.
    """
    with transaction.atomic():
        filing = Filing.objects.select_for_update(of=("self",)).select_related("receipt").get(pk=filing_id)
        if filing.state != FilingState.RETURNED:
            raise NotReturned
        for name, value in _signed(filing.receipt).items():
            setattr(filing, name, value)
        transition(filing, FilingState.PENDING, actor=actor_of(author))
    return filing


# --- Sending


def file(filing_id: int, *, actor: str = FILING) -> Filing:
    """Send a filing that has no outcome yet, once, and conclude it; ask as often as you like.

    Nothing is sent while filing is off or stopped, or while another worker's question is under way.
    """
    office = from_settings()
    filing = _begin(filing_id, office, actor=actor) if office else None
    if filing is None or office is None:
        return Filing.objects.get(pk=filing_id)
    answer = ask(office, document=filing.receipt.document, name=filing.receipt.name, xml=bytes(filing.xml))
    return conclude(filing_id, answer, actor=actor)


def _begin(filing_id: int, office: Sunat | None, *, actor: str) -> Filing | None:
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
            transition(filing, FilingState.IN_DOUBT, actor=actor, message="El envío anterior quedó sin respuesta.")
        filing.attempts += 1
        filing.environment = office.environment.name if office else ""
        filing.next_try_at = timezone.now() + timedelta(minutes=SENDING_MINUTES)
        transition(filing, FilingState.SENDING, actor=actor)
    return filing


def _abandoned(filing: Filing) -> bool:
    return filing.next_try_at is not None and filing.next_try_at <= timezone.now()


def ask(office: Sunat, *, document: str, name: str, xml: bytes) -> Answer:
    """Send a document; when SUNAT has it already, ask for its constancy instead."""
    answer = office.send_bill(type=document, name=name, content=xml)
    if answer.family != Family.REGISTERED:
        return answer
    told = office.get_constancy(type=document, name=name)
    return told if told.cdr else answer


def conclude(filing_id: int, answer: Answer, *, actor: str = FILING) -> Filing:
    """Record what SUNAT said of a filing that was being sent; the only place where outcomes are decided."""
    with transaction.atomic():
        filing = Filing.objects.select_for_update(of=("self",)).select_related("receipt").get(pk=filing_id)
        if filing.state != FilingState.SENDING:
            return filing
        to = state_after(answer)
        filing.answered_at = timezone.now()
        filing.code = answer.code
        filing.message = "\n".join([answer.message, *answer.notes]).strip()
        if answer.cdr:
            filing.cdr = answer.cdr
        filing.next_try_at = _next_try(filing.attempts) if to in OPEN_STATES else None
        transition(filing, to, actor=actor, code=filing.code, message=filing.message)
        if answer.family == Family.LOCKED:
            stop(answer)
        after_outcome(filing)
    return filing


def after_outcome(filing: Filing) -> None:
    """What follows from a new state: the paper says it when it is printed next, and a refusal is told."""
    Representation.objects.filter(receipt_id=filing.pk).delete()
    if filing.state in (FilingState.REJECTED, FilingState.RETURNED):
        alerts.refused(filing)


def state_after(answer: Answer) -> FilingState:
    """What an answer makes of a document that was being sent."""
    match answer.family:
        case Family.ACCEPTED:
            return FilingState.OBSERVED if answer.observed else FilingState.ACCEPTED
        case Family.REJECTED:
            return FilingState.REJECTED
        case Family.RETURNED:
            return FilingState.RETURNED
        case Family.LOCKED:
            return FilingState.PENDING
        case _:
            # With a code SUNAT said that it took nothing; without one, nobody knows what it took.
            taken = answer.family in (Family.REGISTERED, Family.UNKNOWN) or not answer.code
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


# --- Stopping everything, and what is left to do


def stopped() -> bool:
    return FilingStop.objects.filter(resumed_at=None).exists()


def stop(answer: Answer) -> None:
    """SUNAT refused our user: send nothing more until staff resume, and tell them once."""
    found, new = FilingStop.objects.get_or_create(
        resumed_at=None, defaults={"code": answer.code, "message": answer.message}
    )
    if new:
        alerts.stopped(found)


def resume(author: User) -> int:
    """Send again, after a person has seen to user and password; how many stops were ended."""
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


def warn_of_certificate() -> None:
    """Tell the treasury, once, when the certificate ends within CERTIFICATE_DAYS: without it nothing can be signed."""
    try:
        ends = timezone.localdate(certificate_from_settings().expires)
    except NoCertificate:
        return
    if ends <= timezone.localdate() + timedelta(days=CERTIFICATE_DAYS):
        alerts.certificate_ends(ends)
