"""What a person of the treasury decides about money that the portal cannot decide alone."""

from django.db import transaction

from members.models import User
from payments import trail
from payments.checkout.locks import lock_attempt
from payments.models import Refund
from payments.refunds import refunds
from payments.states import RefundState


def settle_doubt(refund_id: int, *, came_through: bool, evidence: str, by: User) -> Refund:
    """Conclude a refund in doubt by what a person saw at the gateway; one that is concluded stays as it is.

    The evidence stands in the trail before the conclusion it leads to.
    """
    actor = trail.actor(by)
    with transaction.atomic():
        order, attempt = lock_attempt(Refund.objects.values_list("attempt_id", flat=True).get(pk=refund_id))
        refund = Refund.objects.get(pk=refund_id)
        if refund.state == RefundState.IN_DOUBT:
            seen = "se realizó" if came_through else "no se realizó"
            trail.record(
                order,
                attempt=attempt,
                actor=actor,
                cause=f"según el panel de la pasarela {seen}: {evidence}",
                details={"refund": f"{attempt.number}-{refund.pk}"},
            )
        return refunds.settle_doubt(refund_id, came_through=came_through, actor=actor)
