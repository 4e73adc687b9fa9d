"""Ask the gateway about charges whose answer never came, and free what nobody paid in time.

Nothing else tells us: the gateway sends no notice of card payments (Niubiz manual §6). Each function is safe to
repeat and safe to kill: what is unfinished stays in the rows and the next run finds it.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.utils import timezone

from members.actors import RECONCILIATION
from payments import letters, reminders
from payments.checkout import charge, give_up
from payments.gateway import Niubiz, from_settings
from payments.models import Attempt, Letter, Order, Refund
from payments.refunds import refunds
from payments.states import AttemptState, RefundState

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
    due = Attempt.objects.unknown().filter(pk=attempt_id, next_question_at__lte=timezone.now()).exists()
    if due:
        ask(attempt_id)


def ask_all_due() -> int:
    """Every attempt whose next question is due, oldest first. Returns how many were asked."""
    due = Attempt.objects.unknown().filter(next_question_at__lte=timezone.now())
    return _each(ask, due.order_by("next_question_at").values_list("pk", flat=True))


def expire_lapsed() -> int:
    """Every order whose half hour is over and whose charge is not in doubt. Returns how many were expired."""
    lapsed = Order.objects.unfinished().filter(expires_at__lte=timezone.now())
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
    """Letters whose job was lost. Reminders are too many to hold up a sweep: they only have their jobs."""
    unsent = Letter.objects.filter(sent_at=None).exclude(key__startswith=reminders.PREFIX)
    _each(letters.post, unsent.values_list("pk", flat=True))
