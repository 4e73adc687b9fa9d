"""The only code that holds, frees, settles and reverses dues.

Amounts are soles with two decimals. All changes run in the caller's transaction, so that an order and its dues change
together or not at all.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, TypedDict
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import (
    BooleanField,
    Exists,
    Expression,
    F,
    Func,
    OuterRef,
    Prefetch,
    QuerySet,
    Subquery,
    prefetch_related_objects,
)
from django.utils import timezone

from base.postgres import kept_writes
from base.postgres.constraints import broken_constraint
from base.postgres.kept_queries import kept_query, parameter, read_both
from dues import exemptions
from dues.exceptions import AlreadyReversed, AlreadySettled, DueHeld, DueNotOpen, LedgerRule
from dues.models import Channel, Due, DueLine, Hold, Kind, Settlement, Surplus
from dues.models.settled import SettlementQuerySet
from members.models import Member

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class HeldBy(TypedDict):
    held_by: UUID | None


@dataclass(frozen=True)
class Totals:
    count: int
    amount: Decimal


@kept_query
def open_dues_of() -> "QuerySet[WithAnnotations[Due, HeldBy]]":
    return open_dues(parameter("member"))


def every_open_due(member: Member) -> "list[WithAnnotations[Due, HeldBy]]":
    """Returns `open_dues` of the member as a list."""
    return open_dues_of.all(member=member.pk)


def open_dues(
    member: "Member | Expression | Subquery", *, kind: str | None = None
) -> "QuerySet[WithAnnotations[Due, HeldBy]]":
    """Returns the open dues, oldest first, each with `held_by`: the order that is paying it, or None."""
    dues: QuerySet[Due] = Due.objects.open().filter(member=member)
    if kind:
        dues = dues.filter(kind=kind)
    return dues.annotate(held_by=Subquery(Hold.objects.filter(due=OuterRef("pk")).values("holder"))).order_by("period")


def explain(dues: Iterable[Due]) -> None:
    """Prefetches `due.people` and `due.repricings` with at most two queries."""
    charged = [due for due in dues if due.tariff_id]
    prefetch_related_objects(charged, Prefetch("lines", DueLine.objects.order_by("pk")), "repricings")


def totals_before(dues: Iterable[Due], first_payable: date) -> dict[str, Totals]:
    """Returns, by label of kind, the totals of open dues before the payable window (user guide, step 3).

    The page shows them apart; they cannot be paid online.
    """
    older = sorted((due for due in dues if due.period < first_payable), key=attrgetter("kind"))
    amounts = {kind: [due.amount for due in some] for kind, some in groupby(older, key=attrgetter("kind"))}
    return {Kind(kind).label: Totals(len(some), sum(some, Decimal("0.00"))) for kind, some in amounts.items()}


def lock(due_ids: Sequence[int]) -> list[Due]:
    """Locks these open dues and returns their current amounts; the page the member saw may be out of date.

    Raises DueNotOpen.
    """
    locked = lock_to_hold(due_ids)
    if settled_among(due_ids):
        raise DueNotOpen
    return locked


def lock_to_hold(due_ids: Sequence[int]) -> list[Due]:
    """Locks dues for `hold_locked`, whose trigger refuses settled ones (only_an_open_due_is_held)."""
    locked = list(Due.objects.select_for_update().filter(pk__in=due_ids, exemption=None).order_by("pk"))
    if len(locked) != len(set(due_ids)):
        raise DueNotOpen
    return locked


def lock_among_open(
    member: Member, kind: str, due_ids: Collection[int]
) -> "tuple[list[WithAnnotations[Due, HeldBy]], list[WithAnnotations[Due, HeldBy]]]":
    """Locks these open dues of one member and kind until the transaction ends.

    Returns them and every open due of that member and kind, oldest first, as read under the locks. Raises DueNotOpen
    if one is settled, exempt, or of another member or kind.
    """
    _, every = read_both(_dues_to_lock, open_dues_of, member=member.pk, kind=kind, ids=list(due_ids))
    of_kind = [due for due in every if due.kind == kind]
    chosen = [due for due in of_kind if due.pk in due_ids]
    if len(chosen) != len(set(due_ids)):
        raise DueNotOpen
    return chosen, of_kind


@kept_query
def _dues_to_lock() -> "QuerySet[Due, tuple[int]]":
    is_chosen = Func(
        F("pk"), parameter("ids"), template="%(expressions)s)", arg_joiner=" = ANY(", output_field=BooleanField()
    )
    dues = Due.objects.select_for_update().filter(is_chosen, member=parameter("member"), kind=parameter("kind"))
    return dues.order_by("pk").values_list("pk")


def hold_locked(dues: Sequence[Due], *, holder: UUID) -> None:
    """Reserves locked dues for one order, so that no second tab, device or account pays them.

    Raises DueNotOpen or DueHeld; the caller must then roll back its transaction.
    """
    _insert([Hold(due=due, holder=holder) for due in dues])


def release(holder: UUID) -> None:
    """Frees every due that this order holds. Safe to repeat."""
    kept_writes.delete(Hold, holder=holder)


def settled_among(due_ids: Iterable[int]) -> bool:
    return Settlement.objects.standing().filter(due__in=due_ids).exists()


def payable_by(holder: "UUID | Expression | F") -> QuerySet[Hold]:
    """Returns the order's holds of dues that are still open."""
    settled = Settlement.objects.standing().filter(due=OuterRef("due"))
    return Hold.objects.filter(~Exists(settled), holder=holder, due__exemption=None)


def settle(payments: Sequence[tuple[int, Decimal]], *, channel: Channel, reference: str, paid_at: datetime) -> None:
    """Settles these dues (id, soles). All money that pays a due passes here.

    Raises AlreadySettled if any of them is settled; the caller must then roll back its transaction.
    """
    _insert(
        [
            Settlement(due_id=due_id, amount=amount, channel=channel, reference=reference, paid_at=paid_at)
            # In a fixed order, as in imports, to rule out deadlocks.
            for due_id, amount in sorted(payments)
        ]
    )


def keep_surplus(
    due_id: int, amount: Decimal, *, channel: Channel, reference: str, paid_at: datetime, reason: str
) -> Surplus:
    """Record soles that came with a payment and that its due does not owe: the member's money, for staff to resolve."""
    due = Due.objects.get(pk=due_id)
    return Surplus.objects.create(
        member_id=due.member_id,
        due=due,
        amount=amount,
        channel=channel,
        reference=reference,
        paid_at=paid_at,
        reason=reason,
    )


def reverse(settlement: Settlement, *, author: str, reason: str) -> None:
    """Reverses a settlement; its due is open again, or exempt if an act covers it. Raises AlreadyReversed."""
    if not _reverse(Settlement.objects.filter(pk=settlement.pk), author=author, reason=reason):
        raise AlreadyReversed


def reverse_all(settlement_ids: Collection[int], *, author: str, reason: str) -> None:
    """Undo these settlements, all or none. Raises AlreadyReversed when one of them was reversed meanwhile."""
    with transaction.atomic():
        if _reverse(Settlement.objects.filter(pk__in=settlement_ids), author=author, reason=reason) < len(
            settlement_ids
        ):
            raise AlreadyReversed


def reverse_paid_by(reference: str, due_ids: Collection[int], *, author: str, reason: str) -> None:
    """Reverses what one card payment settled of these dues. Safe to repeat."""
    paid = Settlement.objects.filter(reference=reference, channel=Channel.CARD, due__in=due_ids)
    _reverse(paid, author=author, reason=reason)


def _reverse(chosen: SettlementQuerySet, *, author: str, reason: str) -> int:
    with transaction.atomic():
        live = list(chosen.standing().order_by("due").select_for_update())
        Settlement.objects.filter(pk__in=[settlement.pk for settlement in live]).update(
            reversed_at=timezone.now(), reversed_by=author, reversal_reason=reason
        )
        exemptions.payments_reversed(live, author=author)
    return len(live)


RULE_OF_CONSTRAINT: dict[str, type[LedgerRule]] = {
    "a_due_is_settled_once": AlreadySettled,
    "a_due_is_held_by_one_order": DueHeld,
    "only_an_open_due_is_held": DueNotOpen,
}


@contextmanager
def pipelined() -> Iterator[None]:
    """Like `kept_writes.pipelined`; at the end of the block raises what `settle` and `hold_locked` raise."""
    with _explained(), kept_writes.pipelined():
        yield


def _insert(written: Sequence[Hold] | Sequence[Settlement]) -> None:
    """Inserts all rows or none. A refusal ends the caller's transaction: a savepoint would cost two round trips."""
    with _explained():
        kept_writes.insert(written)


@contextmanager
def _explained() -> Iterator[None]:
    """Turns a broken constraint into the exception that explains it."""
    try:
        yield
    except IntegrityError as error:
        rule = RULE_OF_CONSTRAINT.get(broken_constraint(error))
        if rule is None:
            raise
        raise rule from error
