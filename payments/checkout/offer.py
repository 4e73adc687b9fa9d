"""The dues that an account may pay, and the buyer of its documents."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from base.postgres.kept_queries import kept_query, parameter, read_both
from dues import ledger, oldest_first, successions
from dues.exceptions import DueHeld
from dues.models import Due, Kind
from members.models import Member, Succession, User
from members.numbers import assignments
from payments.exceptions import NotYourNumber, OnlySemefa
from payments.models import Order
from payments.states import UNKNOWN_ATTEMPT_STATES

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    from dues.ledger import HeldBy


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The member's choice (user guide, steps 3 and 4). It has no amounts: the ledger has them."""

    kind: str
    document: str
    dues: Sequence[Due]
    email: str
    buyer_document_type: str
    buyer_document_number: str
    buyer_name: str
    buyer_address: str = ""
    # Typed by whoever pays by a link (payments/ways/links.py).
    paid_by_other: bool = False


@dataclass(frozen=True)
class Buyer:
    """Whom this account's boletas name unless somebody else is typed; a successor's name nobody else."""

    document_type: str
    document_number: str
    name: str
    alone: bool = False


def buyer_of(member: Member, heir: Succession | None) -> Buyer:
    """Returns the buyer of an account: the member, or the successor of a dead one."""
    if heir:
        return Buyer(heir.document_type, heir.document_number, heir.name, alone=True)
    return Buyer(member.document_type, member.document_number, member.full_name)


def check(user: User, member: Member, kind: str) -> bool:
    """Checks that this account may pay this member's dues of this kind, and locks the account.

    Locking waits for a number change and for another choice of the same account, whose locks could deadlock. Returns
    whether the account has an unfinished order. Raises NotYourNumber or OnlySemefa.
    """
    _, [account] = read_both(_account_lock, _accounts, account=user.pk)
    payer = assignments.whom_of(account)
    if payer.member != member:
        raise NotYourNumber
    if kind not in successions.kinds_of(payer.succession):
        raise OnlySemefa
    return bool(account.has_unfinished)


@kept_query
def _account_lock() -> "QuerySet[User, tuple[int]]":
    return User.objects.select_for_update(no_key=True).filter(pk=parameter("account")).values_list("pk")


@kept_query
def _accounts() -> "QuerySet[Any]":
    unfinished = Order.objects.unfinished().filter(user=OuterRef("pk"))
    return assignments.with_whom(
        User.objects.filter(pk=parameter("account")).annotate(has_unfinished=Exists(unfinished))
    )


def choosable(
    user: User, open_dues: "Iterable[WithAnnotations[Due, HeldBy]]", *, today: date, ahead: Collection[str] = ()
) -> list[Due]:
    """Which of a member's open dues this account may pay online today, oldest first: within the window, and not held by
    an order, except one of its own that a choice replaces. Of the kinds in `ahead`, the coming PAY_AHEAD_MONTHS too."""
    dues = [due for due in open_dues if _within_window(due, today, ahead)]
    held = {due.held_by for due in dues if due.held_by}
    mine = Order.objects.filter(user=user, ref__in=held).exclude(attempts__state__in=UNKNOWN_ATTEMPT_STATES)
    own = set(mine.values_list("ref", flat=True)) if held else set()
    free: list[Due] = [due for due in dues if due.held_by is None or due.held_by in own]
    ledger.explain(due for due in free if due.kind == Kind.SEMEFA)
    return free


def lock_chosen(member: Member, choice: Choice) -> list[Due]:
    """Locks the chosen dues until the transaction ends and returns them with today's amounts, oldest first.

    Raises what dues.oldest_first.check raises, judged by what is open now (user guide, step 3). Raises DueNotOpen for a
    due that is not open or of another member or kind, and DueHeld for one held by another order.
    """
    chosen, open_dues = ledger.lock_among_open(member, choice.kind, [due.pk for due in choice.dues])
    if any(due.held_by for due in chosen):
        raise DueHeld
    today = timezone.localdate()
    payable = [due.period for due in open_dues if not due.held_by and _within_window(due, today, (choice.kind,))]
    oldest_first.check(payable, [due.period for due in chosen])
    return list(chosen)


def _within_window(due: Due, today: date, ahead: Collection[str]) -> bool:
    months_ahead = settings.PAY_AHEAD_MONTHS if due.kind in ahead else 0
    return oldest_first.is_payable(due.period, today, months_ahead=months_ahead)
