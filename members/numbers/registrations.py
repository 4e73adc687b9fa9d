"""How an account opened by its own person gets its CMP number.

Who one is, is said once, at registration. When the e-mail is confirmed, and not before (a slip in the address would
give the number away), the roll is asked: CMP and document of one living physician whom no account pays for yet are
linked at once. Anything else waits for the webmaster, who sees both sides.
"""

from dataclasses import dataclass
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from base.mail import PortalMail
from members.models import OPEN_CLAIM_STATES, Assignment, Claim, ClaimState, Member, MemberStatus, User
from members.numbers import assignments


class AlreadyDecided(Exception):
    """A claim is decided once."""

    sentence = "Esta solicitud ya fue decidida."


@dataclass(frozen=True)
class Declared:
    """What was typed at registration."""

    cmp_number: int
    document_type: str
    document_number: str
    given_names: str
    surnames: str


@dataclass(frozen=True)
class Sides:
    """A claim beside what we know: the roll's rows of that CMP and of that document, and who pays for the CMP now."""

    by_number: Member | None
    by_document: Member | None
    holder: User | None

    @property
    def match(self) -> Member | None:
        """The physician the roll says this is; None while anything differs."""
        member = self.by_number
        same = member is not None and member == self.by_document and member.status != MemberStatus.DECEASED
        return member if same and self.holder is None else None


def declare(user: User, declared: Declared) -> Claim:
    """Keep what a person said at registration. Nothing is compared yet, so no answer can tell what the roll says."""
    return Claim.objects.create(user=user, **vars(declared))


def latest_claim(user: User) -> Claim | None:
    return Claim.objects.filter(user=user).order_by("-made_at").first()


def confirmed(user: User) -> None:
    """The account's e-mail is confirmed: link its claim if the roll agrees, else hand it to the webmaster.

    Safe to call again; without an unconfirmed claim it does nothing.
    """
    with transaction.atomic():
        unconfirmed = Claim.objects.select_for_update(of=("self",)).select_related("user")
        claim = unconfirmed.filter(user=user, state=ClaimState.UNCONFIRMED).first()
        if claim is None:
            return
        if (member := compare(claim).match) is None or not _assigned(claim, member):
            _wait(claim)


def compare(claim: Claim) -> Sides:
    """Both sides of a claim, as the roll and the assignments are now."""
    roll = Member.objects.select_related("regional_council")
    document = {"document_type": claim.document_type, "document_number": claim.document_number}
    held = Assignment.objects.filter(member__cmp_number=claim.cmp_number, ended_at=None).exclude(user=claim.user)
    holder = held.select_related("user").first()
    return Sides(
        by_number=roll.filter(cmp_number=claim.cmp_number).first(),
        by_document=roll.filter(**document).first(),
        holder=holder.user if holder else None,
    )


def accept(claim: Claim, *, member: Member, author: User, answer: str) -> None:
    """Give the account this CMP and write to its person. Raises AlreadyDecided, assignment.NumberTaken."""
    with transaction.atomic():
        _decide(claim, ClaimState.LINKED, author=author, answer=answer)
        if not _assigned(claim, member, author=author):
            raise assignments.NumberTaken


def refuse(claim: Claim, *, author: User, answer: str) -> None:
    """Leave the account without a CMP and write to its person why. Raises AlreadyDecided."""
    with transaction.atomic():
        _decide(claim, ClaimState.REFUSED, author=author, answer=answer)


def close(user: User, *, author: User, answer: str) -> None:
    """The webmaster gave the account its number elsewhere: its waiting claim is answered."""
    waiting = Claim.objects.filter(user=user, state=ClaimState.WAITING)
    waiting.update(state=ClaimState.LINKED, decided_at=timezone.now(), decided_by=author, answer=answer)


def _decide(claim: Claim, state: ClaimState, *, author: User, answer: str) -> None:
    decided = {"decided_at": timezone.now(), "decided_by": author, "answer": answer.strip()}
    if not Claim.objects.filter(pk=claim.pk, state=ClaimState.WAITING).update(state=state, **decided):
        raise AlreadyDecided
    jobs.configure_task("members.tell_claimant").defer(claim_id=claim.pk)


def _assigned(claim: Claim, member: Member, author: User | None = None) -> bool:
    """Whether the account now pays for the member; not when another registration was quicker."""
    reason = f"Solicitud de registro {claim.pk}" if author else "CMP y documento del registro coinciden con el padrón"
    try:
        with transaction.atomic():
            Assignment.objects.create(user=claim.user, member=member, author=author, reason=reason)
    except IntegrityError:  # a_cmp_has_one_account, an_account_claims_one_cmp
        return False
    if author is None:
        Claim.objects.filter(pk=claim.pk).update(state=ClaimState.LINKED, decided_at=timezone.now())
    return True


def _wait(claim: Claim) -> None:
    if assignments.current_member(claim.user):  # the webmaster was quicker: nothing is left to decide
        Claim.objects.filter(pk=claim.pk).update(state=ClaimState.LINKED, decided_at=timezone.now())
        return
    Claim.objects.filter(pk=claim.pk, state__in=OPEN_CLAIM_STATES).update(state=ClaimState.WAITING)
    # In the same transaction: a claim that nobody is told about would wait for ever.
    jobs.configure_task("members.tell_webmaster_of_claim").defer(claim_id=claim.pk)


def mail_to_webmaster(claim: Claim) -> EmailMessage:
    """That somebody waits, and where to compare; personal data stay behind the login."""
    page = reverse("admin:members_claim_change", args=[claim.pk])
    context = {"claim": claim, "url": urljoin(settings.PORTAL_URL, page)}
    return PortalMail(
        subject=f"Registro por revisar: CMP {claim.cmp_number}",
        body=render_to_string("members/mail/claim_waiting.txt", context),
        to=[settings.WEBMASTER_EMAIL],
        reply_to=[claim.user.email],
    )


def mail_to_claimant(claim: Claim) -> EmailMessage:
    """The webmaster's decision, to the person who registered."""
    linked = claim.state == ClaimState.LINKED
    context = {
        "claim": claim,
        "member": assignments.current_member(claim.user) if linked else None,
        "url": urljoin(settings.PORTAL_URL, reverse("home")),
    }
    return PortalMail(
        subject="Su cuenta ya puede pagar" if linked else "No pudimos asignarle un número CMP",
        body=render_to_string("members/mail/claim_decided.txt", context),
        to=[claim.user.email],
        reply_to=[settings.WEBMASTER_EMAIL],
    )
