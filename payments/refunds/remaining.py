"""What may still go back of a charge: the one rule, asked before money moves and shown on pages.

A charge gives back only while it is an approval. One refund is under way at a time, one proposal waits at a time, and
each line of the order goes back once. A double payment paid no due, so it has no lines and goes back whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto

from django.db.models import Exists, OuterRef, QuerySet

from payments.exceptions import RefundNotPossible
from payments.models import Attempt, Chargeback, Order, OrderLine, Refund, RefundLine, RefundProposal
from payments.states import LIVE_REFUND_STATES, OPEN_CHARGEBACK_STATES, AttemptState, RefundState

#: Of a line: whether a refund has given it back or is giving it back.
GIVEN_BACK = Exists(RefundLine.objects.filter(line=OuterRef("pk"), live=True))
ZERO = Decimal("0.00")


class Obstacle(Enum):
    """Why nothing may go back, or move to another physician, now."""

    NOT_CHARGED = auto()
    DISPUTED = auto()
    REFUND_UNDER_WAY = auto()
    PROPOSAL_WAITS = auto()
    NOTHING_LEFT = auto()


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What a refund gives back: `amount` soles, and the lines whose dues it reopens, oldest first."""

    lines: list[OrderLine]
    amount: Decimal


def obstacle(
    attempt: Attempt,
    *,
    refunds: Iterable[Refund],
    chargebacks: Iterable[Chargeback] = (),
    proposals: Iterable[RefundProposal] = (),
) -> Obstacle | None:
    """Returns what stands in the way of a refund of this charge, None when nothing does. Asks the database nothing.

    `refunds`, `chargebacks` and `proposals` are those of this attempt. Without proposals, one that waits is no
    obstacle: it is what approving it gives back.
    """
    if attempt.state != AttemptState.APPROVED:
        return Obstacle.NOT_CHARGED
    if any(chargeback.open for chargeback in chargebacks):
        return Obstacle.DISPUTED
    if any(refund.state in LIVE_REFUND_STATES for refund in refunds):
        return Obstacle.REFUND_UNDER_WAY
    if any(proposal.decided_at is None for proposal in proposals):
        return Obstacle.PROPOSAL_WAITS
    return None if attempt.given_back < attempt.amount else Obstacle.NOTHING_LEFT


#: Each obstacle as staff read it on the page of a refund.
REFUND_OBSTACLES = {
    Obstacle.NOT_CHARGED: "Solo se devuelve un cobro aprobado: este no lo es.",
    Obstacle.DISPUTED: "Hay un contracargo abierto de este cobro: ese dinero no se mueve hasta que termine.",
    Obstacle.REFUND_UNDER_WAY: "Hay una devolución en curso de este cobro: espere a que termine.",
    Obstacle.PROPOSAL_WAITS: "Ya hay una devolución propuesta de este cobro: primero hay que decidirla.",
    Obstacle.NOTHING_LEFT: "Este cobro ya se devolvió todo.",
}


def why_not(attempt: Attempt) -> str:
    """Returns why no refund of this charge can be proposed now, as a sentence in Spanish; "" when one can."""
    barred = obstacle(
        attempt,
        refunds=attempt.refunds.all(),
        chargebacks=attempt.chargebacks.all(),
        proposals=attempt.proposals.all(),
    )
    return REFUND_OBSTACLES[barred] if barred else ""


def amount(attempt: Attempt) -> Decimal:
    """Returns the soles that may still go back now; zero while a refund is under way or the charge is disputed."""
    live = Refund.objects.filter(attempt=OuterRef("pk"), state__in=LIVE_REFUND_STATES)
    disputed = Chargeback.objects.filter(attempt=OuterRef("pk"), state__in=OPEN_CHARGEBACK_STATES)
    barred = Attempt.objects.filter(Exists(live) | Exists(disputed), pk=attempt.pk)
    charged = attempt.state == AttemptState.APPROVED
    return attempt.amount - attempt.given_back if charged and not barred.exists() else ZERO


def lines(attempt: Attempt) -> QuerySet[OrderLine]:
    """Returns the lines of a charge that no refund has given back or is giving back, oldest first."""
    if not attempt.settles_order:
        return OrderLine.objects.none()
    return OrderLine.objects.filter(~GIVEN_BACK, order=attempt.order_id).order_by("period")


def promised() -> QuerySet[OrderLine]:
    """Returns the lines that a refused refund promised to give back and nothing has given back since, oldest first."""
    refused = RefundLine.objects.filter(line=OuterRef("pk"), refund__state=RefundState.REFUSED, refund__waived=False)
    return OrderLine.objects.filter(Exists(refused), ~GIVEN_BACK).order_by("order", "period")


def all_lines(order: Order) -> QuerySet[OrderLine]:
    """Returns every line of an order, oldest first, each with `given_back`."""
    return order.lines.annotate(given_back=GIVEN_BACK).order_by("period")


def choose(attempt: Attempt, wanted: Sequence[OrderLine] | None) -> Choice:
    """Returns what a refund of these lines gives back, or of all that is left when `wanted` is None.

    The attempt is locked. Raises RefundNotPossible when nothing, or not these lines, may go back now.
    """
    left = amount(attempt)
    if not left or (wanted is not None and not wanted):
        raise RefundNotPossible
    remaining = list(lines(attempt))
    chosen = remaining if wanted is None else [line for line in remaining if line in wanted]
    if wanted is not None and len(chosen) != len(wanted):
        raise RefundNotPossible
    if attempt.settles_order:
        left = sum((line.amount for line in chosen), ZERO)
    return Choice(lines=chosen, amount=left)
