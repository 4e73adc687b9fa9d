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
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.template.loader import render_to_string
from django.urls import reverse
from procrastinate.contrib.django import app as jobs
from procrastinate.types import JSONValue

from base import periodic
from dues.models import Due, Kind, Settlement
from members.models import Assignment, AssignmentReport, MailProblem, Member, MemberStatus, Succession, User
from payments.models import Letter, Order, ReminderOptOut, ReminderStep
from payments.states import UNFINISHED_ORDER_STATES, UNKNOWN_ATTEMPT_STATES

SIGNER = signing.Signer(salt="reminders")
BATCH = 500
PREFIX = "reminder:"
#: The periodic work (base/periodic.py), and how many days of it are made up.
REMIND = "payments.remind"
LONGEST_MISSED = 31


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


def due_on(day: date, *missed: date) -> Iterator[Reminder]:
    """Everybody to be reminded on that day in Lima, and of what passed on the missed days, by today's truth.

    Reads only, in one query and one more for each BATCH of members.
    """
    steps = ReminderStep.objects.values_list("days", flat=True)
    due_dates = [passed - timedelta(days=step) for step in steps for passed in (day, *missed)]
    open_dues = _open_dues().filter(due_date__in=due_dates)
    dues = open_dues.select_related("member").order_by("member_id", "period", "kind")
    by_member = groupby(dues.iterator(chunk_size=2000), key=lambda due: due.member_id)
    owed = ((member_id, tuple(dues_of_member)) for member_id, dues_of_member in by_member)
    while batch := list(islice(owed, BATCH)):
        accounts = _accounts_of([member_id for member_id, _ in batch])
        yield from (Reminder(accounts[member_id], due_now) for member_id, due_now in batch if member_id in accounts)


def _open_dues() -> QuerySet[Due]:
    """The dues of which somebody may be reminded now: owed, of who is active or by a successor, no charge in doubt."""
    settled = Settlement.objects.filter(due=OuterRef("pk"), reversed_at=None)
    succeeded = Succession.objects.filter(member=OuterRef("member"), ended_at=None)
    reminded = Q(member__status=MemberStatus.ACTIVE) | Q(Exists(succeeded), kind=Kind.SEMEFA)
    in_doubt = Order.objects.filter(
        lines__due=OuterRef("pk"), state__in=UNFINISHED_ORDER_STATES, attempts__state__in=UNKNOWN_ATTEMPT_STATES
    )
    return Due.objects.filter(reminded, ~Exists(settled), ~Exists(in_doubt), exemption=None)


def _accounts_of(member_ids: Collection[int]) -> dict[int, User]:
    """Returns the accounts that pay for these members and may be written to, by member id, with one query.

    Accounts with an open report of a wrong CMP are excluded.
    """
    refused = ReminderOptOut.objects.filter(user=OuterRef("user"))
    frozen = AssignmentReport.objects.open().filter(user=OuterRef("user"))
    returned = MailProblem.objects.filter(email=Lower(OuterRef("user__email")))
    kept_away = Exists(refused) | Exists(frozen) | Exists(returned)
    paying = Assignment.objects.current().filter(~kept_away, member__in=member_ids)
    live = paying.filter(user__is_active=True).select_related("user")
    return {assignment.member_id: assignment.user for assignment in live}


def write_due(today: date) -> int:
    """Write the letters of today and of each day that passed without them, one letter an account; how many are new.

    A day is not made up after LONGEST_MISSED: its letter would come with the next step's.
    """
    last = periodic.last_done(REMIND)
    if last and last >= today:
        return 0
    count = min((today - last).days, LONGEST_MISSED) if last else 1
    written = write(today, *(today - timedelta(days=back) for back in range(1, count)))
    periodic.mark_done(REMIND, today)
    return written


def write(day: date, *missed: date) -> int:
    """Write the letters of the day and of the missed days, and let the worker send them; how many are new.

    Safe to repeat.
    """
    pending, written = due_on(day, *missed), 0
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


def why_not(letter: Letter) -> str:
    """Returns why a written reminder must not leave now, "" when it may; leaves out dues that are owed no more.

    Who paid, opted out, died, left or whose address returns letters is not reminded; nor of a due whose charge is in
    doubt.
    """
    if "dues" not in letter.about:
        return ""
    dues = list(_open_dues().filter(pk__in=letter.about["dues"]).select_related("member"))
    accounts = _accounts_of({due.member_id for due in dues})
    reminded = [due for due in dues if (user := accounts.get(due.member_id)) and user.pk == letter.about["user"]]
    if not reminded:
        return "Sus cuotas ya no se deben, o ya no se le recuerda"
    if len(reminded) < len(letter.about["dues"]):
        reminded.sort(key=lambda due: (due.period, due.kind))
        letter.body = text_of(Reminder(accounts[reminded[0].member_id], tuple(reminded)))
    return ""


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
        about={"user": reminder.user.pk, "dues": [due.pk for due in reminder.dues]},
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
