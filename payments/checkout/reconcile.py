"""Ask the gateway about charges whose answer never came, and free what nobody paid in time.

Nothing else tells us: the gateway sends no notice of card payments (Niubiz manual §6). Each function is safe to
repeat and safe to kill: what is unfinished stays in the rows and the next run finds it.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TypeVar

from django.db.models import Case, Q, When
from django.utils import timezone

from members.actors import RECONCILIATION
from payments import letters, reminders
from payments.checkout import charge, give_up
from payments.gateway import Niubiz, from_settings
from payments.models import Attempt, Letter, LetterState, Order, Refund
from payments.refunds import refunds
from payments.states import UNFINISHED_ORDER_STATES, UNKNOWN_ATTEMPT_STATES, AttemptState, RefundState

LETTERS_A_SWEEP = 200
REMINDER_JOBS_TAKE = timedelta(hours=2)
Item = TypeVar("Item")


def sweep() -> None:
    """Whatever a lost job or a crash left behind. What breaks at one row is raised after all others had their turn."""
    stages: list[Callable[[], object]] = [expire_lapsed, ask_all_due, finish_refunds, post_letters]
    _each(lambda stage: bool(stage()), stages)


def _each(step: Callable[[Item], object], items: Iterable[Item]) -> int:
    """Do the step for every item; return how many times it answered with something true.

    Raises ExceptionGroup at the end: one row that nobody foresaw must not keep everybody's money waiting.
    """
    done, broken = 0, []
    for item in items:
        try:
            done += bool(step(item))
        except Exception as error:  # whatever it was, the next row has nothing to do with it
            broken.append(error)
    if broken:
        raise ExceptionGroup("these rows need a look; the others were dealt with", broken)
    return done


def ask(attempt_id: int, *, actor: str = RECONCILIATION, gateway: Niubiz | None = None) -> Attempt:
    """Ask the gateway what became of one attempt and conclude it if it tells."""
    attempt = Attempt.objects.get(pk=attempt_id)
    answer = (gateway or from_settings(merchant_id=attempt.merchant_id)).retrieve(purchase_number=attempt.number)
    return charge.conclude(attempt_id, answer, actor=actor)


def ask_again_if_due(attempt_id: int) -> None:
    """One scheduled question; nothing when it was answered or asked meanwhile."""
    due = Attempt.objects.filter(
        pk=attempt_id, state__in=UNKNOWN_ATTEMPT_STATES, next_question_at__lte=timezone.now()
    ).exists()
    if due:
        ask(attempt_id)


def ask_all_due() -> int:
    """Every attempt whose next question is due, oldest first. Returns how many were asked."""
    due = Attempt.objects.filter(state__in=UNKNOWN_ATTEMPT_STATES, next_question_at__lte=timezone.now())
    return _each(ask, due.order_by("next_question_at").values_list("pk", flat=True))


def expire_lapsed() -> int:
    """Every order whose half hour is over and whose charge is not in doubt. Returns how many were expired."""
    lapsed = Order.objects.filter(state__in=UNFINISHED_ORDER_STATES, expires_at__lte=timezone.now())
    return _each(give_up.expire, lapsed.values_list("pk", flat=True))


def finish_refunds() -> None:
    """Double payments that nobody has begun to give back, refunds that were not sent, and those in doubt."""
    _each(lambda stage: stage(), [_undo_double_payments, _send_requested, _ask_about_unsure])


def _undo_double_payments() -> None:
    double = Attempt.objects.filter(state=AttemptState.APPROVED, settles_order=False, refunds=None)
    _each(refunds.undo_double_payment, double.values_list("pk", flat=True))


def _send_requested() -> None:
    requested = Refund.objects.filter(state=RefundState.REQUESTED)
    _each(refunds.send, requested.values_list("pk", flat=True))


def _ask_about_unsure() -> None:
    unsure = Refund.objects.filter(
        state__in=(RefundState.SENDING, RefundState.IN_DOUBT), next_question_at__lte=timezone.now()
    )
    _each(refunds.ask, unsure.values_list("pk", flat=True))


def post_letters() -> None:
    """Letters that are due and whose job was lost, other news before reminders; of a server that is down, the first.

    Two sweeps send beside each other: each skips the letters that the other holds.
    """
    now = timezone.now()
    queued = Letter.objects.filter(Q(next_try_at=None) | Q(next_try_at__lte=now), state=LetterState.QUEUED)
    is_reminder = Case(When(key__startswith=reminders.PREFIX, then=1), default=0)
    # A reminder's own job is on its way for a while: thousands wait behind everything else.
    old = queued.exclude(key__startswith=reminders.PREFIX, written_at__gt=now - REMINDER_JOBS_TAKE)
    for letter_id in old.order_by(is_reminder, "pk").values_list("pk", flat=True)[:LETTERS_A_SWEEP]:
        try:
            letters.post(letter_id)
        except letters.MailServerDown:
            return
