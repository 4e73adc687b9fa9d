"""What was taken off the books in a day, by person: told to the auditor every morning, also when it was nothing."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from base.peru.lima import midnight
from base.templatetags.portal import soles
from dues.models import ActProposal, DataLoad, RevocationProposal, Settlement, Surplus
from members import actors
from members.models import User
from payments import letters
from payments.models import Letter, OfflinePayment

# What a file can pay or free.
SETTLES = (DataLoad.Content.PAYMENTS, DataLoad.Content.EXEMPTIONS)
NOBODY = "línea de comandos del servidor"


@dataclass(frozen=True)
class WriteOff:
    """One act of a day: who did it, with whom, what, and how many soles where that is known."""

    person: str
    second: str
    words: str
    amount: Decimal | None


def of_day(day: date) -> list[WriteOff]:
    """Everything that took money off the books on a day of Lima, by person."""
    begin = midnight(day)
    span = (begin, begin + timedelta(days=1))
    kinds = (_by_hand, _acts, _loads, _surpluses, _reversals)
    return sorted((each for kind in kinds for each in kind(span)), key=lambda each: (each.person, each.words))


Span = tuple[datetime, datetime]


def _second(person: User | None) -> str:
    return actors.name_of(person) if person else ""


def _by_hand(span: Span) -> Iterator[WriteOff]:
    payments = OfflinePayment.objects.filter(decided_at__range=span, rejection="").defer("voucher")
    for each in payments.select_related("author", "decided_by", "member"):
        words = f"Pago a mano de {each.member}: {each}"
        yield WriteOff(actors.name_of(each.author), _second(each.decided_by), words, each.amount)


def _acts(span: Span) -> Iterator[WriteOff]:
    proposals = ActProposal.objects.filter(decided_at__range=span, rejection="").defer("evidence")
    for each in proposals.select_related("author", "decided_by", "member"):
        words = (
            f"{each.get_act_display()} de {each.member}, {each.first_period:%m/%Y} a {each.last_period:%m/%Y}: {each}"
        )
        yield WriteOff(actors.name_of(each.author), _second(each.decided_by), words, each.worth)
    revoked = RevocationProposal.objects.filter(decided_at__range=span, rejection="")
    for proposal in revoked.select_related("author", "decided_by", "exemption__member"):
        words = f"Acto revocado de {proposal.exemption.member}: {proposal.exemption}"
        yield WriteOff(actors.name_of(proposal.author), _second(proposal.decided_by), words, None)


def _loads(span: Span) -> Iterator[WriteOff]:
    loads = DataLoad.objects.filter(loaded_at__range=span, content__in=SETTLES, added__gt=0)
    for each in loads.select_related("author", "approver"):
        words = f"{each.get_content_display()} «{each.file_name}»: {each.added} filas nuevas"
        yield WriteOff(
            actors.name_of(each.author) if each.author else NOBODY, _second(each.approver), words, each.total
        )


def _surpluses(span: Span) -> Iterator[WriteOff]:
    resolved = Surplus.objects.filter(resolved_at__range=span, withdrawn=False).select_related("member")
    for each in resolved:
        yield WriteOff(
            actors.name(each.resolved_by), "", f"Saldo a favor de {each.member}: {each.resolution}", each.amount
        )


def _reversals(span: Span) -> Iterator[WriteOff]:
    settlements = Settlement.objects.filter(reversed_at__range=span).select_related("due__member")
    for each in settlements:
        words = f"Pago revertido de {each.due.member}, {each.due}: {each.reversal_reason}"
        yield WriteOff(actors.name(each.reversed_by), "", words, each.amount)


def tell(day: date | None = None) -> Letter | None:
    """Write the list of a day, yesterday's by default, to the auditor; none without AUDITOR_EMAIL. Safe to repeat."""
    day = day or timezone.localdate() - timedelta(days=1)
    by_person: dict[str, list[str]] = defaultdict(list)
    for each in of_day(day):
        second = f" (con {each.second})" if each.second and each.second != each.person else ""
        amount = f"{soles(each.amount)}, " if each.amount is not None else ""
        by_person[each.person].append(f"{amount}{each.words}{second}")
    context = {"day": day, "people": dict(by_person), "college": settings.COLLEGE}
    body = render_to_string("treasury/mail/write_offs.txt", context)
    count = sum(map(len, by_person.values()))
    subject = f"Lo que salió de los libros el {day:%d/%m/%Y}: {count or 'nada'}"
    return letters.to_auditor(f"write-offs:{day}", subject=subject, body=body)
