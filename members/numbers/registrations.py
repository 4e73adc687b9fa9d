"""How an account opened by its own person gets its CMP number.

Who one is, is said once, at registration. When the e-mail is confirmed, and not before (a slip in the address would
give the number away), the roll is asked. What the roll confirms is linked by a code that goes to the roll's own
address (members/numbers/proof.py); anything else waits for the webmaster, who sees both sides and a photo.

What nobody confirmed dies with the next sign-up of that address: whoever used it first may not have been its owner.
"""

from dataclasses import dataclass
from urllib.parse import urljoin

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from base.mail import PortalMail
from base.postgres.plain_names import alike
from members.exceptions import StaffNeedsTwo
from members.login.second_factor import may_act
from members.models import (
    OPEN_CLAIM_STATES,
    Assignment,
    Claim,
    ClaimState,
    Member,
    MemberStatus,
    Proof,
    User,
)
from members.numbers import assignments


class AlreadyDecided(Exception):
    """A claim is decided once."""

    sentence = "Esta solicitud ya fue decidida."


class AlreadyOpen(Exception):
    """An account has one open claim, or its number already: the refused one stays closed."""

    sentence = "Esa cuenta ya tiene un CMP u otra solicitud por revisar: esta no se reabre. No cambió nada."


class NoPhoto(Exception):
    """The webmaster decides on a photo of the person with the carné: what was typed is public."""

    sentence = "La persona no envió su foto con el carné. Pídasela antes de asignarle un CMP. No cambió nada."


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
    declared_name: str = ""

    @property
    def name_agrees(self) -> bool:
        """Whether the declared name is the roll's for that number, accents and capitals aside."""
        return self.by_number is not None and alike(self.declared_name, self.by_number.full_name)

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


def unconfirmed_claim(user: User) -> Claim | None:
    """What was typed for this account while nobody has confirmed its e-mail address; None afterwards."""
    return Claim.objects.filter(user=user, state=ClaimState.UNCONFIRMED).first()


def unconfirmed_accounts(email: str) -> set[int]:
    """The accounts (their numbers) of this address that nobody has confirmed."""
    claims = Claim.objects.filter(user__email__iexact=email, state=ClaimState.UNCONFIRMED)
    return set(claims.values_list("user", flat=True))


def never_confirmed() -> "QuerySet[User]":
    """Accounts opened by somebody who never pressed the link; such an account can have done nothing else."""
    confirmed_address = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    claim = Claim.objects.filter(user=OuterRef("pk"), state=ClaimState.UNCONFIRMED)
    nobody_came = User.objects.filter(last_login=None, is_staff=False, assignments=None)
    return nobody_came.filter(Exists(claim), ~Exists(confirmed_address))


def forget(accounts: "QuerySet[User]") -> int:
    """Delete these accounts with what was typed for them; how many. Only for rows of `never_confirmed`."""
    with transaction.atomic():
        chosen = list(accounts.select_for_update(of=("self",)).values_list("pk", flat=True))
        Claim.objects.filter(user__in=chosen).delete()
        User.objects.filter(pk__in=chosen).delete()
    return len(chosen)


def forget_unconfirmed(email: str) -> bool:
    """Delete what was typed for an address that nobody confirmed; whether there was such an account."""
    return bool(forget(never_confirmed().filter(email__iexact=email)))


def confirmed(user: User) -> None:
    """The account's e-mail is confirmed: its person may now prove who it is (members/numbers/proof.py).

    Safe to call again; without an unconfirmed claim it does nothing.
    """
    with transaction.atomic():
        claims = Claim.objects.select_for_update(of=("self",)).select_related("user")
        claim = claims.filter(user=user, state=ClaimState.UNCONFIRMED).first()
        if claim is None:
            return
        giver = Assignment.objects.filter(user=user, ended_at=None).first()
        if giver is not None:  # the webmaster was quicker: nothing is left to prove
            _conclude(claim, proof=Proof.WEBMASTER, author=giver.author)
        else:
            Claim.objects.filter(pk=claim.pk).update(state=ClaimState.PROVING)


def compare(claim: Claim) -> Sides:
    """Both sides of a claim, as the roll and the assignments are now."""
    roll = Member.objects.select_related("regional_council")
    document = {"document_type": claim.document_type, "document_number": claim.document_number}
    held = Assignment.objects.current().filter(member__cmp_number=claim.cmp_number).exclude(user=claim.user)
    holder = held.select_related("user").first()
    return Sides(
        by_number=roll.filter(cmp_number=claim.cmp_number).first(),
        by_document=roll.filter(**document).first(),
        holder=holder.user if holder else None,
        declared_name=claim.full_name,
    )


def accept(claim: Claim, *, member: Member, author: User, answer: str) -> None:
    """Give the account this CMP on the word of its photo and write to its person.

    Raises AlreadyDecided, NumberTaken, NoPhoto, and StaffNeedsTwo for an account of staff.
    """
    if not has_photo(claim):
        raise NoPhoto
    if may_act(claim.user):
        raise StaffNeedsTwo
    with transaction.atomic():
        _decide(claim, ClaimState.LINKED, author=author, answer=answer)
        if not _assigned(claim, member, author=author, reason=f"Solicitud de registro {claim.pk}"):
            raise assignments.NumberTaken


def has_photo(claim: Claim) -> bool:
    """Whether the person sent a photo that is still there; the photo itself is not read."""
    return Claim.objects.filter(pk=claim.pk).exclude(photo=None).exists()


def refuse(claim: Claim, *, author: User, answer: str) -> None:
    """Leave the account without a CMP and write to its person why. Raises AlreadyDecided."""
    with transaction.atomic():
        _decide(claim, ClaimState.REFUSED, author=author, answer=answer)


def reopen(claim: Claim) -> None:
    """Put a refused claim back among those that wait; nobody is written to.

    Raises AlreadyDecided when it is not refused, AlreadyOpen when the account has a number or another open claim.
    """
    with transaction.atomic():
        account = User.objects.select_for_update(of=("self",)).get(pk=claim.user_id)
        if assignments.current_member(account) or Claim.objects.open().filter(user=account).exists():
            raise AlreadyOpen
        again = {"state": ClaimState.WAITING, "decided_at": None, "decided_by": None, "answer": ""}
        if not Claim.objects.filter(pk=claim.pk, state=ClaimState.REFUSED).update(**again):
            raise AlreadyDecided


def linked(claim: Claim, member: Member, *, proof: str) -> bool:
    """A code proved the claim: whether the account now pays for the member; not when another was quicker."""
    reason = f"Registro {claim.pk}: {Proof(proof).label.lower()}"
    if not _assigned(claim, member, author=None, reason=reason):
        return False
    Claim.objects.filter(pk=claim.pk).update(state=ClaimState.LINKED, decided_at=timezone.now(), proof=proof)
    return True


def close(user: User, *, author: User, answer: str) -> None:
    """The webmaster gave the account its number elsewhere: its open claim is answered."""
    for claim in Claim.objects.filter(user=user, state__in=[ClaimState.PROVING, ClaimState.WAITING]):
        _conclude(claim, proof=Proof.WEBMASTER, author=author, answer=answer)


def _conclude(claim: Claim, *, proof: Proof, author: User | None, answer: str = "") -> None:
    linked_by = {"state": ClaimState.LINKED, "decided_at": timezone.now(), "decided_by": author or claim.user}
    Claim.objects.filter(pk=claim.pk, state__in=OPEN_CLAIM_STATES).update(**linked_by, answer=answer, proof=proof)


def _decide(claim: Claim, state: ClaimState, *, author: User, answer: str) -> None:
    decided = {"decided_at": timezone.now(), "decided_by": author, "answer": answer.strip()}
    if state == ClaimState.LINKED:
        decided["proof"] = Proof.PHOTO
    if not Claim.objects.filter(pk=claim.pk, state=ClaimState.WAITING).update(state=state, **decided):
        raise AlreadyDecided
    jobs.configure_task("members.tell_claimant").defer(claim_id=claim.pk)


def _assigned(claim: Claim, member: Member, *, author: User | None, reason: str) -> bool:
    """Whether the account now pays for the member; not when another registration was quicker."""
    try:
        with transaction.atomic():
            assignments.begin(claim.user, member, author=author, reason=reason)
    except IntegrityError:  # a_cmp_has_one_account, an_account_claims_one_cmp
        return False
    return True


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
