"""Give money back: a void of today's charge, or a refund of an older one, whole or by due.

Each step is committed before the gateway is asked, exactly as for a charge, and can itself be in doubt. A void may be
repeated (the gateway says it was done); a refund never is, because a partial one could be paid twice.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from base.peru.lima import day_of
from base.postgres.constraints import broken_constraint
from dues import exemptions, ledger
from payments import letters, trail, transfers
from payments.checkout import transitions
from payments.checkout.locks import lock_attempt
from payments.exceptions import AlreadyCredited, IllegalTransition, RefundNotPossible
from payments.gateway import Approved, Niubiz, UndoResult, Voided, from_settings
from payments.models import Attempt, Order, OrderLine, Refund, RefundLine
from payments.refunds import remaining
from payments.states import REFUND_TRANSITIONS, OrderState, RefundState

# The gateway settles a day's charges early next morning (Niubiz manual annex c): near midnight a void may be late.
VOID_MARGIN = timedelta(minutes=15)
#: The code of a refund that a chargeback stopped before the gateway was asked.
NOT_SENT = "no enviada"
QUESTION_DELAY = timedelta(seconds=30)
PATIENCE = timedelta(seconds=settings.NIUBIZ_CONNECT_TIMEOUT + settings.NIUBIZ_READ_TIMEOUT + 15)


def request(attempt_id: int, *, author: str, reason: str, lines: Sequence[OrderLine] | None = None) -> Refund:
    """Decide to give back a whole charge, or some lines of the order it paid; the worker sends it.

    The method follows from the day: void while the charge is of today in Lima and whole, refund otherwise. Raises
    RefundNotPossible when the charge is not an approval, a line was given back already, or another is under way, and
    AlreadyCredited when a due was exempted and the member has had its surplus.
    """
    try:
        with transaction.atomic():
            order, attempt = lock_attempt(attempt_id)
            return _request(order, attempt, author, reason, lines)
    except IntegrityError as error:
        if broken_constraint(error) in RefundNotPossible.constraints:
            raise RefundNotPossible from error
        raise


def _request(order: Order, attempt: Attempt, author: str, reason: str, lines: Sequence[OrderLine] | None) -> Refund:
    choice = remaining.choose(attempt, lines)
    refuse_credited(attempt, choice.lines)
    attempt.given_back += choice.amount
    attempt.save(update_fields=["given_back"])
    whole = choice.amount == attempt.amount
    method = Refund.Method.VOID if whole and still_voidable(attempt, timezone.now()) else Refund.Method.REFUND
    refund = Refund.objects.create(attempt=attempt, method=method, amount=choice.amount, reason=reason, author=author)
    RefundLine.objects.bulk_create(RefundLine(refund=refund, line=line) for line in choice.lines)
    _record(order, refund, actor=author, cause=f"devolución pedida: {reason}", to_state=refund.state)
    jobs.configure_task("payments.give_back").defer(refund_id=refund.pk)
    return refund


def refuse_credited(attempt: Attempt, lines: Sequence[OrderLine]) -> None:
    """Raises AlreadyCredited when a due of these lines was exempted and the member has had its surplus."""
    if exemptions.was_given_back(attempt.number, transfers.dues_paid_by(lines)):
        raise AlreadyCredited


def still_voidable(attempt: Attempt, now: datetime) -> bool:
    """Whether the charge is of today in Lima, with time left to void it (Niubiz manual annex c).

    The one place that decides what can be voided. No source says whether a Yape can: it has a signature as a card has,
    so it is tried alike, and a refusal goes to treasury, which gives the money back by other means.
    """
    charged = attempt.decided_at or attempt.concluded_at
    if not (attempt.words.voidable and attempt.signature):
        return False
    return charged is not None and day_of(charged) == day_of(now + VOID_MARGIN)


def record_elsewhere(
    order: Order,
    attempt: Attempt,
    choice: remaining.Choice,
    *,
    method: Refund.Method,
    author: str,
    reason: str,
    means: str,
) -> Refund:
    """Record money that went back without this portal's asking: by other means, or by a lost chargeback.

    The caller holds the order's lock. `means` says in Spanish how it went back. The dues of `choice` are owed again;
    the credit note and the member's letter follow as for a refund. Raises IntegrityError when more would go back than
    was charged.
    """
    attempt.given_back += choice.amount
    attempt.staff_reason = ""
    attempt.save(update_fields=["given_back", "staff_reason"])
    refund = Refund.objects.create(
        attempt=attempt,
        method=method,
        amount=choice.amount,
        reason=reason,
        author=author,
        state=RefundState.DONE,
        concluded_at=timezone.now(),
        means=means,
    )
    RefundLine.objects.bulk_create(RefundLine(refund=refund, line=line) for line in choice.lines)
    cause = f"{refund.get_method_display().lower()}: {reason}"
    _record(order, refund, actor=author, cause=cause, to_state=refund.state)
    _reopen(order, refund, actor=author)
    return refund


def returned_otherwise(attempt: Attempt) -> list[Refund]:
    """Returns every refund that is done, when one of them went another way than to the card by this portal; else []."""
    done = list(attempt.refunds.filter(state=RefundState.DONE).order_by("pk"))
    return done if any(refund.means for refund in done) else []


def withhold(order: Order, refund: Refund, *, actor: str) -> None:
    """Refuse a refund that was requested and not sent, in the caller's transaction, which holds the order's lock."""
    if refund.state == RefundState.REQUESTED:
        refund.code = NOT_SENT
        _refused(order, refund, actor=actor, details={})


def send(refund_id: int, *, gateway: Niubiz | None = None) -> Refund:
    """Ask the gateway for one requested refund. A second call while it is being sent, or after, only reads."""
    refund, mine = _begin_sending(refund_id)
    if not mine:
        return refund
    return conclude(refund_id, _ask(gateway or _gateway_of(refund), refund))


def accept_unsent(refund_id: int) -> Refund:
    """Give a requested refund the outcome of an acceptance without asking the gateway.

    Only for a preview (staff/decisions): its caller's transaction is rolled back. Raises TransactionManagementError
    outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("accept_unsent needs a transaction that is rolled back")
    order, refund = _lock(refund_id)
    _move(order, refund, RefundState.SENDING, actor=trail.CLOCK, cause="devolución enviada")
    _done(order, refund, actor=trail.GATEWAY, details={})
    return refund


def _gateway_of(refund: Refund) -> Niubiz:
    return from_settings(merchant_id=refund.attempt.merchant_id)


def _begin_sending(refund_id: int) -> tuple[Refund, bool]:
    with transaction.atomic():
        order, refund = _lock(refund_id)
        if refund.state != RefundState.REQUESTED:
            return refund, False
        refund.next_question_at = timezone.now() + PATIENCE
        _move(order, refund, RefundState.SENDING, actor=trail.CLOCK, cause="devolución enviada")
        return refund, True


def _ask(gateway: Niubiz, refund: Refund) -> UndoResult:
    attempt = refund.attempt
    if refund.method == Refund.Method.VOID:
        return gateway.void(signature=attempt.signature, reason=refund.reason)
    return gateway.refund(
        transaction_id=attempt.transaction_id,
        amount=refund.amount,
        ruc=settings.NIUBIZ_REFUND_RUC,
        reference=refund.number,
        comment=refund.reason,
    )


def conclude(refund_id: int, result: UndoResult) -> Refund:
    """Give a refund its outcome; once done it is never demoted."""
    with transaction.atomic():
        order, refund = _lock(refund_id)
        if refund.state not in (RefundState.SENDING, RefundState.IN_DOUBT):
            return refund
        refund.code = result.code[:10]
        details = {"exchange": asdict(result.exchange)}
        if result.done:
            refund.gateway_reference = result.reference[:40]
            _done(order, refund, actor=trail.GATEWAY, details=details)
        elif result.refused:
            _refused(order, refund, actor=trail.GATEWAY, details=details)
        else:
            _doubt(order, refund, details)
        return refund


def ask(refund_id: int, *, gateway: Niubiz | None = None) -> Refund:
    """Find out about a refund whose answer was lost: a void can be asked about and repeated, a refund cannot."""
    refund = Refund.objects.select_related("attempt").get(pk=refund_id)
    happened = came_through(gateway or _gateway_of(refund), refund)
    if happened is None:
        return _still_unknown(refund_id)
    return settle_doubt(refund_id, came_through=happened, actor=trail.GATEWAY)


def came_through(gateway: Niubiz, refund: Refund) -> bool | None:
    """Whether the money went back; None when the gateway cannot tell.

    Its query of refunds is not documented (Niubiz reference §15), so of a refund only staff can tell.
    """
    if refund.method != Refund.Method.VOID:
        return None
    answer = gateway.retrieve(purchase_number=refund.attempt.number)
    return True if isinstance(answer, Voided) else False if isinstance(answer, Approved) else None


def settle_doubt(refund_id: int, *, came_through: bool, actor: str) -> Refund:
    """Conclude a refund in doubt by the gateway's or a staff member's word.

    What did not come through is sent again if it is a void, and refused if it is a refund.
    """
    with transaction.atomic():
        order, refund = _lock(refund_id)
        if refund.state == RefundState.SENDING:
            _doubt(order, refund, {})
        if refund.state != RefundState.IN_DOUBT:
            return refund
        if came_through:
            _done(order, refund, actor=actor, details={})
        elif refund.method == Refund.Method.VOID and still_voidable(refund.attempt, timezone.now()):
            refund.next_question_at = None
            _move(order, refund, RefundState.REQUESTED, actor=actor, cause="no se realizó; se enviará otra vez")
            jobs.configure_task("payments.give_back").defer(refund_id=refund.pk)
        else:
            _refused(order, refund, actor=actor, details={})
        return refund


def presume_sent(refund_id: int, *, actor: str) -> Refund:
    """After a restore: a refund that our rows say was not sent may have been. A void is asked about, a refund waits for
    staff, and neither is sent again before."""
    with transaction.atomic():
        order, refund = _lock(refund_id)
        if refund.state == RefundState.REQUESTED:
            _move(order, refund, RefundState.SENDING, actor=actor, cause="quizá se envió después de la copia")
            _doubt(order, refund, {})
        return refund


def undo_double_payment(attempt_id: int) -> None:
    """Void a double payment while it is of today; later, staff refund it. Safe to repeat."""
    attempt = Attempt.objects.get(pk=attempt_id)
    disputed = any(chargeback.open for chargeback in attempt.chargebacks.all())
    if not attempt.double_payment or disputed or attempt.refunds.exists():
        return
    if still_voidable(attempt, timezone.now()):
        request(attempt_id, author=trail.CLOCK, reason="Pago doble: las cuotas ya estaban pagadas")
    else:
        letters.review(attempt, about="Pago doble de otro día: falta devolverlo")


def _done(order: Order, refund: Refund, *, actor: str, details: dict[str, Any]) -> None:
    _finish(order, refund, RefundState.DONE, actor, "devuelto", details)
    _reopen(order, refund, actor=actor)


def _reopen(order: Order, refund: Refund, *, actor: str) -> None:
    """What follows from money that went back: dues are owed again, order and charge say so, note and letter follow."""
    attempt = refund.attempt
    if attempt.given_back == attempt.amount:
        transitions.mark_given_back(order, attempt, voided=refund.method == Refund.Method.VOID, actor=actor)
    lines = OrderLine.objects.filter(refund_lines__refund=refund)
    ledger.reverse_paid_by(attempt.number, transfers.dues_paid_by(lines), author=refund.author, reason=refund.reason)
    if attempt.settles_order:
        whole = attempt.given_back == attempt.amount
        transitions.mark_refunded(order, OrderState.REFUNDED if whole else OrderState.PARTLY_REFUNDED, actor=actor)
        jobs.configure_task("receipts.credit").defer(refund_id=refund.pk)
    letters.refunded(refund)


def _refused(order: Order, refund: Refund, *, actor: str, details: dict[str, Any]) -> None:
    _finish(order, refund, RefundState.REFUSED, actor, f"rechazado {refund.code}".strip(), details)
    refund.lines.update(live=False)
    attempt = refund.attempt
    attempt.given_back -= refund.amount
    by = "no enviada por un contracargo" if refund.code == NOT_SENT else "rechazada por la pasarela"
    attempt.staff_reason = f"{refund.get_method_display()} {by}: falta devolver S/ {refund.amount:,.2f}"
    attempt.save(update_fields=["given_back", "staff_reason"])
    letters.review(attempt, about=f"{attempt.staff_reason} ({refund.number})")
    if refund.code != NOT_SENT:
        letters.refund_refused(refund)


def _doubt(order: Order, refund: Refund, details: dict[str, Any]) -> None:
    refund.next_question_at = timezone.now() + QUESTION_DELAY
    if refund.state == RefundState.IN_DOUBT:
        refund.save()
        return
    _move(order, refund, RefundState.IN_DOUBT, actor=trail.GATEWAY, cause="devolución en duda", details=details)
    if refund.method == Refund.Method.REFUND:
        letters.review(refund.attempt, about=f"Devolución {refund.number} en duda: confirme con la pasarela")


def _still_unknown(refund_id: int) -> Refund:
    with transaction.atomic():
        order, refund = _lock(refund_id)
        if refund.state in (RefundState.SENDING, RefundState.IN_DOUBT):
            _doubt(order, refund, {})
        return refund


def _finish(order: Order, refund: Refund, to: RefundState, actor: str, cause: str, details: dict[str, Any]) -> None:
    refund.concluded_at = timezone.now()
    refund.next_question_at = None
    _move(order, refund, to, actor=actor, cause=cause, details=details)


def _lock(refund_id: int) -> tuple[Order, Refund]:
    order, attempt = lock_attempt(Refund.objects.values_list("attempt_id", flat=True).get(pk=refund_id))
    refund = Refund.objects.get(pk=refund_id)
    refund.attempt = attempt
    return order, refund


def _move(
    order: Order, refund: Refund, to: RefundState, *, actor: str, cause: str, details: dict[str, Any] | None = None
) -> None:
    before = refund.state
    if to not in REFUND_TRANSITIONS[before]:
        raise IllegalTransition
    refund.state = to
    refund.save()
    _record(order, refund, actor=actor, cause=cause, from_state=before, to_state=to, details=details)


def _record(
    order: Order,
    refund: Refund,
    *,
    actor: str,
    cause: str,
    to_state: str,
    from_state: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    trail.record(
        order,
        attempt=refund.attempt,
        actor=actor,
        cause=cause,
        from_state=from_state,
        to_state=to_state,
        details={"refund": refund.number, "amount": str(refund.amount), **(details or {})},
    )
