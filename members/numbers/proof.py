"""How a person proves to be the physician whom a registration names.

CMP number and document are printed on every prescription, so that they prove nothing. What is not public does: a code
that goes to the e-mail address or the mobile number of the roll. Who cannot read a code sends a photo with the carné,
and the webmaster decides; that is also the way of whoever the roll does not confirm.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from procrastinate.contrib.django import app as jobs

from base import masked, sms
from members.models import Claim, ClaimState, Member, Proof, ProofCode, User
from members.numbers import registrations

DIGITS = 8
CODE_LIFE = timedelta(hours=1)
MOST_WRONG = 5
# Codes in an hour for one claim, and in a day for one physician: strangers do not fill the mailbox of a member, and
# twenty-five guesses a day among a hundred million codes find none.
CODES_OF_A_CLAIM, CODES_OF_A_MEMBER = 3, 5


class ProofRule(Exception):
    """What stands in the way of a proof. The account stays without a CMP number; no money is concerned."""

    sentence = "No se pudo comprobar. Su cuenta sigue igual."


class NotAsked(ProofRule):
    """The claim is decided, or not yet confirmed, or the roll has no such address for it."""

    sentence = "Su solicitud no espera un código. Vuelva a la página de inicio para ver cómo está."


class TooManyCodes(ProofRule):
    """Enough codes went out for this claim or this physician."""

    sentence = "Ya enviamos varios códigos. Espere una hora, o envíenos una foto con su carné."


class WrongCode(ProofRule):
    """Not the code that was sent last."""

    sentence = "Ese no es el código que enviamos. Revíselo y escríbalo otra vez."


class CodeExpired(ProofRule):
    """The last code is too old, was used, or was tried too often."""

    sentence = "Ese código ya no sirve. Pida otro."


@dataclass(frozen=True)
class Way:
    """One address of the roll that can receive a code, as the page may show it."""

    channel: str
    shown: str


def unproved(user: User) -> "QuerySet[Claim]":
    """The claim of this account that waits for its proof, or for the webmaster's look at it."""
    return Claim.objects.filter(user=user, state__in=[ClaimState.PROVING, ClaimState.WAITING])


def last_code(claim: Claim) -> ProofCode | None:
    """The code that may be typed now; None when a new one is needed."""
    code = claim.codes.order_by("-pk").first()
    alive = code is not None and code.used_at is None and code.wrong < MOST_WRONG
    return code if alive and code and code.sent_at > timezone.now() - CODE_LIFE else None


def provable(claim: Claim) -> Member | None:
    """The physician whose roll address may prove the claim: number, document and name agree and no account has it."""
    sides = registrations.compare(claim)
    return sides.match if sides.name_agrees else None


def ways(claim: Claim) -> list[Way]:
    """Where a code for this claim can go; empty when only a photo can prove it."""
    member = provable(claim) if claim.state == ClaimState.PROVING else None
    if member is None:
        return []
    return [Way(channel, _shown(member, channel)) for channel in _channels(member)]


def _channels(member: Member) -> Sequence[str]:
    """An address that two physicians share, as of a clinic, is nobody's own."""
    others = Member.objects.exclude(pk=member.pk)
    found = []
    if member.email and not others.filter(email=member.email).exists():
        found.append(Proof.EMAIL.value)
    if member.mobile and sms.is_on() and not others.filter(mobile=member.mobile).exists():
        found.append(Proof.MOBILE.value)
    return found


def _shown(member: Member, channel: str) -> str:
    return masked.email(member.email) if channel == Proof.EMAIL else masked.mobile(member.mobile)


def send_code(claim: Claim, channel: str) -> ProofCode:
    """Send a new code for this claim; an earlier one no longer counts. Raises NotAsked, TooManyCodes."""
    with transaction.atomic():
        claim = Claim.objects.select_for_update(of=("self",)).get(pk=claim.pk)
        if channel not in [way.channel for way in ways(claim)]:
            raise NotAsked
        member = provable(claim)
        assert member  # noqa: S101 - it has a way
        Member.objects.select_for_update().get(pk=member.pk)  # two claims of one physician are counted one by one
        _refuse_too_many(claim, member)
        code = ProofCode.objects.create(claim=claim, member=member, channel=channel, nonce=secrets.token_hex(16))
        jobs.configure_task("members.send_code").defer(code_id=code.pk)
        return code


def _refuse_too_many(claim: Claim, member: Member) -> None:
    now = timezone.now()
    of_claim = claim.codes.filter(sent_at__gt=now - timedelta(hours=1)).count()
    of_member = ProofCode.objects.filter(member=member, sent_at__gt=now - timedelta(days=1)).count()
    if of_claim >= CODES_OF_A_CLAIM or of_member >= CODES_OF_A_MEMBER:
        raise TooManyCodes


def digits_of(code: ProofCode) -> str:
    """The code itself. It stands in no table: it is made of the row and SECRET_KEY."""
    made = int(salted_hmac("members.proof", f"{code.pk}:{code.nonce}", algorithm="sha256").hexdigest(), 16)
    return f"{made % 10**DIGITS:0{DIGITS}}"


def check_code(claim: Claim, typed: str) -> Member:
    """Link the account when these are the digits of the last code. A wrong try is counted even so.

    Returns the physician. Raises WrongCode, CodeExpired, NotAsked (the roll or the assignments changed meanwhile).
    """
    digits = "".join(character for character in typed[:40] if character.isdigit())
    code = _counted(claim)
    if not constant_time_compare(digits, digits_of(code)):
        raise WrongCode
    return _link(code)


def _counted(claim: Claim) -> ProofCode:
    """The last code, with this try counted before anybody compares it. Raises CodeExpired."""
    with transaction.atomic():
        Claim.objects.select_for_update(of=("self",)).get(pk=claim.pk)
        code = last_code(claim)
        if code is None:
            raise CodeExpired
        code.wrong += 1
        code.save(update_fields=["wrong"])
        return code


def _link(code: ProofCode) -> Member:
    with transaction.atomic():
        claim = Claim.objects.select_for_update(of=("self",)).select_related("user").get(pk=code.claim_id)
        if claim.state != ClaimState.PROVING or provable(claim) != code.member:
            raise NotAsked
        ProofCode.objects.filter(pk=code.pk).update(used_at=timezone.now())
        if not registrations.linked(claim, code.member, proof=code.channel):
            raise NotAsked
        return code.member


def take_photo(claim: Claim, photo: bytes) -> None:
    """Hand the claim with the photo of the person to the webmaster. `photo` is a JPG, checked by whoever took it.

    Raises NotAsked when the claim is decided already.
    """
    with transaction.atomic():
        asked = Claim.objects.filter(pk=claim.pk, state__in=[ClaimState.PROVING, ClaimState.WAITING])
        if not asked.update(state=ClaimState.WAITING, photo=photo):
            raise NotAsked
        # In the same transaction: a claim that nobody is told about would wait for ever.
        jobs.configure_task("members.tell_webmaster_of_claim").defer(claim_id=claim.pk)


def mail_of_code(code: ProofCode) -> EmailMessage:
    """To the roll's e-mail address: the digits, and what to do when somebody else asked for them."""
    context = {
        "code": code,
        "digits": digits_of(code),
        "account": masked.email(code.claim.user.email),
        "minutes": int(CODE_LIFE.total_seconds()) // 60,
        "webmaster": settings.WEBMASTER_EMAIL,
    }
    return EmailMessage(
        subject=f"Su código para CMP Digital: CMP {code.member.cmp_number}",
        body=render_to_string("members/mail/proof_code.txt", context),
        to=[code.member.email],
        reply_to=[settings.WEBMASTER_EMAIL],
    )


def text_of_code(code: ProofCode) -> str:
    """The same for a mobile telephone."""
    return f"CMP Digital: su codigo es {digits_of(code)}. No lo comparta; el colegio nunca se lo pide."
