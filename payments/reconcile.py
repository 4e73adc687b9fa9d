"""Ask the gateway about charges whose answer never came, and free what nobody paid in time.

Nothing else tells us: the gateway sends no notice of card payments (Niubiz manual §6). Each function is safe to
repeat and safe to kill: what is unfinished stays in the rows and the next run finds it.
"""

from django.utils import timezone

from payments import checkout, letters, refunds
from payments.gateway import Niubiz, from_settings
from payments.models import Attempt, Letter, Order, Refund
from payments.states import UNFINISHED_ORDER_STATES, UNKNOWN_ATTEMPT_STATES, AttemptState, RefundState

JOB = "conciliación"


def ask(attempt_id: int, *, actor: str = JOB, gateway: Niubiz | None = None) -> Attempt:
    """Ask the gateway what became of one attempt and conclude it if it tells."""
    attempt = Attempt.objects.get(pk=attempt_id)
    answer = (gateway or from_settings()).retrieve(purchase_number=attempt.number)
    return checkout.conclude(attempt_id, answer, actor=actor)


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
    ids = list(due.order_by("next_question_at").values_list("pk", flat=True))
    for attempt_id in ids:
        ask(attempt_id)
    return len(ids)


def expire_lapsed() -> int:
    """Every order whose half hour is over and whose charge is not in doubt. Returns how many were expired."""
    lapsed = Order.objects.filter(state__in=UNFINISHED_ORDER_STATES, expires_at__lte=timezone.now())
    return sum(checkout.expire(order_id) for order_id in lapsed.values_list("pk", flat=True))


def finish_refunds() -> None:
    """Double payments that nobody has begun to give back, refunds that were not sent, and those in doubt."""
    for attempt in Attempt.objects.filter(state=AttemptState.APPROVED, settles_order=False, refunds=None):
        refunds.undo_double_payment(attempt.pk)
    for refund_id in Refund.objects.filter(state=RefundState.REQUESTED).values_list("pk", flat=True):
        refunds.send(refund_id)
    unsure = Refund.objects.filter(
        state__in=(RefundState.SENDING, RefundState.IN_DOUBT), next_question_at__lte=timezone.now()
    )
    for refund_id in unsure.values_list("pk", flat=True):
        refunds.ask(refund_id)


def post_letters() -> None:
    """Letters whose job was lost."""
    for letter_id in Letter.objects.filter(sent_at=None).values_list("pk", flat=True):
        letters.post(letter_id)
