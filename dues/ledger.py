"""The only code that holds, frees, settles and reverses dues.

All amounts are soles with two decimals. Everything that changes rows runs in the caller's transaction, so that an
order and its dues move together or not at all.
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
from base.postgres.kept_queries import given, kept_query, read_both
from dues import exemptions
from dues.exceptions import AlreadyReversed, AlreadySettled, DueHeld, DueNotOpen, LedgerRule
from dues.models import Channel, Due, DueLine, Hold, Kind, Settlement, Surplus
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
    return open_dues(given("member"))


def every_open_due(member: Member) -> "list[WithAnnotations[Due, HeldBy]]":
    """As `open_dues`, read now."""
    return open_dues_of.all(member=member.pk)


def open_dues(
    member: "Member | Expression | Subquery", *, kind: str | None = None
) -> "QuerySet[WithAnnotations[Due, HeldBy]]":
    """Dues neither settled nor exempt, oldest first, each with `held_by`: the order that is paying it, or None."""
    settled = Settlement.objects.filter(due=OuterRef("pk"), reversed_at=None)
    dues = Due.objects.filter(~Exists(settled), member=member, exemption=None)
    if kind:
        dues = dues.filter(kind=kind)
    return dues.annotate(held_by=Subquery(Hold.objects.filter(due=OuterRef("pk")).values("holder"))).order_by("period")


def explain(dues: Iterable[Due]) -> None:
    """Fetch what `due.people` and `due.corrections` tell, in at most two queries for all."""
    charged = [due for due in dues if due.tariff_id]
    prefetch_related_objects(charged, Prefetch("lines", DueLine.objects.order_by("pk")), "corrections")


def totals_before(dues: Iterable[Due], first_payable: date) -> dict[str, Totals]:
    """What of a member's open dues lies beyond the look-back window, of each kind's label that has any: shown apart,
    never payable online (user guide step 3)."""
    older = sorted((due for due in dues if due.period < first_payable), key=attrgetter("kind"))
    amounts = {kind: [due.amount for due in some] for kind, some in groupby(older, key=attrgetter("kind"))}
    return {Kind(kind).label: Totals(len(some), sum(some, Decimal("0.00"))) for kind, some in amounts.items()}


def lock(due_ids: Sequence[int]) -> list[Due]:
    """These open dues as they are now, unchanged until the transaction ends: a page may show an amount of yesterday.

    Raises DueNotOpen.
    """
    locked = lock_to_hold(due_ids)
    if settled_among(due_ids):
        raise DueNotOpen
    return locked


def lock_to_hold(due_ids: Sequence[int]) -> list[Due]:
    """As `lock`, for `hold_locked`: it finds out whether one of them is settled (only_an_open_due_is_held)."""
    locked = list(Due.objects.select_for_update().filter(pk__in=due_ids, exemption=None).order_by("pk"))
    if len(locked) != len(set(due_ids)):
        raise DueNotOpen
    return locked


def lock_among_open(
    member: Member, kind: str, due_ids: Collection[int]
) -> "tuple[list[WithAnnotations[Due, HeldBy]], list[WithAnnotations[Due, HeldBy]]]":
    """Lock these open dues of one member and kind until the transaction ends. Returns them, and every open due of that
    member and kind, both oldest first and as they are once the locks are held.

    Raises DueNotOpen when one of them is settled, exempt, or no due of that member and kind.
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
        F("pk"), given("ids"), template="%(expressions)s)", arg_joiner=" = ANY(", output_field=BooleanField()
    )
    dues = Due.objects.select_for_update().filter(is_chosen, member=given("member"), kind=given("kind"))
    return dues.order_by("pk").values_list("pk")


def hold_locked(dues: Sequence[Due], *, holder: UUID) -> None:
    """Reserve dues, locked by this transaction, for one order: no second tab, device or account pays them meanwhile.

    Raises DueNotOpen or DueHeld, and then the caller's transaction has to be rolled back.
    """
    _insert([Hold(due=due, holder=holder) for due in dues])


def release(holder: UUID) -> None:
    """Free every due that this order holds. Safe to repeat."""
    kept_writes.delete(Hold, holder=holder)


def settled_among(due_ids: Iterable[int]) -> bool:
    return Settlement.objects.filter(due__in=due_ids, reversed_at=None).exists()


def payable_by(holder: "UUID | Expression | F") -> QuerySet[Hold]:
    """This order's holds of dues that are still open."""
    settled = Settlement.objects.filter(due=OuterRef("due"), reversed_at=None)
    return Hold.objects.filter(~Exists(settled), holder=holder, due__exemption=None)


def settle(payments: Sequence[tuple[int, Decimal]], *, channel: Channel, reference: str, paid_at: datetime) -> None:
    """Record that these dues (id, soles) were paid. The one verb by which money pays a due.

    Raises AlreadySettled when any of them is settled; then the caller's transaction has to be rolled back.
    """
    _insert(
        [
            Settlement(due_id=due_id, amount=amount, channel=channel, reference=reference, paid_at=paid_at)
            # In one order, as imports do, so that two of them never wait for each other.
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
    """Undo a settlement without touching what it said; its due is open again, or exempt if an act covers it.

    Raises AlreadyReversed.
    """
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
    """Undo what one payment settled of these dues; they are open again. Safe to repeat."""
    paid = Settlement.objects.filter(reference=reference, channel=Channel.CARD, due__in=due_ids)
    _reverse(paid, author=author, reason=reason)


def _reverse(chosen: QuerySet[Settlement], *, author: str, reason: str) -> int:
    with transaction.atomic():
        live = list(chosen.filter(reversed_at=None).order_by("due").select_for_update())
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
    """As `rows.pipelined`; raises what `settle` and `hold_locked` raise when the block ends."""
    with _explained(), kept_writes.pipelined():
        yield


def _insert(written: Sequence[Hold] | Sequence[Settlement]) -> None:
    """Insert all or none. The caller's transaction is over when they are refused: a savepoint would cost each payment
    two round trips for what hardly ever happens."""
    with _explained():
        kept_writes.insert(written)


@contextmanager
def _explained() -> Iterator[None]:
    """The database decides, the exception explains."""
    try:
        yield
    except IntegrityError as error:
        rule = RULE_OF_CONSTRAINT.get(broken_constraint(error))
        if rule is None:
            raise
        raise rule from error
