"""Chargebacks: the cardholder's bank takes a charge back unless the college's evidence convinces it.

One person records the notice and answers it. What gives money up, an accepted or a lost case, one person proposes and
another confirms. Then the dues are owed again, newest month first, and the credit note follows as after a refund.
"""

from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from base.postgres.constraints import broken_constraint
from members.models import User
from payments import letters, trail
from payments.checkout.locks import lock_attempt
from payments.exceptions import (
    ChargebackClosed,
    ChargebackNotPossible,
    ChargebackUndecided,
    ChargebackWaits,
)
from payments.models import Attempt, Chargeback, ChargebackPaper, Order, OrderLine, Refund
from payments.refunds import refunds, remaining
from payments.states import CHARGEBACK_TRANSITIONS, FINAL_LOSSES, LIVE_REFUND_STATES, AttemptState, ChargebackState

CONSTRAINTS = ("a_chargeback_is_recorded_once", "a_charge_has_one_open_chargeback")
CHARGED = (AttemptState.APPROVED, AttemptState.REFUNDED, AttemptState.VOIDED)


def record(
    attempt_id: int,
    *,
    reference: str,
    amount: Decimal,
    notified_on: date,
    reason: str,
    answer_by: date | None = None,
    author: User | None = None,
) -> Chargeback:
    """Record the gateway's notice: its case number, the soles disputed, its day, its reason and the last day to answer.

    Without `answer_by` it is CHARGEBACK_ANSWER_DAYS after the notice; without `author` a payout report brought it. A
    refund that was not sent yet is stopped. Raises ChargebackNotPossible when the attempt is no charge, the amount is
    more than was charged, or a case of it is open or recorded.
    """
    try:
        with transaction.atomic():
            order, attempt = lock_attempt(attempt_id)
            if attempt.state not in CHARGED or not 0 < amount <= attempt.amount:
                raise ChargebackNotPossible
            chargeback = Chargeback.objects.create(
                attempt=attempt,
                reference=reference,
                amount=amount,
                notified_on=notified_on,
                reason=reason,
                answer_by=answer_by or notified_on + timedelta(days=settings.CHARGEBACK_ANSWER_DAYS),
                author=author,
            )
            actor = trail.actor(author) if author else trail.GATEWAY
            _record(order, chargeback, actor, f"contracargo {reference} recibido: {reason}")
            _stop_refunds(order, attempt, actor)
            letters.review(attempt, about=f"{chargeback}: responda hasta el {chargeback.answer_by:%d/%m/%Y}")
            return chargeback
    except IntegrityError as error:
        if broken_constraint(error) in CONSTRAINTS:
            raise ChargebackNotPossible from error
        raise


def _stop_refunds(order: Order, attempt: Attempt, actor: str) -> None:
    for refund in attempt.refunds.all():
        refund.attempt = attempt
        refunds.withhold(order, refund, actor=actor)


def add_paper(
    chargeback_id: int, *, note: str, author: User, content: bytes | None = None, media_type: str = ""
) -> ChargebackPaper:
    """Attach what is sent to the gateway or came from it, at any time."""
    with transaction.atomic():
        order, chargeback = _lock(chargeback_id)
        _record(order, chargeback, trail.actor(author), f"documento del contracargo: {note}")
        return ChargebackPaper.objects.create(
            chargeback=chargeback, note=note, author=author, content=content, media_type=media_type
        )


def contest(chargeback_id: int, *, by: User, note: str) -> Chargeback:
    """State that the college answered with its evidence. Raises ChargebackClosed unless it was just received."""
    with transaction.atomic():
        order, chargeback = _lock(chargeback_id)
        _move(order, chargeback, ChargebackState.CONTESTED, by, f"contracargo respondido: {note}")
        return chargeback


def win(chargeback_id: int, *, by: User, note: str) -> Chargeback:
    """State that the college keeps the money: all is as before. Raises ChargebackClosed."""
    with transaction.atomic():
        order, chargeback = _lock(chargeback_id)
        _close(order, chargeback, ChargebackState.WON, by, f"contracargo ganado: {note}")
        return chargeback


def propose_end(chargeback_id: int, *, end: ChargebackState, by: User, reason: str) -> Chargeback:
    """Propose that the money is lost or given up; nothing moves until another person confirms.

    A second proposal replaces the first. Raises ChargebackClosed, ChargebackUndecided when `end` is no loss.
    """
    if end not in FINAL_LOSSES:
        raise ChargebackUndecided
    with transaction.atomic():
        order, chargeback = _lock(chargeback_id)
        if not chargeback.open:
            raise ChargebackClosed
        chargeback.proposed_end, chargeback.proposed_by, chargeback.proposed_reason = end, by, reason
        chargeback.save(update_fields=["proposed_end", "proposed_by", "proposed_reason"])
        cause = f"contracargo: se propone «{end.label.lower()}»: {reason}"
        _record(order, chargeback, trail.actor(by), cause)
        return chargeback


def confirm_end(chargeback_id: int, *, by: User) -> Chargeback:
    """A second person confirms the loss: dues are owed again, the credit note and the member's letter follow.

    What had gone back before is not counted again: only what is left of the charge leaves the books. Raises
    ChargebackClosed, ChargebackUndecided by the person who proposed, ChargebackWaits while a refund is at the gateway.
    """
    with transaction.atomic():
        order, chargeback = _lock(chargeback_id)
        if not chargeback.open:
            raise ChargebackClosed
        if chargeback.proposed_by is None or chargeback.proposed_by == by:
            raise ChargebackUndecided
        if chargeback.attempt.refunds.filter(state__in=LIVE_REFUND_STATES).exists():
            raise ChargebackWaits
        end = ChargebackState(chargeback.proposed_end)
        chargeback.refund = _take_back(order, chargeback, by)
        cause = f"contracargo {end.label.lower()}: {chargeback.proposed_reason}"
        _close(order, chargeback, end, by, cause)
        return chargeback


def _take_back(order: Order, chargeback: Chargeback, by: User) -> Refund | None:
    attempt = chargeback.attempt
    left = attempt.amount - attempt.given_back if attempt.state == AttemptState.APPROVED else remaining.ZERO
    amount = min(chargeback.amount, left)
    if amount < chargeback.amount:
        twice = chargeback.amount - amount
        letters.review(attempt, about=f"{chargeback}: S/ {twice:,.2f} ya se habían devuelto; salieron dos veces")
    if not amount:
        return None
    choice = remaining.Choice(lines=_reopened(attempt, amount), amount=amount)
    return refunds.record_elsewhere(
        order,
        attempt,
        choice,
        method=Refund.Method.CHARGEBACK,
        author=trail.actor(by),
        reason=f"Contracargo {chargeback.reference}: {chargeback.reason}"[:200],
        means="a su tarjeta por el reclamo de este cobro",
    )


def _reopened(attempt: Attempt, amount: Decimal) -> list[OrderLine]:
    """The dues that this sum gives back: all when it takes all that is left, else the newest that it covers whole."""
    lines = list(remaining.lines(attempt))
    if amount == attempt.amount - attempt.given_back:
        return lines
    covered: list[OrderLine] = []
    for line in reversed(lines):
        if sum((other.amount for other in covered), line.amount) <= amount:
            covered.append(line)
    return covered


def _close(order: Order, chargeback: Chargeback, end: ChargebackState, by: User, cause: str) -> None:
    chargeback.decided_by, chargeback.decided_at = by, timezone.now()
    _move(order, chargeback, end, by, cause)


def _move(order: Order, chargeback: Chargeback, to: ChargebackState, by: User, cause: str) -> None:
    if to not in CHARGEBACK_TRANSITIONS[chargeback.state]:
        raise ChargebackClosed
    chargeback.state = to
    chargeback.save()
    _record(order, chargeback, trail.actor(by), cause)


def _lock(chargeback_id: int) -> tuple[Order, Chargeback]:
    chargeback = Chargeback.objects.select_related("proposed_by").get(pk=chargeback_id)
    order, attempt = lock_attempt(chargeback.attempt_id)
    chargeback.refresh_from_db(fields=["state", "proposed_end", "proposed_reason", "proposed_by", "decided_at"])
    chargeback.attempt = attempt
    return order, chargeback


def _record(order: Order, chargeback: Chargeback, actor: str, cause: str) -> None:
    details = {"chargeback": chargeback.reference, "amount": str(chargeback.amount)}
    trail.record(order, attempt=chargeback.attempt, actor=actor, cause=cause, details=details)
