"""What the portal still has to do. Quiet is when there is nothing."""

from procrastinate.contrib.django.models import ProcrastinateJob

from payments.models import Attempt, Letter, Order, Refund
from payments.states import AttemptState
from receipts.models import Delivery, DeliveryState


def unsettled() -> dict[str, int]:
    """Count the unfinished work of each kind. Kinds with a count of 0 are left out."""
    doubles = Attempt.objects.filter(state=AttemptState.APPROVED, settles_order=False, refunds=None)
    counts = {
        "unfinished orders": Order.objects.unfinished().count(),
        "live attempts": Attempt.objects.live().count(),
        "live refunds": Refund.objects.live().count(),
        "double payments": doubles.count(),
        "receipts to issue": Order.objects.filter(paid_at__isnull=False, receipt=None).count(),
        "receipts to mail": Delivery.objects.filter(state=DeliveryState.QUEUED).count(),
        "letters to mail": Letter.objects.filter(sent_at=None).count(),
        "letters being mailed": ProcrastinateJob.objects.filter(
            status="doing", task_name__in=["receipts.deliver", "payments.post"]
        ).count(),
    }
    return {name: count for name, count in counts.items() if count}
