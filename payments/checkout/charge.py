"""Charges the card and records the outcome.

Each step locks the order's row, reads, checks and follows the tables in payments/states.py, in one transaction. No
transaction is open during a request to the gateway. The attempt is committed as *authorising* before the request
leaves, so after a crash its row says "ask".
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from dues import exemptions, ledger
from dues.exceptions import AlreadySettled
from dues.models import Channel
from members import actors
from payments import letters
from payments.checkout import answers
from payments.checkout.give_up import NO_LONGER_OWED, give_up_unsent
from payments.checkout.locks import LockedAttempt, lock_charge
from payments.checkout.transitions import move_attempt, move_order
from payments.gateway import Absent, Answer, Approved, Denied, Niubiz, Voided
from payments.models import Attempt
from payments.states import ATTEMPT_TRANSITIONS, AttemptState, OrderState
from payments.trail import payer_of

Details = dict[str, Any]
# Seconds until the gateway is asked about a lost answer; the last delay repeats (Niubiz manual §6).
QUESTION_DELAYS = (5, 30, 120, 600, 900)
# A session lives 30 minutes and a card token 15 (Niubiz manual): after this, an unknown purchase cannot appear.
ABSENT_AFTER = timedelta(minutes=35)
# The authorisation may use its full timeouts; only then is a silent attempt asked about.
AUTHORISING_PATIENCE = timedelta(seconds=settings.NIUBIZ_CONNECT_TIMEOUT + settings.NIUBIZ_READ_TIMEOUT + 15)
PAID_ELSEWHERE = "cuotas pagadas por otro medio"


def authorise(attempt_id: int, *, transaction_token: str, gateway: Niubiz) -> Attempt:
    """Charges the card once and records the outcome. On reload, Back or a double post, a second call only reads.

    Takes the token that the gateway's form posted, which is not stored. Returns the attempt in its new state, also
    after a denial or a lost answer; the order's page explains the state.
    """
    attempt, charge = _begin_authorising(attempt_id)
    if not charge:
        return attempt
    answer = gateway.authorise(
        purchase_number=attempt.number,
        amount=attempt.amount,
        currency=attempt.currency,
        transaction_token=transaction_token,
    )
    return conclude(attempt_id, answer, actor=actors.GATEWAY)


@transaction.atomic
def _begin_authorising(attempt_id: int) -> tuple[Attempt, bool]:
    """Commits the intention before the request leaves. The second value tells whether this call may charge."""
    locked = lock_charge(attempt_id)
    order, attempt = locked.order, locked.attempt
    if attempt.state != AttemptState.FORM_OPEN:
        return attempt, False
    actor = payer_of(order)
    if order.lapsed(timezone.now()):
        give_up_unsent(locked, OrderState.EXPIRED, actor=actors.CLOCK, cause="venció antes de cobrar")
    elif not order.user.is_active or not locked.payer_stands:
        cause = "la cuenta está bloqueada, o su CMP en revisión o cambiado"
        give_up_unsent(locked, OrderState.CANCELLED, actor=actor, cause=cause)
    elif not locked.still_owed:
        give_up_unsent(locked, OrderState.CANCELLED, actor=actor, cause=NO_LONGER_OWED)
    else:
        attempt.authorising_since = timezone.now()
        attempt.next_question_at = attempt.authorising_since + AUTHORISING_PATIENCE
        move_attempt(locked.trail, attempt, AttemptState.AUTHORISING, actor=actor, cause="enviado a autorizar")
        return attempt, True
    return attempt, False


def conclude(attempt_id: int, answer: Answer, *, actor: str) -> Attempt:
    """Gives an attempt its outcome; the return page, the reconcile job and staff's questions all end here.

    An approval counts only if purchase number, amount and currency are ours. Anything unclear leaves the attempt in
    doubt with its dues held. A concluded attempt is never demoted.
    """
    try:
        return _conclude(attempt_id, answer, actor)
    except AlreadySettled:
        # The first transaction was rolled back. The money is recorded as paid twice.
        return _conclude(attempt_id, answer, actor, paid_elsewhere=True)


@transaction.atomic
def _conclude(attempt_id: int, answer: Answer, actor: str, *, paid_elsewhere: bool = False) -> Attempt:
    locked = lock_charge(attempt_id)
    attempt = locked.attempt
    late_approval = attempt.state == AttemptState.ABSENT and isinstance(answer, Approved)
    if not attempt.unknown and not late_approval:
        return attempt
    match answer:
        case Approved():
            _conclude_approved(locked, answer, actor, paid_elsewhere)
        case Denied(in_doubt=False):
            _conclude_denied(locked, answer, actor)
        case Voided():
            _conclude_voided(locked, answer, actor)
        case Absent() if _surely_absent(attempt):
            _finish_unpaid(locked, AttemptState.ABSENT, actor, "la pasarela no conoce el pedido", answer)
        case _:
            _stay_in_doubt(locked, answer, actor)
    return attempt


def mark_sent(attempt_id: int, *, actor: str, cause: str) -> None:
    """Restores an attempt that the gateway decided but our rows, after a restore, show as never sent.

    The attempt can then be concluded; an attempt in any other state stays as it is.
    """
    with transaction.atomic():
        locked = lock_charge(attempt_id)
        attempt = locked.attempt
        attempt.authorising_since = attempt.next_question_at = timezone.now()
        for state in (AttemptState.FORM_OPEN, AttemptState.AUTHORISING):
            if state in ATTEMPT_TRANSITIONS[attempt.state]:
                move_attempt(locked.trail, attempt, state, actor=actor, cause=cause)


# --- Approved


def _conclude_approved(locked: LockedAttempt, answer: Approved, actor: str, paid_elsewhere: bool) -> None:
    attempt = locked.attempt
    answers.keep(attempt, answer)
    if difference := answers.mismatch(attempt, answer):
        _hold_for_staff(locked, answer, actor, difference)
        return
    if attempt.state == AttemptState.ABSENT:
        # Needed only after ABSENT: while an attempt is live the database allows no second one.
        _close_open_form(locked, actor)
    # Another attempt may have paid the order, and may have been refunded since.
    attempt.settles_order = not (locked.order.paid_at or paid_elsewhere)
    was_in_doubt = attempt.state != AttemptState.AUTHORISING
    if attempt.settles_order:
        _settle(locked, answers.trail(answer), actor)
        if was_in_doubt:
            letters.outcome_known(attempt)
    else:
        _record_double_payment(locked, answer, actor)


def _hold_for_staff(locked: LockedAttempt, answer: Approved, actor: str, difference: str) -> None:
    """An approval of something else: two people decide what it is (payments/checkout/mismatches.py)."""
    attempt = locked.attempt
    attempt.charged = answer.amount
    attempt.staff_reason = f"La pasarela aprobó otra operación: {difference}"[:200]
    letters.review(attempt)
    if attempt.unknown:
        _stay_in_doubt(locked, answer, actor)
    else:
        # Found absent, or disowned by two people: its state stays theirs.
        attempt.save(update_fields=["charged", "staff_reason"])
        cause = f"la pasarela insiste: {difference}"
        locked.trail.record(attempt=attempt, actor=actor, cause=cause, details=answers.trail(answer))


def _settle(locked: LockedAttempt, details: Details, actor: str, cause: str = "aprobado") -> None:
    order, attempt = locked.order, locked.attempt
    attempt.staff_reason = ""
    order.paid_at = attempt.decided_at or timezone.now()
    amounts = [(line.due, line.amount) for line in locked.chosen]
    with ledger.pipelined():
        _finish(locked, AttemptState.APPROVED, actor, cause, details)
        ledger.settle(amounts, channel=Channel.CARD, reference=attempt.number, paid_at=order.paid_at)
        move_order(locked.trail, OrderState.PAID, actor=actor, cause="cuotas pagadas")
        ledger.release(order.ref)
    if not locked.still_owed:
        letters.exempt_dues_paid(attempt)
        exemptions.credit_paid_while_exempt(attempt.number, [line.due for line in locked.chosen])
    if order.paid_by_other:
        letters.paid_by_other(attempt)
    jobs.configure_task("receipts.issue").defer(order_id=order.pk)


def _record_double_payment(locked: LockedAttempt, answer: Approved, actor: str) -> None:
    """Records money for dues that were already paid: member and staff are told, and a job undoes the charge."""
    order, attempt = locked.order, locked.attempt
    attempt.staff_reason = "Pago doble: las cuotas ya estaban pagadas"
    with ledger.pipelined():
        _finish(locked, AttemptState.APPROVED, actor, "aprobado", answers.trail(answer))
        if order.unfinished:
            move_order(locked.trail, OrderState.CANCELLED, actor=actor, cause=PAID_ELSEWHERE)
        ledger.release(order.ref)
    letters.double_payment(attempt)
    jobs.configure_task("payments.undo_double_payment").defer(attempt_id=attempt.pk)


def _close_open_form(locked: LockedAttempt, actor: str) -> None:
    """Abandons the open card form of another attempt, after a late approval of an absent one."""
    for other in locked.order.attempts.filter(state__in=(AttemptState.CREATED, AttemptState.FORM_OPEN)):
        move_attempt(locked.trail, other, AttemptState.ABANDONED, actor=actor, cause="otro intento fue aprobado")


# --- Not paid


def _conclude_denied(locked: LockedAttempt, answer: Denied, actor: str) -> None:
    attempt = locked.attempt
    attempt.action_code = answer.action_code[:10]
    attempt.action_description = answer.action_description[:200]
    attempt.card, attempt.brand = answer.card[:25], answer.brand[:20]
    answers.keep_way(attempt, answer)
    _finish_unpaid(locked, AttemptState.DECLINED, actor, f"denegado: {answer.reason}", answer)


def _conclude_voided(locked: LockedAttempt, answer: Voided, actor: str) -> None:
    answers.keep(locked.attempt, answer)
    if locked.attempt.state == AttemptState.AUTHORISING:
        _stay_in_doubt(locked, answer, actor)
    _finish_unpaid(locked, AttemptState.VOIDED, actor, "la pasarela lo anuló", answer)


def _finish_unpaid(locked: LockedAttempt, to: AttemptState, actor: str, cause: str, answer: Answer) -> None:
    was_in_doubt = locked.attempt.state == AttemptState.IN_DOUBT
    _finish(locked, to, actor, cause, answers.trail(answer))
    if was_in_doubt:
        letters.outcome_known(locked.attempt)


def _finish(locked: LockedAttempt, to: AttemptState, actor: str, cause: str, details: Details) -> None:
    attempt = locked.attempt
    attempt.concluded_at = timezone.now()
    attempt.next_question_at = None
    move_attempt(locked.trail, attempt, to, actor=actor, cause=cause, details=details)


# --- By two people


def accept(locked: LockedAttempt, *, actor: str, cause: str, details: Details) -> None:
    """Let a mismatching approval pay its order's dues, in the caller's transaction.

    Raises AlreadySettled when they were paid meanwhile; then that transaction has to be rolled back.
    """
    locked.attempt.settles_order = True
    _settle(locked, details, actor, cause)
    letters.outcome_known(locked.attempt)


def accept_to_give_back(locked: LockedAttempt, *, actor: str, cause: str, details: Details) -> None:
    """Take a mismatching approval as money received that pays nothing; the caller's transaction asks for its refund."""
    with ledger.pipelined():
        _finish(locked, AttemptState.APPROVED, actor, cause, details)
        if locked.order.unfinished:
            move_order(locked.trail, OrderState.CANCELLED, actor=actor, cause="el cobro no coincidía: se devuelve")
        ledger.release(locked.order.ref)


def disown(locked: LockedAttempt, *, actor: str, cause: str, details: Details) -> None:
    """Conclude that a mismatching approval is not of this order: nothing was charged for it."""
    locked.attempt.staff_reason = ""
    _finish(locked, AttemptState.ABSENT, actor, cause, details)
    letters.outcome_known(locked.attempt)


# --- In doubt


def _stay_in_doubt(locked: LockedAttempt, answer: Answer, actor: str) -> None:
    attempt, trail = locked.attempt, locked.trail
    reason = getattr(answer, "reason", "") or type(answer).__name__.lower()
    details = answers.trail(answer)
    if attempt.state == AttemptState.IN_DOUBT:
        attempt.questions_asked += 1
        delay = _schedule_question(attempt)
        attempt.save()
        trail.record(attempt=attempt, actor=actor, cause=f"sigue en duda: {reason}", details=details)
    else:
        delay = _schedule_question(attempt)
        cause = f"en duda: {reason}"
        move_attempt(trail, attempt, AttemptState.IN_DOUBT, actor=actor, cause=cause, details=details)
    # The periodic sweep asks within a minute anyway; this job makes the first questions quicker.
    jobs.configure_task("payments.ask", schedule_in={"seconds": delay}).defer(attempt_id=attempt.pk)


def _schedule_question(attempt: Attempt) -> int:
    """Sets when the gateway is asked next and returns the seconds until then."""
    delay = QUESTION_DELAYS[min(attempt.questions_asked, len(QUESTION_DELAYS) - 1)]
    attempt.next_question_at = timezone.now() + timedelta(seconds=delay)
    return delay


def _surely_absent(attempt: Attempt) -> bool:
    since = attempt.authorising_since
    # The attempt may have been sent to another environment than today's; only that one knows it.
    same_environment = attempt.environment == settings.NIUBIZ_ENVIRONMENT
    in_doubt = attempt.state == AttemptState.IN_DOUBT and same_environment
    return in_doubt and since is not None and timezone.now() >= since + ABSENT_AFTER
