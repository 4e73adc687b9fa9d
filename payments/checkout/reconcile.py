"""Asks the gateway about lost answers, and frees what nobody paid in time.

The gateway sends no notice of card payments (Niubiz manual §6). Each function may be repeated or killed: unfinished
work stays in the rows for the next run.
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
from payments.states import AttemptState, RefundState

LETTERS_A_SWEEP = 200
REMINDER_JOBS_TAKE = timedelta(hours=2)
Item = TypeVar("Item")


def sweep() -> None:
    """Finishes what lost jobs and crashes left behind. Raises the errors of single rows at the end."""
    stages: list[Callable[[], object]] = [expire_lapsed, ask_all_due, finish_refunds, post_letters]
    _each(lambda stage: bool(stage()), stages)


def _each(step: Callable[[Item], object], items: Iterable[Item]) -> int:
    """Runs the step for every item and returns how many times it returned something true.

    Raises ExceptionGroup at the end: one broken row must not delay everybody's money.
    """
    done, broken = 0, []
    for item in items:
        try:
            done += bool(step(item))
        except Exception as error:  # the error has nothing to do with the next row
            broken.append(error)
    if broken:
        raise ExceptionGroup("these rows need a look; the others were dealt with", broken)
    return done


def ask(attempt_id: int, *, actor: str = RECONCILIATION, gateway: Niubiz | None = None) -> Attempt:
    """Asks the gateway about one attempt and concludes it if the answer is clear."""
    attempt = Attempt.objects.get(pk=attempt_id)
    answer = (gateway or from_settings(merchant_id=attempt.merchant_id)).retrieve(purchase_number=attempt.number)
    return charge.conclude(attempt_id, answer, actor=actor)


def ask_again_if_due(attempt_id: int) -> None:
    """Asks a scheduled question unless it was answered or asked meanwhile."""
    due = Attempt.objects.unknown().filter(pk=attempt_id, next_question_at__lte=timezone.now()).exists()
    if due:
        ask(attempt_id)


def ask_all_due() -> int:
    """Asks about every attempt whose next question is due, oldest first. Returns how many were asked."""
    due = Attempt.objects.unknown().filter(next_question_at__lte=timezone.now())
    return _each(ask, due.order_by("next_question_at").values_list("pk", flat=True))


def expire_lapsed() -> int:
    """Expires every lapsed order without a charge in doubt. Returns how many were expired."""
    lapsed = Order.objects.unfinished().filter(expires_at__lte=timezone.now())
    return _each(give_up.expire, lapsed.values_list("pk", flat=True))


def finish_refunds() -> None:
    """Undoes double payments, sends requested refunds and asks about those in doubt."""
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
