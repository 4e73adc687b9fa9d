"""The physician learns of every account that gets the own CMP number, and freezes one that is somebody else's.

The notice goes to the address of the roll, which nobody chooses by registering. Its link carries the assignment,
signed; it is good for as long as the assignment lives.
"""

from urllib.parse import urljoin

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from base import masked, sms
from members.models import Assignment, Session
from members.numbers.assignments import report

SALT = "members.ownership"


class UnknownLink(Exception):
    """The link names no living assignment."""

    sentence = "Este enlace no sirve: está incompleto, o esa cuenta ya no tiene su número CMP. No cambió nada."


def tell_roll(assignment: Assignment) -> None:
    """Write to the roll's addresses of the physician; nothing when the roll has none."""
    if assignment.member.email:
        mail_to_roll(assignment).send()
    elif assignment.member.mobile and sms.is_on():
        sms.send(assignment.member.mobile, text_to_roll(assignment))


def link(assignment: Assignment) -> str:
    """The address of the page on which the physician freezes the account."""
    token = signing.dumps(assignment.pk, salt=SALT)
    return str(urljoin(settings.PORTAL_URL, reverse("not_my_account", args=[token])))


def by_link(token: str) -> Assignment:
    """The assignment that a link names. Raises UnknownLink."""
    try:
        number = signing.loads(token, salt=SALT)
    except signing.BadSignature as forged:
        raise UnknownLink from forged
    living = Assignment.objects.select_related("user", "member").filter(pk=number, ended_at=None).first()
    if living is None:
        raise UnknownLink
    return living


def freeze(assignment: Assignment) -> None:
    """Stop the account: it pays for nobody, sees nothing of the physician, its sessions end; the webmaster is told.

    Safe to repeat: an open report stays the one it is.
    """
    with transaction.atomic():
        report(assignment.user, "El titular del CMP avisa que esta cuenta no es suya.", by_owner=True)
        now = timezone.now()
        Session.objects.filter(account=assignment.user, expire_date__gt=now).update(expire_date=now)


def mail_to_roll(assignment: Assignment) -> EmailMessage:
    """To the roll's e-mail address: which account got the number, and the link that freezes it."""
    context = {
        "member": assignment.member,
        "account": masked.email(assignment.user.email),
        "begun": assignment.started_at,
        "url": link(assignment),
        "webmaster": settings.WEBMASTER_EMAIL,
    }
    return EmailMessage(
        subject=f"Se abrió una cuenta para su CMP {assignment.member.cmp_number}",
        body=render_to_string("members/mail/account_opened.txt", context),
        to=[assignment.member.email],
        reply_to=[settings.WEBMASTER_EMAIL],
    )


def text_to_roll(assignment: Assignment) -> str:
    """The same for a mobile telephone."""
    return (
        f"CMP Digital: se abrio una cuenta para el CMP {assignment.member.cmp_number}. "
        f"Si no fue usted: {link(assignment)}"
    )
