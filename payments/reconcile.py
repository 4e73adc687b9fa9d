"""Ask the gateway about charges whose answer never came, and free what nobody paid in time.

Nothing else tells us: the gateway sends no notice of card payments (Niubiz manual §6). Each function is safe to
repeat and safe to kill: what is unfinished stays in the rows and the next run finds it.
"""

from django.utils import timezone

from payments import checkout
from payments.gateway import Niubiz, from_settings
from payments.models import Attempt, Order
from payments.states import UNFINISHED_ORDER_STATES, UNKNOWN_ATTEMPT_STATES

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
