"""Everything one payment's page shows, read at once."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404
from django.utils import timezone

from members.models import User
from payments import transfers
from payments.books import gateway_says
from payments.models import Attempt, Chargeback, Event, Letter, Order, OrderLine, Refund, RefundProposal, Transfer
from payments.refunds import chargebacks, remaining
from receipts.history import Outcome, later_documents, outcome
from receipts.models import Credit, Delivery, Receipt
from receipts.notes import owed
from receipts.tax_office import waits
from receipts.tax_office.waits import Wait
from staff.treasury.next_step import NextStep, Situation, next_step
from staff.treasury.timeline import Moment, timeline


@dataclass(frozen=True, kw_only=True)
class Truth:
    """One attempt: our state beside the gateway's last answer."""

    attempt: Attempt
    told: gateway_says.Testimony | None

    @property
    def place(self) -> str:
        """At which gateway the attempt was made, in words."""
        return gateway_says.PLACES.get(self.attempt.environment, self.attempt.environment)


@dataclass(frozen=True, kw_only=True)
class PaymentPage:
    order: Order
    outcome: Outcome
    lines: list[OrderLine]
    truths: list[Truth]
    refunds: list[Refund]
    proposals: list[RefundProposal]
    receipt: Receipt | None
    deliveries: list[Delivery]
    later: list[Receipt]
    waiting: list[str]
    move: Transfer | None
    moments: list[Moment]
    step: NextStep
    refundable: Attempt | None
    #: How the receipt stands at SUNAT; None before it is signed.
    tax: Wait | None

    chargebacks: list[Chargeback]
    promised: bool
    disputable: Attempt | None


def load(order_id: int) -> PaymentPage:
    """Raises Http404 for an order that is not there. Twelve queries, however long its story."""
    order = _order(order_id)
    attempts = sorted(order.attempts.all(), key=lambda attempt: attempt.pk)
    by_id = {attempt.pk: attempt for attempt in attempts}
    events = list(Event.objects.filter(order=order).order_by("sequence"))
    for event in events:
        event.attempt = by_id.get(event.attempt_id) if event.attempt_id else None
    refunds = list(Refund.objects.filter(attempt__in=by_id).order_by("pk"))
    for refund in refunds:
        refund.attempt = by_id[refund.attempt_id]
    proposals = list(_proposals(by_id))
    receipt: Receipt | None = getattr(order, "receipt", None)
    deliveries = list(receipt.deliveries.select_related("author").order_by("pk")) if receipt else []
    letters = list(Letter.objects.filter(attempt__in=by_id).order_by("pk"))
    move = _move(order) if order.has_moves else None
    cases = list(Chargeback.objects.filter(attempt__in=by_id).order_by("pk"))
    promised = list(remaining.promised().filter(order=order)) if order.has_promises else []
    situation = Situation(
        order=order,
        attempts=attempts,
        refunds=refunds,
        proposals=proposals,
        move=move,
        receipt=receipt,
        deliveries=deliveries,
        now=timezone.now(),
        chargebacks=cases,
        promised=promised,
    )
    return PaymentPage(
        order=order,
        outcome=outcome(order, moved_to=order.moved_to),
        lines=list(remaining.all_lines(order)),
        truths=[Truth(attempt=attempt, told=gateway_says.testimony(attempt, events)) for attempt in reversed(attempts)],
        refunds=refunds,
        proposals=proposals,
        receipt=receipt,
        deliveries=deliveries,
        later=list(later_documents().filter(order=order)),
        move=move,
        waiting=_waiting(order) if order.owes_notes else [],
        moments=timeline(events, receipt=receipt, deliveries=deliveries, letters=letters),
        step=next_step(situation),
        refundable=_refundable(attempts, refunds, proposals, cases),
        tax=_tax(receipt),
        chargebacks=cases,
        promised=bool(promised),
        disputable=_disputable(attempts, cases),
    )


def _order(order_id: int) -> Any:
    """The order with what `load` asks of it, as annotations."""
    orders = Order.objects.select_related("user", "member__regional_council", "receipt__filing")
    orders = orders.defer("receipt__statement", "receipt__filing__xml", "receipt__filing__cdr")
    orders = orders.annotate(
        owes_notes=Exists(Credit.objects.filter(order=OuterRef("pk"), note=None)),
        has_moves=Exists(Transfer.objects.filter(order=OuterRef("pk"), rejection="")),
        moved_to=transfers.transferred_to(),
        has_promises=Exists(remaining.promised().filter(order=OuterRef("pk"))),
    )
    return get_object_or_404(orders.prefetch_related("attempts"), pk=order_id)


def _tax(receipt: Receipt | None) -> Wait | None:
    filed = getattr(receipt, "filing", None)
    return waits.of_document(filed) if filed else None


def _move(order: Order) -> Transfer:
    return order.transfers.select_related("member", "author").get(rejection="")


def _waiting(order: Order) -> list[str]:
    return [f"{credit}. {owed.waits_for(credit)}" for credit in order.credits.filter(note=None)]


def _proposals(attempts: dict[int, Attempt]) -> Any:
    return RefundProposal.objects.filter(attempt__in=attempts).select_related("author", "decided_by").order_by("pk")


def _disputable(attempts: list[Attempt], cases: list[Chargeback]) -> Attempt | None:
    """The charge of which a chargeback may be recorded."""
    disputed = {case.attempt_id for case in cases if case.open}
    charges = [attempt for attempt in attempts if attempt.state in chargebacks.CHARGED and attempt.pk not in disputed]
    return charges[-1] if charges else None


def _refundable(
    attempts: list[Attempt], refunds: list[Refund], proposals: list[RefundProposal], cases: list[Chargeback]
) -> Attempt | None:
    """The charge of which something can still be given back, when no refund of it is under way or proposed."""
    for attempt in attempts:
        of_refunds = [refund for refund in refunds if refund.attempt_id == attempt.pk]
        of_proposals = [proposal for proposal in proposals if proposal.attempt_id == attempt.pk]
        of_cases = [case for case in cases if case.attempt_id == attempt.pk]
        if not remaining.obstacle(attempt, refunds=of_refunds, proposals=of_proposals, chargebacks=of_cases):
            return attempt
    return None


def may(user: User, step: NextStep, proposals: list[RefundProposal]) -> bool:
    """Whether this person can press the next step's button; nobody decides about an own proposal alone."""
    if not step.url_name or not user.has_perm(step.permission):
        return False
    own = {proposal.pk for proposal in proposals if proposal.author_id == user.pk and proposal.decided_at is None}
    return not (step.url_name == "staff_decide" and step.argument in own)
