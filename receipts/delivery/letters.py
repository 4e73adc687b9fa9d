"""Letters with receipts: exactly one for each intent.

A delivery is recorded with its Message-ID before anything is sent. Sending locks its row, so two workers never send
the same one, and a sent one is never sent again. What cannot be excluded: a worker killed after the mail server took
the letter and before *sent* was committed sends it once more. That second copy has the same Message-ID, by which mail
programs and servers can tell that it is the same letter.
"""

import hashlib
import logging
import secrets
from collections.abc import Sequence
from datetime import timedelta
from email.utils import parseaddr
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app as jobs
from procrastinate.types import JSONValue

from base.postgres import kept_writes
from base.postgres.kept_queries import kept_query, parameter
from members import mail_problems
from members.models import User
from receipts.exceptions import MailServerDown, TakenBack, TooManyResends
from receipts.models import Delivery, DeliveryState, Filing, Receipt, Voiding
from receipts.printing import pdf
from receipts.tax_office import filing
from receipts.tax_office.states import SummaryState

logger = logging.getLogger(__name__)

RESENDS_A_DAY = 5
# After the first try; receipts/tasks.py says how long it waits after each further one.
AGAIN_SECONDS = 10
# A mail server may be down for so long before a letter is given up and shown to staff.
GIVE_UP_AFTER = timedelta(days=3)


# --- Asking for a letter


def record_first(receipts: Sequence[Receipt]) -> list[Delivery]:
    """The letter every receipt gets, to the address typed with the order. Part of the transaction that issues it."""
    letters = [
        Delivery(receipt=receipt, email=receipt.order.email, intent=_first(receipt.pk), message_id=new_message_id())
        for receipt in receipts
    ]
    kept_writes.insert(letters)
    return letters


def request_first(receipts: Sequence[Receipt]) -> None:
    """Record it, and enqueue its job."""
    arguments: list[dict[str, JSONValue]] = [{"delivery_id": delivery.pk} for delivery in record_first(receipts)]
    jobs.configure_task("receipts.deliver").batch_defer(*arguments)


def _first(receipt_id: int) -> str:
    return f"issued:{receipt_id}"


def resend(receipt: Receipt, *, email: str, intent: str, author: User) -> Delivery:
    """The member asks for the letter again, perhaps to a corrected address. `intent` comes from the form that asked.

    Raises TakenBack, and TooManyResends after RESENDS_A_DAY within 24 hours. A form posted twice is one letter and
    counts once.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=author.pk)  # so that posts at once are counted one by one
        intent = f"resend:{author.pk}:{intent}"
        yesterday = timezone.now() - timedelta(days=1)
        asked = Delivery.objects.filter(author=author, queued_at__gt=yesterday).exclude(intent=intent)
        if asked.count() >= RESENDS_A_DAY:
            raise TooManyResends
        return request(receipt, email=email, intent=intent, author=author)


def last_address(receipt: Receipt) -> str:
    last = receipt.deliveries.order_by("-pk").first()
    return last.email if last else receipt.order.email


def resend_by_staff(receipt: Receipt, author: User, *, email: str = "") -> Delivery:
    """Staff send it again, to the address that was used last or to a corrected one; a double click within the minute
    is one letter. Raises TakenBack."""
    email = email or last_address(receipt)
    whereto = hashlib.sha256(email.encode()).hexdigest()[:8]
    intent = f"staff:{author.pk}:{receipt.pk}:{timezone.now():%Y%m%d%H%M}:{whereto}"
    return request(receipt, email=email, intent=intent, author=author)


def request(receipt: Receipt, *, email: str, intent: str, author: User | None = None) -> Delivery:
    """Record a wish and enqueue its job in the same transaction; the same intent gives the same delivery.

    Raises TakenBack: what nobody was given is voided, and is not given to anybody afterwards.
    """
    with transaction.atomic():
        # The lock under which receipts/tax_office/voiding.py looks whether a letter went.
        Filing.objects.select_for_update().filter(receipt=receipt).values_list("pk").first()
        if Voiding.objects.filter(filing=receipt.pk).exclude(summary__state=SummaryState.REFUSED).exists():
            raise TakenBack
        delivery, new = Delivery.objects.get_or_create(
            intent=intent,
            defaults={"receipt": receipt, "email": email, "author": author, "message_id": new_message_id()},
        )
        if new:
            jobs.configure_task("receipts.deliver").defer(delivery_id=delivery.pk)
    return delivery


def new_message_id() -> str:
    """In the sender's domain, as mail servers expect, and short enough for one line of a header."""
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return f"<{secrets.token_hex(16)}@{sender.rpartition('@')[2]}>"


# --- Sending it


def send(delivery_id: int) -> None:
    """Send a queued delivery; nothing when it was sent, given up or is being sent by another worker.

    Raises MailServerDown when the mail server did not take it and it is to be tried again.
    """
    delivery = _send(delivery_id=delivery_id)
    if delivery and delivery.state == DeliveryState.QUEUED:
        raise MailServerDown(delivery.last_error)


def send_first(receipt: Receipt) -> None:
    """As `send`, the letter that `record_first` recorded; when the mail server is down, a job tries again."""
    delivery = _send(intent=_first(receipt.pk))
    if delivery and delivery.state == DeliveryState.QUEUED:
        jobs.configure_task("receipts.deliver", schedule_in={"seconds": AGAIN_SECONDS}).defer(delivery_id=delivery.pk)


def _send(*, delivery_id: int | None = None, intent: str | None = None) -> Delivery | None:
    """Try the queued one that is named; None when it is not queued, or another worker has it."""
    with transaction.atomic():
        delivery = _queued.first(delivery=delivery_id, intent=intent)
        if delivery:
            _try(delivery)
    return delivery


@kept_query
def _queued() -> "QuerySet[Delivery]":
    named = Q(pk=parameter("delivery")) | Q(intent=parameter("intent"))
    queued = Delivery.objects.filter(named, state=DeliveryState.QUEUED)
    locked = queued.select_for_update(of=("self",), skip_locked=True)
    return locked.select_related(
        "receipt__order__user", "receipt__replaces", "receipt__filing", "receipt__representation"
    )


def _try(delivery: Delivery) -> None:
    delivery.attempts += 1
    try:
        letter(delivery).send()
    except Exception as error:  # whatever it was: tried again for hours, then shown to staff, never lost
        # A mail server that is down is news of one line; anything else is a fault of ours.
        logger.warning("letter %s was not sent", delivery.pk, exc_info=not isinstance(error, OSError))
        delivery.last_error = f"{type(error).__name__}: {error}"[:300]
        refused = mail_problems.refused_for_good(error)
        if refused:
            mail_problems.note(delivery.email, why=delivery.last_error)
        if refused or timezone.now() - delivery.queued_at > GIVE_UP_AFTER:
            delivery.state = DeliveryState.FAILED
    else:
        delivery.state, delivery.sent_at, delivery.last_error = DeliveryState.SENT, timezone.now(), ""
    kept_writes.update(delivery, "state", "attempts", "last_error", "sent_at")


def letter(delivery: Delivery) -> EmailMultiAlternatives:
    """The letter as text and simple HTML; the PDF attached, the signed XML, and SUNAT's constancy once there is one."""
    receipt = delivery.receipt
    statement = receipt.stated
    context = {
        "subject": receipt.title,
        "receipt": receipt,
        "reader": receipt.order.payer_name,
        "statement": statement,
        "correction": statement.correction,
        "replaced": receipt.replaces,
        "college": settings.COLLEGE,
        "history_url": urljoin(settings.PORTAL_URL, reverse("history")),
        "has_account": not receipt.order.paid_by_other,
        "pdf_url": urljoin(settings.PORTAL_URL, reverse("receipt_pdf", args=[receipt.code])),
    }
    message = EmailMultiAlternatives(
        subject=f"{receipt.title} — {settings.COLLEGE['shop_name']}",
        body=render_to_string("emails/receipt-letter.txt", context),
        to=[delivery.email],
        reply_to=[settings.COLLEGE["email"]],
        # The envelope sender, to which undeliverable mail returns, differs from the author in the From header.
        from_email=settings.BOUNCE_ADDRESS or None,
        headers={"Message-ID": delivery.message_id, "From": settings.DEFAULT_FROM_EMAIL},
    )
    message.attach_alternative(render_to_string("emails/receipt-letter.html", context), "text/html")
    # Load the filing once and use it for both the PDF and the attachments, so that they cannot disagree.
    filed = filing.prepared(receipt)
    message.attach(f"{receipt.name}.pdf", pdf.pdf_of(receipt, filed), "application/pdf")
    for name, content, kind in filing.files_of(receipt, filed):
        message.attach(name, content, kind)
    return message


def unsent() -> list[tuple[int, int | None]]:
    """Deliveries still to be sent, oldest first, for the sweep; of a receipt of its own, with the order."""
    queued = Delivery.objects.filter(state=DeliveryState.QUEUED).order_by("queued_at")
    return list(queued.values_list("pk", "receipt__receipt_of"))
