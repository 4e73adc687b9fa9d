"""Mail about payments. Each letter is written in the transaction of the change it reports, and sent by the worker.

A letter's key is unique, so the same news is written once. It is marked as sent right after the mail server accepts it.
A crash in between sends it again under the same Message-ID.
"""

from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from base.mail import PortalMail
from base.postgres.kept_queries import kept_query, parameter
from members.models import User
from payments.models import Attempt, Letter, OrderLine, Refund, Transfer


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
    """Tells the member that the gateway accepted the void or refund."""
    subject = f"Devolución de su pago {refund.attempt.number}"
    _write(f"refund:{refund.pk}", refund.attempt, "given_back", subject, refund=refund)


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


def to_treasury(key: str, *, subject: str, body: str) -> Letter | None:
    """Writes a letter about no single payment. Returns None if that key exists."""
    return _put(key[:80], to=settings.TREASURY_EMAIL, subject=subject, body=body)


def to_auditor(key: str, *, subject: str, body: str) -> Letter | None:
    """A letter about what staff did; None when that key was written before."""
    return _put(key[:80], to=settings.AUDITOR_EMAIL, subject=subject, body=body)


def _write(key: str, attempt: Attempt, template: str, subject: str, *, to: str = "", **context: object) -> None:
    order = attempt.order
    page = reverse("staff_attempt", args=[attempt.pk]) if to else reverse("order", args=[order.ref])
    context |= {"attempt": attempt, "order": order, "url": urljoin(settings.PORTAL_URL, page)}
    body = render_to_string(f"payments/mail/{template}.txt", context)
    _put(key, to=to or order.email, subject=subject, body=body, attempt=attempt)


def _put(key: str, *, to: str, subject: str, body: str, attempt: Attempt | None = None) -> Letter | None:
    letter, new = Letter.objects.get_or_create(
        key=key, defaults={"attempt": attempt, "to": to, "subject": subject, "body": body}
    )
    if not new:
        return None
    jobs.configure_task("payments.post").defer(letter_id=letter.pk)
    return letter


def post(letter_id: int) -> bool:
    """Sends one letter. Returns False if it was already sent or another worker is sending it."""
    with transaction.atomic():
        letter = Letter.objects.select_for_update(skip_locked=True).filter(pk=letter_id, sent_at=None).first()
        if letter is None:
            return False
        host = urlsplit(settings.PORTAL_URL).hostname
        headers = {"Message-ID": f"<carta-{letter.pk}@{host}>", **letter.headers}
        PortalMail(letter.subject, letter.body, to=[letter.to], headers=headers).send()
        letter.sent_at = timezone.now()
        letter.save(update_fields=["sent_at"])
        return True
