"""One physician's page: all that staff may have to answer on the telephone, read in at most eleven queries."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Case, CharField, F, FilteredRelation, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat
from django.shortcuts import get_object_or_404
from django.utils import timezone

from base.peru.lima import midnight
from dues import ageing, ledger, oldest_first
from dues.ageing import Aged
from dues.ledger import Totals
from dues.models import CoveredPerson, Due, Exemption, Kind, Settlement, Surplus
from dues.standing import Standing, standing_from
from members.models import Assignment, AssignmentReport, Claim, ClaimState, Member, User
from payments.models import Letter, LetterState, Order
from receipts.models import Attestation, Delivery, DeliveryState, StandingCertificate

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    from dues.ledger import HeldBy

#: Of lists that grow with the years, the newest are shown; each list names where all of them are.
MOST = 20
#: What became of a letter, of either kind.
FATES: dict[str, str] = {state.value: str(state.label) for states in (DeliveryState, LetterState) for state in states}


@dataclass(frozen=True)
class Written:
    """A letter to the physician: when it was written, its subject, its address and what became of it."""

    at: datetime
    subject: str
    to: str
    state: str
    error: str

    @property
    def fate(self) -> str:
        return f"{FATES.get(self.state, self.state)}{f': {self.error}' if self.error else ''}"


@dataclass(frozen=True)
class Paper:
    """A constancia that was issued, with its code for the public check."""

    at: datetime
    title: str
    code: str


@dataclass(frozen=True)
class Ticket:
    """A report of a wrong CMP, or a claim to this CMP. `closed_at` is None while somebody has to decide."""

    pk: int
    title: str
    opened_at: datetime
    closed_at: datetime | None
    words: str


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One line of what happened. `look` is "ok", "bad" or nothing."""

    at: datetime
    title: str
    look: str = ""


@dataclass(frozen=True, kw_only=True)
class Money:
    """What the physician owes and paid: for who may see payments."""

    dues: "Sequence[WithAnnotations[Due, HeldBy]]"
    totals: dict[Kind, Totals]
    aged: Sequence[Aged]
    too_old: dict[str, Totals]
    standing: Standing | None
    orders: Sequence[Any]
    settlements: Sequence[Settlement]
    surpluses: Sequence[Surplus]
    exemptions: Sequence[Exemption]
    covered: Sequence[CoveredPerson]
    papers: Sequence[Paper]
    written: Sequence[Written]


@dataclass(frozen=True, kw_only=True)
class Person:
    member: Member
    assignments: Sequence[Assignment]
    tickets: Sequence[Ticket]
    money: Money | None
    moments: Sequence[Moment] = field(default_factory=list)

    @property
    def account(self) -> User | None:
        """Who pays for this CMP today."""
        return next((assignment.user for assignment in self.assignments if assignment.ended_at is None), None)


def load(cmp_number: int, *, with_money: bool, with_accounts: bool) -> Person:
    """Reads the page of one CMP. Raises Http404 for a CMP that the roll does not have."""
    member = get_object_or_404(Member.objects.select_related("regional_council"), cmp_number=cmp_number)
    assignments = list(
        Assignment.objects.filter(member=member).select_related("user", "author").order_by("-started_at")[:MOST]
    )
    money = _money(member) if with_money else None
    tickets = list(_tickets(member)) if with_accounts else []
    moments = sorted(_moments(assignments, tickets, money), key=lambda moment: moment.at, reverse=True)
    return Person(member=member, assignments=assignments, tickets=tickets, money=money, moments=moments[: 3 * MOST])


def _money(member: Member) -> Money:
    today = timezone.localdate()
    dues = ledger.every_open_due(member)
    settlements = Settlement.objects.filter(due__member=member).select_related("due").order_by("-paid_at", "-pk")
    return Money(
        dues=dues,
        totals=_totals(dues),
        aged=ageing.by_band(dues, today),
        too_old=ledger.totals_before(dues, oldest_first.window_start(today)),
        standing=standing_from(member, dues, on=today),
        orders=list(_orders(member)),
        settlements=list(settlements[:MOST]),
        surpluses=list(Surplus.objects.filter(member=member).select_related("due").order_by("-recorded_at")[:MOST]),
        exemptions=list(Exemption.objects.filter(member=member).order_by("-first_period")[:MOST]),
        covered=list(CoveredPerson.objects.filter(member=member).order_by("last_period", "first_period", "pk")),
        papers=list(_papers(member)),
        written=list(_written(member)),
    )


def _totals(dues: Iterable[Due]) -> dict[Kind, Totals]:
    amounts: dict[Kind, list[Decimal]] = {}
    for due in dues:
        amounts.setdefault(Kind(due.kind), []).append(due.amount)
    return {kind: Totals(len(of_kind), sum(of_kind, Decimal("0.00"))) for kind, of_kind in amounts.items()}


def _orders(member: Member) -> "QuerySet[Any]":
    """The newest orders that came near a payment, each with the attempt that paid it, if one did."""
    paying = FilteredRelation("attempts", condition=Q(attempts__settles_order=True))
    orders: QuerySet[Any] = Order.objects.filter(member=member).alias(paying=paying)
    orders = orders.select_related("paying", "receipt", "user").defer("receipt__statement")
    return orders.order_by("-created_at")[:MOST]


def _papers(member: Member) -> Iterator[Paper]:
    """Constancias of both kinds, newest first, in one query."""
    of_payments = Attestation.objects.filter(member=member).annotate(title=Value("Constancia de pagos", CharField()))
    of_standing = StandingCertificate.objects.filter(member=member).annotate(
        title=Value("Constancia de habilidad", CharField())
    )
    columns = ("issued_at", "title", "code")
    both = of_payments.order_by().values_list(*columns).union(of_standing.order_by().values_list(*columns), all=True)
    return (Paper(*row) for row in both.order_by("-issued_at")[:MOST])


def _written(member: Member) -> Iterator[Written]:
    """Letters with receipts and letters about payments, newest first, in one query."""
    receipts = Delivery.objects.filter(receipt__order__member=member).annotate(
        at=F("queued_at"), words=Concat(Value("Comprobante "), "receipt__name"), address=F("email")
    )
    letters = Letter.objects.filter(attempt__order__member=member).annotate(
        at=F("written_at"), words=F("subject"), address=F("to")
    )
    columns = ("at", "words", "address", "state", "last_error")
    both = receipts.order_by().values_list(*columns).union(letters.order_by().values_list(*columns), all=True)
    return (Written(*row) for row in both.order_by("-at")[:MOST])


def _tickets(member: Member) -> Iterator[Ticket]:
    """Claims to this CMP and reports about it, newest first, in one query."""
    columns = ("pk", "title", "opened", "closed", "words")
    claims = Claim.objects.filter(cmp_number=member.cmp_number).annotate(
        title=Value("Solicitud de registro", CharField()),
        opened=F("made_at"),
        closed=F("decided_at"),
        words=Case(
            *(When(state=state, then=Value(str(state.label))) for state in ClaimState), output_field=CharField()
        ),
    )
    reports = AssignmentReport.objects.filter(member=member).annotate(
        title=Value("Aviso de CMP equivocado", CharField()),
        opened=F("opened_at"),
        closed=F("closed_at"),
        words=Cast(F("answer"), CharField()),
    )
    both = claims.order_by().values_list(*columns).union(reports.order_by().values_list(*columns), all=True)
    return (Ticket(*row) for row in both.order_by("-opened")[:MOST])


# --- Everything that happened


def _moments(assignments: Iterable[Assignment], tickets: Iterable[Ticket], money: Money | None) -> Iterator[Moment]:
    for assignment in assignments:
        yield Moment(at=assignment.started_at, title=f"Empezó a pagar la cuenta de {assignment.user.email}")
        if assignment.ended_at:
            yield Moment(at=assignment.ended_at, title=f"Dejó de pagar la cuenta de {assignment.user.email}")
    for ticket in tickets:
        yield Moment(at=ticket.opened_at, title=ticket.title)
        if ticket.closed_at:
            yield Moment(at=ticket.closed_at, title=f"{ticket.title}: {ticket.words}")
    if money:
        yield from _of_money(money)


def _of_money(money: Money) -> Iterator[Moment]:
    for settlement in money.settlements:
        paid = f"{settlement.due} pagada: {settlement.get_channel_display()}, {settlement.reference}"
        yield Moment(at=settlement.paid_at, title=paid, look="ok")
        if settlement.reversed_at:
            yield Moment(
                at=settlement.reversed_at,
                title=f"Pago de {settlement.due} revertido: {settlement.reversal_reason}",
                look="bad",
            )
    for exemption in money.exemptions:
        yield Moment(at=midnight(exemption.granted_date), title=f"{exemption.get_act_display()}: {exemption}")
        if exemption.revoked_at:
            yield Moment(at=exemption.revoked_at, title=f"{exemption}: dejada sin efecto", look="bad")
    for surplus in money.surpluses:
        yield Moment(at=surplus.recorded_at, title=f"Saldo a favor de S/ {surplus.amount:,.2f}: {surplus.reason}")
    for paper in money.papers:
        yield Moment(at=paper.at, title=f"{paper.title} emitida")
    for letter in money.written:
        yield Moment(at=letter.at, title=f"Carta a {letter.to}: {letter.subject}", look="bad" if letter.error else "")


# --- As the physician sees it


@dataclass(frozen=True)
class Seen:
    """The page of choosing as the physician sees it: rows of each kind that may be paid online today."""

    member: Member
    standing: Standing | None
    payable: dict[Kind, Sequence[Due]]
    too_old: dict[str, Totals]
    window_start: date


def as_member(cmp_number: int) -> Seen:
    """Reads what the physician would be offered now. Raises Http404 for an unknown CMP."""
    member = get_object_or_404(Member.objects.select_related("regional_council"), cmp_number=cmp_number)
    today = timezone.localdate()
    dues = ledger.every_open_due(member)
    payable = [due for due in dues if oldest_first.is_payable(due.period, today)]
    start = oldest_first.window_start(today)
    return Seen(
        member=member,
        standing=standing_from(member, dues, on=today),
        payable={kind: [due for due in payable if due.kind == kind] for kind in Kind},
        too_old=ledger.totals_before(dues, start),
        window_start=start,
    )
