"""The *constancia de habilidad*: that a member is hábil by the rule of the day, on a paper that anybody can check.

It copies what the rule and the roll say when it is issued and is never changed. Whether it still holds is asked of the
ledger each time: a payment given back ends it.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, Case, QuerySet, TextChoices, When
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from dues.standing import Standing, standing_of
from members.models import Member, MemberStatus, User
from receipts.exceptions import AlreadyRevoked, NotHabil
from receipts.models import StandingCertificate
from receipts.printing import pdf


class Validity(TextChoices):
    """Whether a certificate holds today; the label is what whoever checks it reads."""

    HOLDS = "holds", "Vale hoy: el colegiado figura hábil"
    EXPIRED = "expired", "Ya venció su plazo"
    REVOKED = "revoked", "El Colegio la anuló"
    NOT_HABIL = "not_habil", "El colegiado ya no figura hábil"


def may_have(member: Member) -> Standing | None:
    """Returns the standing of a member who is hábil today; None of anybody else, also when no rule is in force."""
    if member.status != MemberStatus.ACTIVE:
        return None
    standing = standing_of(member, on=timezone.localdate())
    return standing if standing and standing.habil else None


def issue(member: Member, *, author: User) -> StandingCertificate:
    """Certifies that the member is hábil today and has it printed; one asked for again on the same day is given back.

    It may be shown for settings.STANDING_CERTIFICATE_DAYS days. Raises NotHabil.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=author.pk)  # so that posts at once make one paper
        standing = may_have(member)
        if standing is None:
            raise NotHabil
        today, statement = timezone.localdate(), _state(member, standing)
        issued = StandingCertificate.objects.filter(author=author, member=member, issued_at__date=today)
        if same := issued.filter(revoked_at=None, statement=statement).first():
            return same
        certificate = StandingCertificate.objects.create(
            member=member,
            author=author,
            valid_until=today + timedelta(days=settings.STANDING_CERTIFICATE_DAYS),
            sample=settings.SAMPLE_DATA,
            statement=statement,
        )
        jobs.configure_task("receipts.print_standing_certificate").defer(certificate_id=certificate.pk)
    return certificate


def validity(certificate: StandingCertificate) -> Validity:
    """Whether it holds today; the first reason against it, if not."""
    if certificate.revoked_at:
        return Validity.REVOKED
    if timezone.localdate() > certificate.valid_until:
        return Validity.EXPIRED
    return Validity.HOLDS if may_have(certificate.member) else Validity.NOT_HABIL


def revoke(certificate: StandingCertificate, *, author: User, reason: str) -> None:
    """Ends it for good, for a reason that staff read. Raises AlreadyRevoked."""
    living = StandingCertificate.objects.filter(pk=certificate.pk, revoked_at=None)
    if not living.update(revoked_at=timezone.now(), revoked_by=author, revocation_reason=reason.strip()):
        raise AlreadyRevoked


def print_out(certificate_id: int) -> None:
    """What the job does; twice does no harm, for the paper comes out the same."""
    certificate = StandingCertificate.objects.get(pk=certificate_id)
    if certificate.pdf is None and certificate.revoked_at is None:
        paper = pdf.render_standing_certificate(certificate)
        StandingCertificate.objects.filter(pk=certificate_id, revoked_at=None).update(pdf=paper)


def unprinted() -> list[int]:
    """Those whose job was lost, for the sweep."""
    return list(StandingCertificate.objects.filter(pdf=None, revoked_at=None).values_list("pk", flat=True))


def of(user: User) -> "QuerySet[Any]":
    """The account's own, newest first, without their weight; `printed` says whether the PDF is there."""
    printed = Case(When(pdf=None, then=False), default=True, output_field=BooleanField())
    own = StandingCertificate.objects.filter(author=user).annotate(printed=printed).defer("pdf", "statement")
    return own.select_related("member").order_by("-issued_at")


def _state(member: Member, standing: Standing) -> dict[str, Any]:
    return {
        "issuer": settings.COLLEGE,
        "member": {
            "cmp": member.cmp_number,
            "name": member.full_name,
            "council": str(member.regional_council),
            "registered": member.registered_date.isoformat(),
        },
        "rule": {
            "basis": standing.rule.basis,
            "since": standing.rule.valid_from.isoformat(),
            "months": standing.rule.months_refused,
            "sample": standing.rule.is_sample,
        },
    }
