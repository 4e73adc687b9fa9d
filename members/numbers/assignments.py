"""Which member an account pays for, and what happens when it is the wrong one.

The webmaster, not the member, corrects an assignment (user guide step 2). From the moment a person says "este CMP no
es el mío" until the webmaster answers, that account cannot pay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, FilteredRelation, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from base.mail import PortalMail
from base.postgres.kept_queries import kept_query, parameter
from members.models import Assignment, AssignmentReport, Member, Succession, User
from members.models.numbers import AssignmentReportQuerySet
from members.numbers import successions


class AlreadyClosed(Exception):
    """A report is answered once."""

    sentence = "Este aviso ya fue cerrado."


class NothingToReport(Exception):
    """Only an account that pays for some CMP can say that it is the wrong one."""

    sentence = "Su cuenta no tiene un CMP asignado."


class NumberTaken(Exception):
    """A CMP has one account, and an account one CMP."""

    sentence = (
        "Ese CMP ya lo paga otra cuenta, o esta cuenta ya paga otro CMP: termine primero la asignación anterior, "
        "o intercambie los números de las dos cuentas. No cambió nada."
    )


def current_member(user: User) -> Member | None:
    """The physician this account pays for, with the regional council; None while it has none."""
    claim = Assignment.objects.current().select_related("member__regional_council").filter(user=user).first()
    return claim.member if claim else None


def open_report(user: User) -> AssignmentReport | None:
    """The report that freezes this account, if there is one."""
    return _reports().open().filter(user=user).first()


def answered_report(user: User) -> AssignmentReport | None:
    """The webmaster's latest answer to this account, if there is one."""
    return _reports().filter(user=user).exclude(closed_at=None).order_by("-closed_at").first()


def _reports() -> AssignmentReportQuerySet:
    return AssignmentReport.objects.select_related("member").defer("attachment")


@dataclass(frozen=True)
class PaysFor:
    """Whom an account says it pays for, its open report that this is wrong, and whose SEMEFA it took over, if so."""

    claimed: Member | None
    report: AssignmentReport | None
    succession: Succession | None

    @property
    def member(self) -> Member | None:
        """The physician this account may pay for now; None while it has no CMP or has reported it as wrong."""
        return None if self.report else self.claimed


def with_whom(accounts: "QuerySet[Any]") -> "QuerySet[Any]":
    """These accounts, each with what `whom_of` takes, in the same statement."""
    current = {
        "claim_now": FilteredRelation("assignments", condition=Q(assignments__ended_at=None)),
        "report_now": FilteredRelation("reports", condition=Q(reports__closed_at=None)),
        "succession_now": FilteredRelation("successions", condition=Q(successions__ended_at=None)),
    }
    related = "claim_now__member__regional_council", "report_now__member", "succession_now__member"
    accounts = accounts.alias(**current).select_related(*related)
    return accounts.defer("report_now__attachment", "succession_now__attachment")


def whom_of(account: User) -> PaysFor:
    """Of an account that was read `with_whom`."""
    claim: Assignment | None = getattr(account, "claim_now", None)
    return PaysFor(
        claimed=claim.member if claim else None,
        report=getattr(account, "report_now", None),
        succession=getattr(account, "succession_now", None),
    )


@kept_query
def _accounts() -> "QuerySet[Any]":
    return with_whom(User.objects.filter(pk=parameter("account")))


def pays_for(user: User) -> PaysFor:
    """What `current_member`, `open_report` and `succession.current` tell, in one statement instead of three."""
    return whom_of(_accounts.get(account=user.pk))


def is_payer(account: F, member: F) -> Q:
    """Whether this account may pay for this member now: `PaysFor.member`, asked within another statement."""
    claimed = Assignment.objects.current().filter(user=account, member=member)
    return Exists(claimed) & ~Exists(AssignmentReport.objects.open().filter(user=account))


def begin(
    user: User, member: Member, *, author: User | None, reason: str, started_at: datetime | None = None
) -> Assignment:
    """Let the account pay for the member from now on, and tell the roll's address of the physician about it.

    Every way to a number ends here. `author` is None when the person proved it alone. Raises IntegrityError for a CMP
    that has an account and for an account that has a CMP.
    """
    with transaction.atomic():
        begun = Assignment.objects.create(
            user=user, member=member, author=author, reason=reason, started_at=started_at or timezone.now()
        )
        # In the same transaction: a number given away without a letter would be noticed by nobody.
        jobs.configure_task("members.tell_roll").defer(assignment_id=begun.pk)
    return begun


def report(
    user: User, note: str = "", attachment: tuple[bytes, str] | None = None, *, by_owner: bool = False
) -> AssignmentReport:
    """Record "Este CMP no es el mío", freeze the account and tell the webmaster (user guide step 2).

    `attachment` is a file's bytes and its type, checked by whoever took it. `by_owner`: the physician says it, by the
    link that went to the roll's address.

    If a report is already open, returns it and sends no new mail. Raises NothingToReport.
    """
    member = current_member(user)
    if member is None:
        raise NothingToReport
    if (existing := open_report(user)) is not None:
        return existing
    try:
        with transaction.atomic():
            content, media_type = attachment or (None, "")
            opened = AssignmentReport.objects.create(
                user=user,
                member=member,
                note=note.strip(),
                attachment=content,
                attachment_type=media_type,
                by_owner=by_owner,
            )
            # In the same transaction: a report that nobody is told about would freeze the account for ever.
            jobs.configure_task("members.tell_webmaster").defer(report_id=opened.pk)
            return opened
    except IntegrityError:  # an_account_has_one_open_report: the button was pressed twice at once
        return AssignmentReport.objects.open().get(user=user)


def close_report(report: AssignmentReport, *, author: User, answer: str) -> None:
    """Answer a report; the account can pay again, for the CMP it is now assigned to. Raises AlreadyClosed."""
    with transaction.atomic():
        changed = (
            AssignmentReport.objects.open()
            .filter(pk=report.pk)
            .update(closed_at=timezone.now(), closed_by=author, answer=answer.strip())
        )
        if not changed:
            raise AlreadyClosed
        jobs.configure_task("members.tell_reporter").defer(report_id=report.pk)


def reassign(users: Sequence[User], members: Sequence[Member | None], *, author: User, reason: str) -> None:
    """End what these accounts pay for and give each its new member, or none, in the given order; write to all of them.

    Their open reports are answered with the reason, and what they had succeeded to ends. What was stays as it was, with
    who ended it and why. Runs in the caller's transaction, which has seen to their orders. Raises NumberTaken when an
    account outside pays for one.
    """
    now = timezone.now()
    before = {user.pk: current_member(user) for user in users}
    live = Assignment.objects.current().filter(user__in=users)
    live.update(ended_at=now, ended_by=author, end_reason=reason)
    successions.end(list(users), author=author, reason=reason, now=now)
    for user, member in zip(users, members, strict=True):
        if member is not None:
            _begin(user, member, author, reason, now)
        _answer_open_report(user, author, reason, now)
        _tell(user, before[user.pk], member, reason, among=users)


def _begin(user: User, member: Member, author: User, reason: str, now: datetime) -> None:
    try:
        with transaction.atomic():
            begin(user, member, author=author, reason=reason, started_at=now)
    except IntegrityError as taken:  # a_cmp_has_one_account
        raise NumberTaken from taken


def _answer_open_report(user: User, author: User, reason: str, now: datetime) -> None:
    AssignmentReport.objects.open().filter(user=user).update(closed_at=now, closed_by=author, answer=reason)


def _tell(user: User, old: Member | None, new: Member | None, reason: str, *, among: Sequence[User]) -> None:
    """Write to the account, and to the one that paid for this number before: it should know if that was its own."""
    former = Assignment.objects.filter(member=new).exclude(user__in=among).order_by("-ended_at").first()
    readers = {user.pk, former.user_id} if new and former else {user.pk}
    for reader in readers:
        jobs.configure_task("members.tell_of_correction").defer(
            user_id=reader,
            account_id=user.pk,
            old=old.pk if old else None,
            new=new.pk if new else None,
            reason=reason,
        )


def history(user: User) -> QuerySet[Assignment]:
    """Every member this account ever paid for, the newest first, with who began and ended it and why."""
    return Assignment.objects.filter(user=user).select_related("member", "author", "ended_by").order_by("-started_at")


def mail_of_correction(
    reader: User, account: User, *, old: Member | None, new: Member | None, reason: str
) -> EmailMessage:
    """To the corrected account, and to the one that paid for the number before."""
    context = {
        "own": reader == account,
        "old": old,
        "new": new,
        "reason": reason,
        "succession": successions.current(account),
        "url": urljoin(settings.PORTAL_URL, reverse("home")),
    }
    return PortalMail(
        subject="Cambió el número CMP de su cuenta" if reader == account else "Un número CMP cambió de cuenta",
        body=render_to_string("members/mail/corrected.txt", context),
        to=[reader.email],
        reply_to=[settings.WEBMASTER_EMAIL],
    )


def mail_to_webmaster(report: AssignmentReport) -> EmailMessage:
    """What the webmaster reads: who, which CMP, the note, and where to answer."""
    page = reverse("admin:members_assignmentreport_change", args=[report.pk])
    context = {"report": report, "url": urljoin(settings.PORTAL_URL, page)}
    return PortalMail(
        subject=f"Cuenta no reconocida por su titular: CMP {report.member.cmp_number}"
        if report.by_owner
        else f"CMP equivocado: {report.user.email} ve el CMP {report.member.cmp_number}",
        body=render_to_string("members/mail/report_opened.txt", context),
        to=[settings.WEBMASTER_EMAIL],
        reply_to=[report.user.email],
    )


def mail_to_reporter(report: AssignmentReport) -> EmailMessage:
    """The webmaster's answer, to the person who reported."""
    context = {"report": report, "url": urljoin(settings.PORTAL_URL, reverse("home"))}
    return PortalMail(
        subject="Respuesta a su aviso sobre su CMP",
        body=render_to_string("members/mail/report_closed.txt", context),
        to=[report.user.email],
        reply_to=[settings.WEBMASTER_EMAIL],
    )
