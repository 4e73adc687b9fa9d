"""A dependant takes over the SEMEFA of a physician who died (help page of cmp.org.pe, "derechohabiente").

Only the webmaster records it, with a document that proves it. The roll's word about the death is taken first; when it
has none yet, the day the webmaster gives is kept.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from members.models import Member, MemberStatus, Succession, User
from members.models.successions import SuccessionQuerySet


class SuccessionRule(Exception):
    """A succession cannot be recorded like this. Nothing changed."""

    sentence = "No se pudo registrar la sucesión. No cambió nada."


class HasOwnNumber(SuccessionRule):
    """An account pays for one member: a physician succeeds a relative with another account."""

    sentence = (
        "Esa cuenta ya paga el CMP de otro colegiado. La persona necesita otra cuenta, con otro correo, para la "
        "sucesión. No cambió nada."
    )


class NotBeforeTheDeath(SuccessionRule):
    """The holder owes the month of the death; the successor takes over with a month after it."""

    sentence = "La titularidad pasa desde el mes siguiente al del fallecimiento o después. No cambió nada."


class AlreadyRecorded(SuccessionRule):
    """Who took over is written down once, however often the button is pressed."""

    sentence = "Esa sucesión ya está registrada. No cambió nada."


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """What the webmaster records: who succeeds from which month (its first day), proved by a file checked by whoever
    took it; `died_on` only where the roll does not say it."""

    document_type: str
    document_number: str
    name: str
    first_period: date
    attachment: bytes
    attachment_type: str
    reason: str
    died_on: date | None = None


def current(user: User) -> Succession | None:
    """What this account took over, if it did; then it pays SEMEFA only."""
    return _known().current().filter(user=user).first()


def is_recorded(user: User, member: Member, claimed: Claimed) -> bool:
    """Whether just that was written down of this account, and holds."""
    person = {"document_type": claimed.document_type, "document_number": claimed.document_number, "name": claimed.name}
    living = Succession.objects.current().filter(user=user, member=member)
    return living.filter(first_period=claimed.first_period, **person).exists()


def history(user: User) -> QuerySet[Succession]:
    """Every succession of this account, the newest first."""
    return _known().filter(user=user).order_by("-recorded_at")


def _known() -> SuccessionQuerySet:
    return Succession.objects.select_related("member", "author", "ended_by").defer("attachment")


def says_when(member: Member) -> bool:
    """Whether the roll says that this member died, and when."""
    return member.status == MemberStatus.DECEASED and member.left_date is not None


def record(user: User, member: Member, claimed: Claimed, *, author: User) -> Succession:
    """Write down who took over. Runs in the caller's transaction, which sees to assignments, orders and dues.

    Raises NotBeforeTheDeath.
    """
    _record_death(member, claimed.died_on)
    if member.left_date is None or claimed.first_period <= member.left_date:
        raise NotBeforeTheDeath
    said = {name: value for name, value in vars(claimed).items() if name != "died_on"}
    return Succession.objects.create(user=user, member=member, author=author, **said)


def _record_death(member: Member, died_on: date | None) -> None:
    if died_on and not says_when(member):
        left = Coalesce(F("left_date"), died_on)  # who had withdrawn before stopped owing then
        Member.objects.filter(pk=member.pk).update(status=MemberStatus.DECEASED, left_date=left)
        member.refresh_from_db()


def end(users: list[User], *, author: User, reason: str, now: datetime) -> None:
    """What these accounts took over is theirs no more, from now on."""
    live = Succession.objects.current().filter(user__in=users)
    live.update(ended_at=now, ended_by=author, end_reason=reason)
