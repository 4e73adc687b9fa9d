"""Reminds members of open dues, before and after the due date, on the days that the treasury configured.

The recipients are computed each day. Excluded are members who paid, are exempt, died, left, reported a wrong CMP or
opted out; a successor is reminded of the SEMEFA. One letter a day names all dues of an account, and its key prevents a
second.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby, islice
from urllib.parse import urljoin

from django.conf import settings
from django.core import signing
from django.db.models import Exists, OuterRef, Q
from django.template.loader import render_to_string
from django.urls import reverse
from procrastinate.contrib.django import app as jobs
from procrastinate.types import JSONValue

from dues.models import Due, Kind
from members.models import Assignment, AssignmentReport, Member, MemberStatus, Succession, User
from payments.models import Letter, ReminderOptOut, ReminderStep

SIGNER = signing.Signer(salt="reminders")
BATCH = 500
PREFIX = "reminder:"


@dataclass(frozen=True)
class Reminder:
    """The open dues of an account to be reminded of on a day, oldest first."""

    user: User
    dues: tuple[Due, ...]

    @property
    def late_holder(self) -> Member | None:
        """Returns the dead physician whose SEMEFA this account took over, or None."""
        member = self.dues[0].member
        return member if member.status == MemberStatus.DECEASED else None

    @property
    def total(self) -> Decimal:
        return sum((due.amount for due in self.dues), Decimal("0.00"))


def due_on(day: date) -> Iterator[Reminder]:
    """Yields the reminders of a day in Lima. Runs one query, and one more for each BATCH of members."""
    due_dates = [day - timedelta(days=step) for step in ReminderStep.objects.values_list("days", flat=True)]
    succeeded = Succession.objects.current().filter(member=OuterRef("member"))
    reminded = Q(member__status=MemberStatus.ACTIVE) | Q(Exists(succeeded), kind=Kind.SEMEFA)
    open_dues = Due.objects.open().filter(reminded, due_date__in=due_dates)
    dues = open_dues.select_related("member").order_by("member_id", "period", "kind")
    by_member = groupby(dues.iterator(chunk_size=2000), key=lambda due: due.member_id)
    owed = ((member_id, tuple(dues_of_member)) for member_id, dues_of_member in by_member)
    while batch := list(islice(owed, BATCH)):
        accounts = _accounts_of([member_id for member_id, _ in batch])
        yield from (Reminder(accounts[member_id], due_now) for member_id, due_now in batch if member_id in accounts)


def _accounts_of(member_ids: Collection[int]) -> dict[int, User]:
    """Returns the accounts that pay for these members and may be written to, by member id, with one query.

    Accounts with an open report of a wrong CMP are excluded.
    """
    refused = ReminderOptOut.objects.filter(user=OuterRef("user"))
    frozen = AssignmentReport.objects.open().filter(user=OuterRef("user"))
    paying = Assignment.objects.current().filter(~Exists(refused), ~Exists(frozen), member__in=member_ids)
    live = paying.filter(user__is_active=True).select_related("user")
    return {assignment.member_id: assignment.user for assignment in live}


def write(day: date) -> int:
    """Writes the letters of a day, queues them and returns the number of new ones. Safe to repeat."""
    pending, written = due_on(day), 0
    while batch := list(islice(pending, BATCH)):
        letters = [_letter(reminder, day) for reminder in batch]
        existing = set(Letter.objects.filter(key__in=[letter.key for letter in letters]).values_list("key", flat=True))
        new = Letter.objects.bulk_create(letter for letter in letters if letter.key not in existing)
        # Low priority: a receipt must not wait for a thousand reminders.
        later = jobs.configure_task("payments.post", priority=-10)
        arguments: list[dict[str, JSONValue]] = [{"letter_id": letter.pk} for letter in new]
        if new:
            later.batch_defer(*arguments)
        written += len(new)
    return written


def text_of(reminder: Reminder) -> str:
    context = {
        "reminder": reminder,
        "pay_url": urljoin(settings.PORTAL_URL, reverse("greeting")),
        "stop_url": stop_url(reminder.user.pk),
        "college": settings.COLLEGE,
    }
    return render_to_string("payments/mail/reminder.txt", context)


def _letter(reminder: Reminder, day: date) -> Letter:
    return Letter(
        key=f"{PREFIX}{reminder.user.pk}:{day:%Y%m%d}",
        to=reminder.user.email,
        subject="Cuotas por pagar",
        body=text_of(reminder),
        # Mail programs offer to unsubscribe by these headers.
        headers={
            "List-Unsubscribe": f"<{stop_url(reminder.user.pk)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


# --- One click and no more letters (RFC 8058)


def page_of(user_id: int) -> str:
    """Returns the path of the opt-out page; its signature proves the account."""
    return reverse("stop_reminders", args=[SIGNER.sign(str(user_id))])


def stop_url(user_id: int) -> str:
    return str(settings.PORTAL_URL) + page_of(user_id)


def stopped(signed: str) -> bool:
    """Tells whether the account opted out. Like `stop` and `resume`, raises signing.BadSignature for a forged path."""
    return ReminderOptOut.objects.filter(user=_account(signed)).exists()


def stop(signed: str) -> None:
    """Opts the account out of reminders."""
    user_id = _account(signed)
    if User.objects.filter(pk=user_id).exists():
        ReminderOptOut.objects.get_or_create(user_id=user_id)


def resume(signed: str) -> None:
    """Opts the account in again."""
    ReminderOptOut.objects.filter(user=_account(signed)).delete()


def _account(signed: str) -> int:
    return int(SIGNER.unsign(signed))
