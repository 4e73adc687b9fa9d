"""Shares of the councils: one person proposes the percentage with its agreement, another approves it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from base.postgres.constraints import broken_constraint
from members.models import RegionalCouncil, User
from staff.models import CouncilShare


class ShareRefused(Exception):
    """A share that cannot be; its text says why."""


BROKEN = {
    "a_day_begins_one_share_of_a_council": "Ese consejo ya tiene una participación que empieza ese día.",
    "a_share_changes_no_past_statement": (
        "Ese consejo ya tiene una participación: la nueva empieza hoy o después, y después de la anterior, porque los "
        "estados ya entregados no cambian."
    ),
    "a_second_person_approves_a_share": "Otra persona debe aprobar la participación que usted propuso.",
}


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """`percent` of what the council's members pay of that kind, from `valid_from` on; `basis` is the agreement."""

    council: RegionalCouncil
    kind: str
    valid_from: date
    percent: Decimal
    basis: str


def current() -> "QuerySet[CouncilShare]":
    """The approved shares, the newest of a council first."""
    shares = CouncilShare.objects.approved().select_related("council", "author", "decided_by")
    return shares.order_by("council", "kind", "-valid_from")


def waiting() -> "QuerySet[CouncilShare]":
    return CouncilShare.objects.pending().select_related("council", "author").order_by("proposed_at")


def propose(proposed: Proposed, *, author: User) -> CouncilShare:
    """Writes a share down; no statement uses it until another person approves. Raises ShareRefused."""
    with _refusing():
        return CouncilShare.objects.create(author=author, **vars(proposed))


def approve(share_id: int, *, by: User) -> CouncilShare:
    """From its day on statements use it. Raises ShareRefused: decided already, one's own, or of the past."""
    with _refusing():
        return _decide(share_id, by, "")


def reject(share_id: int, *, by: User, reason: str) -> CouncilShare:
    """Whoever may approve says no, or its author takes it back. Raises ShareRefused."""
    with _refusing():
        return _decide(share_id, by, reason)


def _decide(share_id: int, by: User, rejection: str) -> CouncilShare:
    share = CouncilShare.objects.select_for_update().get(pk=share_id)
    if share.decided_at:
        raise ShareRefused("Esa participación ya se decidió.")
    share.decided_by, share.decided_at, share.rejection = by, timezone.now(), rejection
    share.save(update_fields=["decided_by", "decided_at", "rejection"])
    return share


@contextmanager
def _refusing() -> Iterator[None]:
    """A transaction in which a broken rule becomes the exception that explains it."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        sentence = BROKEN.get(broken_constraint(error))
        if sentence is None:
            raise
        raise ShareRefused(sentence) from error
