"""Mail about payments. Each letter is written in the transaction of the change it reports, and sent by the worker.

A letter's key is unique, so the same news is written once. It is marked as sent right after the mail server accepts it.
A crash in between sends it again under the same Message-ID.
"""

import logging
import smtplib
import socket
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from base.mail import PortalMail
from base.postgres.kept_queries import kept_query, parameter
from members import mail_problems
from members.models import User
from payments import letter_truth as truth
from payments.models import Attempt, Letter, LetterState, Order, OrderLine, PaymentLink, Refund, Transfer
from payments.ways.masks import masked_payer

logger = logging.getLogger(__name__)

#: A mail server may be down for so long before a letter is given up; between two tries at most half an hour passes.
GIVE_UP_AFTER = timedelta(days=3)
LONGEST_PAUSE_SECONDS = 1800
#: The priority of jobs for which a receipt must not wait.
BULK = -10
UNREACHED = (ConnectionError, TimeoutError, socket.gaierror, smtplib.SMTPConnectError, smtplib.SMTPServerDisconnected)


class MailServerDown(Exception):
    """No mail server answers: the next letter would fare no better."""


def outcome_known(attempt: Attempt) -> None:
    """Tells the member the outcome of a charge that was in doubt.

    Written once for each outcome: an approval after *absent* corrects the first letter.
    """
    _write(
        f"outcome:{attempt.pk}:{attempt.state}",
        attempt,
        "outcome_known",
        f"Su pago de S/ {attempt.amount:,.2f} {_end_of(attempt)}",
    )


def _end_of(attempt: Attempt) -> str:
    return {"approved": "fue aprobado", "voided": "fue anulado"}.get(attempt.state, "no se realizó")


def double_payment(attempt: Attempt) -> None:
    """Tells the member and staff that money arrived for dues that were already paid."""
    _write(f"double:{attempt.pk}", attempt, "double_payment", f"Recibimos un pago de más ({attempt.number})")
    review(attempt)


@kept_query
def _exempt_lines() -> "QuerySet[OrderLine, tuple[int]]":
    return OrderLine.objects.filter(order=parameter("order"), due__exemption__isnull=False).values_list("pk")


def exempt_dues_paid(attempt: Attempt) -> None:
    """Tells staff that the college exempted a due while its charge was under way. They decide about a refund."""
    if _exempt_lines.all(order=attempt.order_id):
        review(attempt, about="Se cobró una cuota que fue exonerada mientras se pagaba")


def refunded(refund: Refund) -> None:
    """Tells the member that the void or refund was accepted, or that the money went back another way."""
    subject = f"Devolución de su pago {refund.attempt.number}"
    # The member asked for a refund to the card; of the others, say which dues it reopened.
    reopened = list(OrderLine.objects.filter(refund_lines__refund=refund).order_by("period")) if refund.means else []
    _write(f"refund:{refund.pk}", refund.attempt, "given_back", subject, refund=refund, reopened=reopened)
    order = refund.attempt.order
    if order.paid_by_other:
        subject = f"Se devolvió un pago hecho con su enlace ({refund.attempt.number})"
        _to_member(f"link-back:{refund.pk}", order, "link_given_back", subject, refund=refund)


def link_made(link: PaymentLink) -> None:
    """Tells the member that her order has a link by which another person may pay it. The letter has no link."""
    order = link.order
    _to_member(
        f"link:{link.pk}", order, "link_made", "Creó un enlace para que otra persona pague sus cuotas", link=link
    )


def paid_by_other(attempt: Attempt) -> None:
    """Tells the member that her dues were paid by her link, and by whom, masked."""
    order = attempt.order
    subject = f"Pagaron sus cuotas con su enlace: S/ {attempt.amount:,.2f}"
    _to_member(f"link-paid:{attempt.pk}", order, "paid_by_other", subject, attempt=attempt, payer=masked_payer(order))


def refund_refused(refund: Refund) -> None:
    """The gateway refused to give money back; the college gives it back otherwise."""
    subject = f"Devolución pendiente de su pago {refund.attempt.number}"
    _write(f"refused:{refund.pk}", refund.attempt, "refund_refused", subject, refund=refund)


def transferred(transfer: Transfer, attempt: Attempt) -> None:
    """Tells the accounts of both physicians about a transfer, each about its own dues."""
    for member, template in ((transfer.order.member, "moved_away"), (transfer.member, "moved_here")):
        for user in User.objects.filter(assignments__member=member, assignments__ended_at=None):
            url = urljoin(settings.PORTAL_URL, reverse("statement"))
            context = {"transfer": transfer, "attempt": attempt, "member": member, "url": url}
            _put(
                f"move:{transfer.pk}:{user.pk}",
                to=user.email,
                subject=f"Corrección del pago {attempt.number}",
                body=render_to_string(f"payments/mail/{template}.txt", context),
                attempt=attempt,
            )


def review(attempt: Attempt, *, about: str = "") -> None:
    """Asks staff to decide about an attempt; written once for each reason."""
    reason = about or attempt.staff_reason
    subject = f"Para revisión: intento {attempt.number}"
    _write(f"review:{attempt.pk}:{reason}"[:80], attempt, "review", subject, to=settings.TREASURY_EMAIL, reason=reason)


def code_refused(attempt: Attempt, code: str, *, uncharged: bool) -> None:
    """Tells staff that a code of PagoEfectivo may be paid, and the member of an uncharged order not to pay it.

    `code` has eight digits, or is "" if the gateway's was illegible.
    """
    if uncharged:
        subject = f"No pague el código de PagoEfectivo (pedido {attempt.number})"
        _write(f"code:{attempt.pk}", attempt, "code_refused", subject, code=code, treasury=settings.TREASURY_EMAIL)
    review(attempt, about=f"La pasarela dio un código de PagoEfectivo, que no se acepta: {code or 'ilegible'}")


def to_treasury(key: str, *, subject: str, body: str) -> Letter | None:
    """Writes a letter about no single payment. Returns None if that key exists."""
    return _put(key[:80], to=settings.TREASURY_EMAIL, subject=subject, body=body)


def to_auditor(key: str, *, subject: str, body: str) -> Letter | None:
    """Writes a letter about what staff did; None without AUDITOR_EMAIL, or when that key was written before."""
    if not settings.AUDITOR_EMAIL:
        return None
    return _put(key[:80], to=settings.AUDITOR_EMAIL, subject=subject, body=body)


def to_account(
    user: User,
    key: str,
    *,
    subject: str,
    body: str,
    about: dict[str, str] | None = None,
    message_id: str = "",
    in_bulk: bool = False,
) -> Letter | None:
    """Writes a letter about no single payment to an account. Returns None if that key exists.

    One of thousands is written `in_bulk`: what is written to one member alone leaves before it.

    `about` is what payments/letter_truth.py asks about again when the letter leaves. `message_id` names a letter
    that must be known again when it comes back.
    """
    headers = {"Message-ID": message_id} if message_id else {}
    return _put(
        key[:80],
        to=user.email,
        subject=subject,
        body=body,
        about=about,
        headers=headers,
        priority=BULK if in_bulk else 0,
    )


def _to_member(key: str, order: Order, template: str, subject: str, **context: object) -> None:
    """Writes to the member about an order that another person pays: the payer's letters go to the payer."""
    url = urljoin(settings.PORTAL_URL, reverse("order", args=[order.ref]))
    body = render_to_string(f"payments/mail/{template}.txt", {"order": order, "url": url, **context})
    _put(key, to=order.user.email, subject=subject, body=body)


def _write(key: str, attempt: Attempt, template: str, subject: str, *, to: str = "", **context: object) -> None:
    order = attempt.order
    page = reverse("staff_attempt", args=[attempt.pk]) if to else reverse("order", args=[order.ref])
    # Whoever pays by a link has no account in which to look.
    url = "" if order.paid_by_other and not to else urljoin(settings.PORTAL_URL, page)
    context |= {"attempt": attempt, "order": order, "url": url}
    body = render_to_string(f"payments/mail/{template}.txt", context)
    _put(key, to=to or order.email, subject=subject, body=body, attempt=attempt)


def _put(
    key: str,
    *,
    to: str,
    subject: str,
    body: str,
    attempt: Attempt | None = None,
    about: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    priority: int = 0,
) -> Letter | None:
    contents = {
        "attempt": attempt,
        "to": to,
        "subject": subject,
        "body": body,
        "about": about or {},
        "headers": headers or {},
    }
    letter, new = Letter.objects.get_or_create(key=key, defaults=contents)
    if not new:
        return None
    jobs.configure_task("payments.post", priority=priority).defer(letter_id=letter.pk)
    return letter


# --- Sending


def post(letter_id: int) -> bool:
    """Send one letter that is queued and due; returns whether it was sent.

    A letter that is no longer true is withdrawn. One that the mail server did not take is tried again with growing
    pauses, and given up after GIVE_UP_AFTER or when its address is refused for good. Another worker's letter is left
    to it. Raises MailServerDown, once that is recorded, when no mail server answers.
    """
    unreached = None
    with transaction.atomic():
        letter = _due(letter_id)
        if letter is None:
            return False
        if reason := truth.why_not(letter):
            letter.state, letter.last_error = LetterState.WITHDRAWN, reason
        else:
            unreached = _try(letter)
        letter.save()
    if unreached:
        raise MailServerDown from unreached
    return letter.state == LetterState.SENT


def _due(letter_id: int) -> Letter | None:
    queued = Letter.objects.select_for_update(skip_locked=True).filter(pk=letter_id, state=LetterState.QUEUED)
    return queued.filter(Q(next_try_at=None) | Q(next_try_at__lte=timezone.now())).first()


def _try(letter: Letter) -> Exception | None:
    """Send the letter, or say when it is tried again; returns the error of a server that does not answer at all."""
    host = urlsplit(settings.PORTAL_URL).hostname
    author = {"From": settings.DEFAULT_FROM_EMAIL}
    headers = {"Message-ID": f"<carta-{letter.pk}@{host}>", **author, **letter.headers}
    letter.attempts += 1
    try:
        # The envelope sender, to which undeliverable mail returns, differs from the author in the From header.
        sender = settings.BOUNCE_ADDRESS or None
        PortalMail(letter.subject, letter.body, from_email=sender, to=[letter.to], headers=headers).send()
    except Exception as error:  # whatever it was: tried again for days, then shown to staff, never lost
        logger.warning("letter %s was not sent", letter.pk, exc_info=not isinstance(error, OSError))
        _not_taken(letter, error)
        return error if isinstance(error, UNREACHED) else None
    letter.state, letter.sent_at, letter.last_error = LetterState.SENT, timezone.now(), ""
    return None


def _not_taken(letter: Letter, error: Exception) -> None:
    letter.last_error = f"{type(error).__name__}: {error}"[:300]
    if mail_problems.refused_for_good(error):
        letter.state = LetterState.FAILED
        mail_problems.note(letter.to, why=letter.last_error)
    elif timezone.now() - letter.written_at > GIVE_UP_AFTER:
        letter.state = LetterState.FAILED
    else:
        pause = timedelta(seconds=min(10 * 2**letter.attempts, LONGEST_PAUSE_SECONDS))
        letter.next_try_at = timezone.now() + pause
        later = jobs.configure_task("payments.post", schedule_in={"seconds": pause.seconds}, priority=BULK)
        later.defer(letter_id=letter.pk)
