"""The *constancia de pagos*: what a member has paid, by whichever channel, on a paper that anybody can check.

It copies what the ledger says at that moment and is never changed; a payment reversed later is told on the check page.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, Case, QuerySet, When
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from dues.models import Kind, Settlement
from members.models import Member, User
from receipts.exceptions import NothingPaid, TooManyAttestations
from receipts.issuing.contents import describe
from receipts.models import Attestation
from receipts.printing import pdf
from receipts.templatetags.receipts import receipt_of, receipts_by_payment

ASKED_A_DAY = 10


def years(member: Member, kinds: Sequence[Kind] = tuple(Kind)) -> list[int]:
    """The years in which the member paid anything that still counts, newest first."""
    days = _live(member, kinds).dates("paid_at", "year", order="DESC")
    return [day.year for day in days]


def days_of(year: int | None, member: Member, kinds: Sequence[Kind] = tuple(Kind)) -> tuple[date, date]:
    """First and last day of a year until today; of everything that was ever paid for None. Raises NothingPaid."""
    today = timezone.localdate()
    if year is not None:
        return date(year, 1, 1), min(date(year, 12, 31), today)
    first = _live(member, kinds).order_by("paid_at").values_list("paid_at", flat=True).first()
    if first is None:
        raise NothingPaid
    return timezone.localdate(first), today


def attest(
    member: Member, *, author: User, first_day: date, last_day: date, kinds: Sequence[Kind] = tuple(Kind)
) -> Attestation:
    """State what was paid in these days (Lima, both included) and have it printed; what was stated today already for
    the same days, and did not change, is given back.

    Raises NothingPaid, and TooManyAttestations after ASKED_A_DAY within 24 hours.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=author.pk)  # so that posts at once are counted one by one
        paid = list(_paid_in(member, first_day, last_day, kinds))
        if not paid:
            raise NothingPaid
        stated = _state(member, paid)
        asked = Attestation.objects.filter(author=author, issued_at__gt=timezone.now() - timedelta(days=1))
        same = asked.filter(member=member, first_day=first_day, last_day=last_day, statement=stated).first()
        if same:
            return same
        if asked.count() >= ASKED_A_DAY:
            raise TooManyAttestations
        made = Attestation.objects.create(
            member=member,
            author=author,
            first_day=first_day,
            last_day=last_day,
            total=sum((settlement.amount for settlement in paid), Decimal("0.00")),
            sample=settings.SAMPLE_DATA,
            statement=stated,
        )
        jobs.configure_task("receipts.print_attestation").defer(attestation_id=made.pk)
        return made


def print_out(attestation_id: int) -> None:
    """What the job does; twice does no harm, for the paper comes out the same."""
    attestation = Attestation.objects.get(pk=attestation_id)
    if attestation.pdf is None:
        Attestation.objects.filter(pk=attestation_id).update(pdf=pdf.render_attestation(attestation))


def unprinted() -> list[int]:
    """Those whose job was lost, for the sweep."""
    return list(Attestation.objects.filter(pdf=None).values_list("pk", flat=True))


def of(user: User) -> "QuerySet[Any]":
    """The account's own, newest first, without their weight; `printed` says whether the PDF is there."""
    printed = Case(When(pdf=None, then=False), default=True, output_field=BooleanField())
    attestations = Attestation.objects.filter(author=user).annotate(printed=printed).defer("pdf", "statement")
    return attestations.order_by("-issued_at")


def still_counts(attestation: Attestation) -> bool:
    """Whether every payment that it names is still one."""
    named = [line["settlement"] for line in attestation.statement["lines"]]
    return Settlement.objects.standing().filter(pk__in=named).count() == len(named)


def _live(member: Member, kinds: Sequence[Kind]) -> QuerySet[Settlement]:
    return Settlement.objects.standing().filter(due__member=member, due__kind__in=kinds)


def _paid_in(member: Member, first_day: date, last_day: date, kinds: Sequence[Kind]) -> QuerySet[Settlement]:
    live = _live(member, kinds).filter(paid_at__date__range=(first_day, last_day))
    return live.select_related("due").order_by("paid_at", "due__period", "pk")


def _state(member: Member, paid: Sequence[Settlement]) -> dict[str, Any]:
    receipts = receipts_by_payment(member)
    return {
        "issuer": settings.COLLEGE,
        "member": {
            "cmp": member.cmp_number,
            "name": member.full_name,
            "document": f"{member.get_document_type_display()} {member.document_number}",
            "council": str(member.regional_council),
        },
        "lines": [_line(settlement, receipts) for settlement in paid],
    }


def _line(settlement: Settlement, receipts: Any) -> dict[str, Any]:
    receipt = receipt_of(receipts, settlement)
    return {
        "settlement": settlement.pk,
        "what": describe(settlement.due.kind, settlement.due.period),
        "amount": f"{settlement.amount:.2f}",
        "paid_on": timezone.localdate(settlement.paid_at).isoformat(),
        "how": settlement.get_channel_display(),
        "reference": settlement.reference,
        "receipt": receipt.name if receipt else "",
    }
