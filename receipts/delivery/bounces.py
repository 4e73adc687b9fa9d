"""Letters that come back: what another mail server says hours after it took one (RFC 3464).

The mail server hands each message to BOUNCE_ADDRESS over to `manage.py record_bounce`. The letter is found by its
Message-ID, which nobody can guess.
"""

from email import message_from_string
from email.message import Message

from members import mail_problems
from payments.ways.automatic import returned
from receipts.models import Delivery, DeliveryState


def record(report: Message) -> Delivery | None:
    """Mark the delivery that `report` says was given up; None for anything else, as a delay or a holiday's answer.

    The same report twice changes nothing more.
    """
    reason = _reason(report)
    message_id = _message_id(report)
    delivery = Delivery.objects.filter(message_id=message_id).first() if reason else None
    if reason and delivery is None:
        returned.record(message_id, why=reason)
    if delivery is None or delivery.state != DeliveryState.SENT:
        return None
    delivery.state, delivery.last_error = DeliveryState.BOUNCED, reason[:300]
    delivery.save(update_fields=["state", "last_error"])
    mail_problems.note(delivery.email, why=delivery.last_error)
    return delivery


def _reason(report: Message) -> str:
    """Why the letter was given up, in the other server's words; empty when it was not."""
    for part in report.walk():
        # The blocks of a report are headers only, and hang below it as messages of their own.
        if str(part.get("Action", "")).strip().lower() == "failed" and "Final-Recipient" in part:
            return " ".join(str(part.get("Diagnostic-Code") or part.get("Status") or "devuelto").split())
    return ""


def _message_id(report: Message) -> str:
    """Return the Message-ID of our letter. The report repeats the letter, or only its headers as text."""
    parts = list(report.walk())[1:]
    headers = [part.get_payload(decode=True) for part in parts if part.get_content_type() == "text/rfc822-headers"]
    messages = [message_from_string(text.decode("utf-8", "replace")) for text in headers if isinstance(text, bytes)]
    return next((str(part["Message-ID"]).strip() for part in [*parts, *messages] if part["Message-ID"]), "")
