"""Payments that came by file (bank, payroll) and were wrong: two people take one row or a whole load back.

The dues are owed again, and what the load left over as a surplus is closed: that money never came. A file that brings
the same operation again does not pay with it.
"""

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from base.postgres.constraints import broken_constraint
from dues import ledger
from dues.models import BY_HAND, Channel, DataLoad, Settlement, Surplus
from members.models import User
from payments import trail
from payments.exceptions import FileReversalRule
from payments.models import FileReversal

ONCE = ("a_file_payment_is_taken_back_once", "a_load_is_taken_back_once")


def settlements_of(load: DataLoad) -> QuerySet[Settlement]:
    """Returns what this load of payments settled and still stands, oldest due first."""
    if load.content != DataLoad.Content.PAYMENTS or load.began_at is None:
        return Settlement.objects.none()
    return _by_file().filter(recorded_at=load.began_at).order_by("due__period", "pk")


def _by_file() -> QuerySet[Settlement]:
    standing = Settlement.objects.filter(reversed_at=None).exclude(channel=Channel.CARD)
    return standing.exclude(reference__startswith=BY_HAND)


def surpluses_of(load: DataLoad) -> QuerySet[Surplus]:
    """Returns what this load brought for dues that did not owe it."""
    if load.content != DataLoad.Content.PAYMENTS or load.began_at is None:
        return Surplus.objects.none()
    return Surplus.objects.filter(recorded_at=load.began_at, exemption=None).exclude(channel=Channel.CARD)


def propose(
    *, author: User, reason: str, settlement: Settlement | None = None, load: DataLoad | None = None
) -> FileReversal:
    """Ask to take back one payment of a file, or a whole load. Nothing changes yet.

    Raises FileReversalRule when it came by card or by hand, stands no more, or a proposal is there already.
    """
    try:
        with transaction.atomic():
            if not _standing(settlement, load):
                raise FileReversalRule
            return FileReversal.objects.create(settlement=settlement, load=load, author=author, reason=reason)
    except IntegrityError as error:
        if broken_constraint(error) in ONCE:
            raise FileReversalRule from error
        raise


def confirm(reversal_id: int, *, by: User) -> FileReversal:
    """A second person agrees: the dues are owed again, all or none.

    Raises FileReversalRule by its author, when it was decided, and when a surplus of the load was given back already;
    dues.exceptions.AlreadyReversed when a payment was reversed meanwhile.
    """
    with transaction.atomic():
        reversal = _lock(reversal_id)
        if reversal.author == by:
            raise FileReversalRule
        _close_surpluses(reversal, by)
        ids = _standing(reversal.settlement, reversal.load)
        ledger.reverse_all(ids, author=trail.actor(by), reason=reversal.reason)
        return _decide(reversal, by)


def reject(reversal_id: int, *, by: User) -> FileReversal:
    """Who may confirm says no, or the author takes it back. Raises FileReversalRule when it was decided."""
    with transaction.atomic():
        reversal = _lock(reversal_id)
        reversal.rejected = True
        return _decide(reversal, by)


def _standing(settlement: Settlement | None, load: DataLoad | None) -> list[int]:
    if load:
        return list(settlements_of(load).values_list("pk", flat=True))
    return list(_by_file().filter(pk=settlement.pk).values_list("pk", flat=True)) if settlement else []


def _close_surpluses(reversal: FileReversal, by: User) -> None:
    if reversal.load is None:
        return
    surpluses = list(surpluses_of(reversal.load).order_by("pk").select_for_update())
    if any(surplus.resolved_at for surplus in surpluses):
        raise FileReversalRule
    how = f"La carga se revirtió: {reversal.reason}"[:200]
    Surplus.resolve_all([surplus.pk for surplus in surpluses], author=trail.actor(by), how=how)


def _lock(reversal_id: int) -> FileReversal:
    people = FileReversal.objects.select_related("author", "load", "settlement")
    reversal = people.select_for_update(of=("self",)).get(pk=reversal_id)
    if reversal.decided_at:
        raise FileReversalRule
    return reversal


def _decide(reversal: FileReversal, by: User) -> FileReversal:
    reversal.decided_by, reversal.decided_at = by, timezone.now()
    reversal.save(update_fields=["decided_by", "decided_at", "rejected"])
    return reversal
