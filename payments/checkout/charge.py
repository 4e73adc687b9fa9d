"""The only code that moves an order or an attempt.

Each function locks the order's row, re-reads, checks, moves along the table in payments/states.py and writes an
event, in one transaction. No transaction is open while the gateway is asked: the attempt is committed as
*authorising* before the request leaves, so that a crash at any point leaves a row that says "ask".
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from dues import ledger
from dues.exceptions import AlreadySettled
from dues.models import Channel
from payments import letters, trail
from payments.checkout import answers
from payments.checkout.give_up import give_up
from payments.checkout.locks import lock_attempt
from payments.checkout.transitions import move_attempt, move_order
from payments.gateway import Absent, Answer, Approved, Denied, Niubiz, Voided
from payments.models import Attempt, Order
from payments.states import ATTEMPT_TRANSITIONS, AttemptState, OrderState

# The gateway is asked about a lost answer after so many seconds, the last one again and again (Niubiz manual §6).
QUESTION_DELAYS = (5, 30, 120, 600, 900)
# A session lives 30 minutes and a card token 15 (Niubiz manual): later than this an unknown purchase cannot appear.
ABSENT_AFTER = timedelta(minutes=35)
# The authorisation call may take its timeouts; only after them is a silent attempt asked about.
AUTHORISING_PATIENCE = timedelta(seconds=settings.NIUBIZ_CONNECT_TIMEOUT + settings.NIUBIZ_READ_TIMEOUT + 15)
PAID_ELSEWHERE = "cuotas pagadas por otro medio"
NO_LONGER_OWED = "las cuotas ya no se deben como se eligieron: pagadas, exoneradas o de otro monto"


# --- From the card form to the outcome


def authorise(attempt_id: int, *, transaction_token: str, gateway: Niubiz) -> Attempt:
    """Charge the card once and record what came of it. Safe on reload, Back and double post: a second call only reads.

    Takes the token that the gateway's form posted; it is used and forgotten. Returns the attempt in its new state;
    what that means for the member stands on the order's page. Raises nothing for a denial or a lost answer.
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
    return conclude(attempt_id, answer, actor=trail.GATEWAY)


def _begin_authorising(attempt_id: int) -> tuple[Attempt, bool]:
    """Commit the intention before the request leaves. The second value says whether this call may charge."""
    with transaction.atomic():
        order, attempt = lock_attempt(attempt_id)
        actor = trail.account(order.user)
        if attempt.state != AttemptState.FORM_OPEN:
            return attempt, False
        if order.lapsed(timezone.now()):
            give_up(order, OrderState.EXPIRED, actor=trail.CLOCK, cause="venció antes de cobrar")
        elif not order.user.is_active or not attempt.payer_stands:
            cause = "la cuenta está bloqueada, o su CMP en revisión o cambiado"
            give_up(order, OrderState.CANCELLED, actor=actor, cause=cause)
        elif not _still_owed(order):
            give_up(order, OrderState.CANCELLED, actor=actor, cause=NO_LONGER_OWED)
        else:
            now = timezone.now()
            attempt.authorising_since = now
            attempt.next_question_at = now + AUTHORISING_PATIENCE
            move_attempt(order, attempt, AttemptState.AUTHORISING, actor=actor, cause="enviado a autorizar")
            return attempt, True
        attempt.refresh_from_db()
        return attempt, False


def _still_owed(order: Order) -> bool:
    """Whether its dues are still open, held by it and of the amount chosen, as they were once it was locked."""
    return all(line.amount == line.owed for line in order.chosen)


def conclude(attempt_id: int, answer: Answer, *, actor: str) -> Attempt:
    """Give an attempt its outcome. The return page, the reconcile job and staff's question all end here.

    An approval counts only when purchase number, amount and currency are ours; anything unclear leaves the attempt
    in doubt, its dues held, to be asked about again. A concluded attempt is never demoted.
    """
    try:
        return _conclude(attempt_id, answer, actor)
    except AlreadySettled:
        # Nothing of it stayed. The money is recorded all the same, as paid twice.
        return _conclude(attempt_id, answer, actor, paid_elsewhere=True)


@transaction.atomic
def _conclude(attempt_id: int, answer: Answer, actor: str, *, paid_elsewhere: bool = False) -> Attempt:
    order, attempt = lock_attempt(attempt_id)
    late_approval = attempt.state == AttemptState.ABSENT and isinstance(answer, Approved)
    if not attempt.unknown and not late_approval:
        return attempt
    match answer:
        case Approved():
            _conclude_approved(order, attempt, answer, actor, paid_elsewhere)
        case Denied(in_doubt=False):
            _conclude_denied(order, attempt, answer, actor)
        case Voided():
            _conclude_voided(order, attempt, answer, actor)
        case Absent() if _surely_absent(attempt):
            _finish(order, attempt, AttemptState.ABSENT, actor, "la pasarela no conoce el pedido", answer)
        case _:
            _stay_in_doubt(order, attempt, answer, actor)
    return attempt


def mark_sent(attempt_id: int, *, actor: str, cause: str) -> None:
    """After a restore: the gateway has decided about an attempt that our rows say was never sent. Now it may be
    concluded; one in any other state is left as it is."""
    with transaction.atomic():
        order, attempt = lock_attempt(attempt_id)
        attempt.authorising_since = attempt.next_question_at = timezone.now()
        for state in (AttemptState.FORM_OPEN, AttemptState.AUTHORISING):
            if state in ATTEMPT_TRANSITIONS[attempt.state]:
                move_attempt(order, attempt, state, actor=actor, cause=cause)


def _conclude_approved(order: Order, attempt: Attempt, answer: Approved, actor: str, paid_elsewhere: bool) -> None:
    answers.keep(attempt, answer)
    if difference := answers.mismatch(attempt, answer):
        attempt.staff_reason = f"La pasarela aprobó otra operación: {difference}"[:200]
        letters.review(attempt)
        _stay_in_doubt(order, attempt, answer, actor)
        return
    attempt.staff_reason = ""
    if attempt.state == AttemptState.ABSENT:
        # Only then: beside a try that is under way there is no other (an_order_has_one_live_attempt).
        _close_open_form(order, actor)
    # The order may have been paid by another try, and perhaps given back since.
    attempt.settles_order = not (order.paid_at or paid_elsewhere)
    if not attempt.settles_order:
        attempt.staff_reason = "Pago doble: las cuotas ya estaban pagadas"
    with ledger.together():
        _finish(order, attempt, AttemptState.APPROVED, actor, "aprobado", answer)
        if attempt.settles_order:
            _settle(order, attempt, actor)
        else:
            _record_double_payment(order, attempt, actor)
        ledger.release(order.ref)


def _settle(order: Order, attempt: Attempt, actor: str) -> None:
    amounts = [(line.due, line.amount) for line in order.chosen]
    paid_at = attempt.decided_at or timezone.now()
    ledger.settle(amounts, channel=Channel.CARD, reference=attempt.number, paid_at=paid_at)
    if not _still_owed(order):
        letters.exempt_dues_paid(attempt)
    order.paid_at = paid_at
    move_order(order, OrderState.PAID, actor=actor, cause="cuotas pagadas")
    jobs.configure_task("receipts.issue").defer(order_id=order.pk)


def _close_open_form(order: Order, actor: str) -> None:
    """A try that was believed absent was approved after all, while the card form of another one is open."""
    for other in order.attempts.filter(state__in=(AttemptState.CREATED, AttemptState.FORM_OPEN)):
        move_attempt(order, other, AttemptState.ABANDONED, actor=actor, cause="otro intento fue aprobado")


def _record_double_payment(order: Order, attempt: Attempt, actor: str) -> None:
    """Money came for dues that were paid already: never dropped, told to member and staff, and undone by a job."""
    if order.unfinished:
        move_order(order, OrderState.CANCELLED, actor=actor, cause=PAID_ELSEWHERE)
    letters.double_payment(attempt)
    jobs.configure_task("payments.undo_double_payment").defer(attempt_id=attempt.pk)


def _conclude_denied(order: Order, attempt: Attempt, answer: Denied, actor: str) -> None:
    attempt.action_code = answer.action_code[:10]
    attempt.action_description = answer.action_description[:200]
    attempt.card, attempt.brand = answer.card[:25], answer.brand[:20]
    _finish(order, attempt, AttemptState.DECLINED, actor, f"denegado: {answer.reason}", answer)


def _conclude_voided(order: Order, attempt: Attempt, answer: Voided, actor: str) -> None:
    answers.keep(attempt, answer)
    if attempt.state == AttemptState.AUTHORISING:
        _stay_in_doubt(order, attempt, answer, actor)
    _finish(order, attempt, AttemptState.VOIDED, actor, "la pasarela lo anuló", answer)


def _stay_in_doubt(order: Order, attempt: Attempt, answer: Answer, actor: str) -> None:
    reason = getattr(answer, "reason", "") or type(answer).__name__.lower()
    if attempt.state == AttemptState.IN_DOUBT:
        attempt.questions_asked += 1
        delay = _schedule_question(attempt)
        attempt.save()
        cause, details = f"sigue en duda: {reason}", answers.trail(answer)
        trail.record(order, attempt=attempt, actor=actor, cause=cause, details=details)
    else:
        delay = _schedule_question(attempt)
        cause = f"en duda: {reason}"
        move_attempt(order, attempt, AttemptState.IN_DOUBT, actor=actor, cause=cause, details=answers.trail(answer))
    # The periodic sweep asks within a minute in any case; this job makes the first questions quicker.
    jobs.configure_task("payments.ask", schedule_in={"seconds": delay}).defer(attempt_id=attempt.pk)


def _schedule_question(attempt: Attempt) -> int:
    """Set when the gateway is asked next; return in how many seconds."""
    delay = QUESTION_DELAYS[min(attempt.questions_asked, len(QUESTION_DELAYS) - 1)]
    attempt.next_question_at = timezone.now() + timedelta(seconds=delay)
    return delay


def _surely_absent(attempt: Attempt) -> bool:
    since = attempt.authorising_since
    # Where payments go now may not be where this one went: there it may be known.
    asked_where_it_went = attempt.environment == settings.NIUBIZ_ENVIRONMENT
    in_doubt = attempt.state == AttemptState.IN_DOUBT and asked_where_it_went
    return in_doubt and since is not None and timezone.now() >= since + ABSENT_AFTER


def _finish(order: Order, attempt: Attempt, to: AttemptState, actor: str, cause: str, answer: Answer) -> None:
    was_in_doubt = attempt.state in (AttemptState.IN_DOUBT, AttemptState.ABSENT)
    attempt.concluded_at = timezone.now()
    attempt.next_question_at = None
    move_attempt(order, attempt, to, actor=actor, cause=cause, details=answers.trail(answer))
    if was_in_doubt and (attempt.settles_order or to != AttemptState.APPROVED):
        letters.outcome_known(attempt)
