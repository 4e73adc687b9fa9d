"""Acts of the college by two people: one proposes with the document, another approves, and only then it frees."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet, Sum
from django.utils import timezone

from base.postgres.constraints import broken_constraint
from dues import conflicts, exemptions
from dues.exceptions import ActDecided, ActRecorded, OwnAct
from dues.models import ActProposal, Due, Exemption
from members.models import Member, User


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """What an act says: the kind of act, its months (first days, both included), and the document with its date.

    `evidence` is the scan of the document, a PDF or JPG checked by whoever took it.
    """

    act: str
    kind: str
    first_period: date
    last_period: date
    reason: str
    document: str
    granted_date: date
    evidence: bytes
    evidence_type: str


def propose(*, member: Member, resolution: Resolution, author: User) -> ActProposal:
    """Write down an act; it frees nothing until a second person approves it.

    An act worth no more than SECOND_PERSON_ABOVE soles is granted at once. Raises OwnNumber for the author's own number
    or family, ActRecorded when the act is on record.
    """
    conflicts.refuse_own(author, [member.pk])
    if _recorded(member, resolution):
        raise ActRecorded
    with transaction.atomic():
        proposal = ActProposal.objects.create(
            member=member,
            author=author,
            worth=worth(member, resolution),
            second_person_above=settings.SECOND_PERSON_ABOVE,
            **vars(resolution),
        )
        if proposal.worth is not None and proposal.worth <= proposal.second_person_above:
            _grant(proposal, by=author)
        return proposal


def _recorded(member: Member, resolution: Resolution) -> bool:
    same = {"kind": resolution.kind, "first_period": resolution.first_period, "document": resolution.document}
    return Exemption.objects.filter(member=member, revoked_at=None, **same).exists()


def worth(member: Member, resolution: Resolution) -> Decimal | None:
    """Soles of the dues that the act covers; None when it reaches a month that is not charged yet."""
    charged = Due.objects.filter(member=member, kind=resolution.kind)
    newest = charged.aggregate(newest=Max("period"))["newest"]
    if newest is None or resolution.last_period > newest:
        return None
    covered = charged.filter(period__range=(resolution.first_period, resolution.last_period))
    return covered.aggregate(sum=Sum("amount"))["sum"] or Decimal("0.00")


def waiting() -> "QuerySet[ActProposal]":
    """The acts that no second person has decided yet, the oldest first."""
    undecided = ActProposal.objects.filter(decided_at=None).select_related("member", "author")
    return undecided.defer("evidence").order_by("proposed_at")


def approve(proposal_id: int, *, by: User) -> Exemption:
    """A second person agrees and the months are free. Raises OwnAct, OwnNumber, ActDecided, ActRecorded."""
    with transaction.atomic():
        proposal = _lock(proposal_id)
        if proposal.author == by:
            raise OwnAct
        conflicts.refuse_own(by, [proposal.member_id])
        return _grant(proposal, by=by)


def reject(proposal_id: int, *, by: User, reason: str) -> ActProposal:
    """Whoever may approve says no, or its author takes it back. Raises ActDecided."""
    with transaction.atomic():
        proposal = _lock(proposal_id)
        proposal.rejection = reason
        _decide(proposal, by)
        return proposal


def _lock(proposal_id: int) -> ActProposal:
    proposals = ActProposal.objects.select_for_update(of=("self",)).select_related("author", "member")
    proposal = proposals.defer("evidence").get(pk=proposal_id)
    if proposal.decided_at:
        raise ActDecided
    return proposal


def _grant(proposal: ActProposal, *, by: User) -> Exemption:
    try:
        with transaction.atomic():
            proposal.exemption = exemptions.grant(
                member=proposal.member,
                act=proposal.act,
                kind=proposal.kind,
                first_period=proposal.first_period,
                last_period=proposal.last_period,
                reason=proposal.reason,
                document=proposal.document,
                granted_date=proposal.granted_date,
                author=proposal.author,
            )
    except IntegrityError as error:
        if broken_constraint(error) == "an_exemption_is_recorded_once":
            raise ActRecorded from error
        raise
    _decide(proposal, by)
    return proposal.exemption


def _decide(proposal: ActProposal, by: User) -> None:
    proposal.decided_by, proposal.decided_at = by, timezone.now()
    proposal.save(update_fields=["decided_by", "decided_at", "rejection", "exemption"])
