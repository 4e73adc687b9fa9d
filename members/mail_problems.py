"""Addresses that other mail servers refuse: no reminders go there, and the person is told at the next visit."""

import smtplib

from django.db.models import QuerySet

from base.postgres.kept_queries import kept_query, parameter
from members.models import MailProblem, User


def refused_for_good(error: Exception) -> bool:
    """Whether the address cannot be written to (ValueError) or its server refuses it (5xx; 4xx is "not now")."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, ValueError)


def note(email: str, *, why: str) -> None:
    """Record that letters to this address come back. Safe to repeat."""
    MailProblem.objects.get_or_create(email=email.lower(), defaults={"why": why[:300]})


@kept_query
def problem_of_address() -> "QuerySet[MailProblem]":
    return MailProblem.objects.filter(email=parameter("email"))


def of(user: User) -> MailProblem | None:
    """Returns the trouble with the account's address, None without one."""
    return MailProblem.objects.filter(email=user.email.lower()).first()


def forget(user: User) -> None:
    """The person says that the address works: reminders go there again until one comes back."""
    MailProblem.objects.filter(email=user.email.lower()).delete()
