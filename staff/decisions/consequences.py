"""The consequences of a decision, shown before it is made.

The decision is carried out in a savepoint that is rolled back: the preview cannot differ from what the same rules do.
Jobs and letters are rows of the same transaction, so nothing is sent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from dues import ledger, standing
from dues.exceptions import LedgerRule
from dues.models import Due, Settlement
from dues.standing import Standing
from members.models import Member, User
from payments.exceptions import CheckoutRule
from payments.models import Letter, Refund
from receipts.exceptions import ReceiptRule
from receipts.models import Credit
from receipts.notes import owed

#: A load that touches more members than this is not rehearsed: its page gives the count.
MOST_MEMBERS = 20


@dataclass(frozen=True, kw_only=True)
class Change:
    """One member before and after; a standing is None when no rule applies. Dues are listed oldest first.

    `paid_newer`: a reopened due stands behind a newer one of its kind that stays paid.
    """

    member: Member
    before: Standing | None
    after: Standing | None
    reopened: list[Due]
    closed: list[Due]
    paid_newer: bool

    @property
    def changes_standing(self) -> bool:
        return self.before is not None and self.after is not None and self.before.habil != self.after.habil


@dataclass(frozen=True, kw_only=True)
class Consequences:
    """Each member's change, the letters word for word, the credit notes; or the obstacle, a sentence in Spanish."""

    changes: list[Change] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    credits: list[Credit] = field(default_factory=list)
    obstacle: str = ""


@dataclass(frozen=True, kw_only=True)
class _State:
    standing: Standing | None
    open_dues: Mapping[int, Due]


def rehearse(act: Callable[[], object], *, members: Iterable[Member]) -> Consequences:
    """Returns what `act` would do to these members now, and leaves no trace of it.

    `act` is the decision itself, as the button would carry it out. A rule that it breaks is returned as the obstacle.
    """
    with transaction.atomic():
        consequences = _carried_out(act, list(members))
        transaction.set_rollback(True)
        return consequences


def _carried_out(act: Callable[[], object], members: list[Member]) -> Consequences:
    today = timezone.localdate()
    before = {member.pk: _state(member, today) for member in members}
    last_letter, last_refund = _last(Letter), _last(Refund)
    try:
        act()
        notes = _credits(members, last_refund)
    except (CheckoutRule, LedgerRule, ReceiptRule) as rule:
        return Consequences(obstacle=rule.sentence)
    changes = [_change(member, before[member.pk], _state(member, today)) for member in members]
    return Consequences(changes=changes, letters=_letters(members, last_letter), credits=notes)


def _state(member: Member, today: date) -> _State:
    open_dues = {due.pk: due for due in ledger.open_dues(member)}
    return _State(standing=standing.standing_of(member, on=today), open_dues=open_dues)


def _change(member: Member, before: _State, after: _State) -> Change:
    reopened = [due for key, due in after.open_dues.items() if key not in before.open_dues]
    return Change(
        member=member,
        before=before.standing,
        after=after.standing,
        reopened=reopened,
        closed=[due for key, due in before.open_dues.items() if key not in after.open_dues],
        paid_newer=_paid_newer(member, reopened),
    )


def _paid_newer(member: Member, reopened: Sequence[Due]) -> bool:
    newer = Q()
    for due in reopened:
        newer |= Q(due__kind=due.kind, due__period__gt=due.period)
    return bool(reopened) and Settlement.objects.standing().filter(newer, due__member=member).exists()


def _last(model: type[Letter] | type[Refund]) -> int:
    return model.objects.aggregate(last=Max("pk"))["last"] or 0


def _letters(members: list[Member], last: int) -> list[Letter]:
    """The letters to these members; other people's, written meanwhile, are left out, as are those to the college."""
    accounts = User.objects.filter(assignments__member__in=members, assignments__ended_at=None).values("email")
    new = Letter.objects.filter(pk__gt=last).exclude(to=settings.TREASURY_EMAIL)
    return list(new.filter(Q(attempt__order__member__in=members) | Q(to__in=accounts)).order_by("pk"))


def _credits(members: list[Member], last: int) -> list[Credit]:
    """The credit notes that the worker records for the refunds of these members."""
    new = Refund.objects.filter(pk__gt=last, attempt__order__member__in=members).order_by("pk")
    recorded = [owed.after_refund(refund.pk) for refund in new]
    return [credit for credit in recorded if credit]
