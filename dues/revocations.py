"""An act entered by mistake is revoked by two people: its months are owed again only when the second one agrees."""

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from dues import conflicts, exemptions
from dues.exceptions import ActDecided, ActRevoked, CreditGivenBack, OwnAct, RevocationProposed
from dues.models import Exemption, RevocationProposal
from members import actors
from members.models import User


def propose(act: Exemption, *, author: User, reason: str) -> RevocationProposal:
    """Write down why the act is wrong; nothing changes yet.

    Raises OwnNumber for the author's own number or family, ActRevoked, CreditGivenBack, RevocationProposed.
    """
    conflicts.refuse_own(author, [act.member_id])
    if Exemption.objects.filter(pk=act.pk).exclude(revoked_at=None).exists():
        raise ActRevoked
    if exemptions.given_back(act).exists():
        raise CreditGivenBack
    try:
        with transaction.atomic():
            return RevocationProposal.objects.create(exemption=act, author=author, reason=reason)
    except IntegrityError as error:  # an_act_has_one_open_revocation
        raise RevocationProposed from error


def waiting() -> "QuerySet[RevocationProposal]":
    """The revocations that no second person has decided yet, the oldest first."""
    undecided = RevocationProposal.objects.filter(decided_at=None)
    return undecided.select_related("exemption__member", "author").order_by("proposed_at")


def approve(proposal_id: int, *, by: User) -> int:
    """A second person revokes the act; returns how many months are owed again.

    Raises OwnAct, OwnNumber, ActDecided, and what `exemptions.revoke` raises.
    """
    with transaction.atomic():
        proposal = _lock(proposal_id)
        if proposal.author == by:
            raise OwnAct
        conflicts.refuse_own(by, [proposal.exemption.member_id])
        owed = exemptions.revoke(proposal.exemption, author=actors.actor(by), reason=proposal.reason)
        _decide(proposal, by)
        return owed


def reject(proposal_id: int, *, by: User, reason: str) -> None:
    """The act stands, or its author takes the proposal back. Raises ActDecided."""
    with transaction.atomic():
        proposal = _lock(proposal_id)
        proposal.rejection = reason
        _decide(proposal, by)


def _lock(proposal_id: int) -> RevocationProposal:
    proposals = RevocationProposal.objects.select_for_update(of=("self",)).select_related("exemption", "author")
    proposal = proposals.get(pk=proposal_id)
    if proposal.decided_at:
        raise ActDecided
    return proposal


def _decide(proposal: RevocationProposal, by: User) -> None:
    proposal.decided_by, proposal.decided_at = by, timezone.now()
    proposal.save(update_fields=["decided_by", "decided_at", "rejection"])
