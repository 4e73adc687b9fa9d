"""What pages of payments and dues say about receipts, without their apps knowing of receipts."""

from typing import Any

from django import template

from dues.models import Channel, Settlement
from members.models import Member
from payments.models import Attempt, Order
from receipts.models import DeliveryState, Receipt

register = template.Library()


@register.inclusion_tag("receipts/panel.html")
def receipt_panel(order: Order) -> dict[str, Any]:
    """Where the order's receipt is: being prepared, on its way, sent at such a time, or not deliverable."""
    receipt = Receipt.objects.defer("statement").filter(receipt_of=order).first()
    latest = receipt.deliveries.order_by("-pk").first() if receipt else None
    return {
        "order": order,
        "receipt": receipt,
        "delivery": latest,
        "sent": latest is not None and latest.state == DeliveryState.SENT,
        "failed": latest is not None and latest.state == DeliveryState.FAILED,
    }


@register.simple_tag
def receipts_by_payment(member: Member) -> dict[str, Receipt]:
    """The receipts of a member's card payments, by the purchase number that their settlements name; one query."""
    paid = Attempt.objects.filter(order__member=member, settles_order=True, order__receipt__isnull=False)
    attempts = paid.select_related("order__receipt").defer("order__receipt__statement")
    return {attempt.number: attempt.order.receipt for attempt in attempts}


@register.simple_tag
def receipt_of(receipts: dict[str, Receipt], settlement: Settlement) -> Receipt | None:
    return receipts.get(settlement.reference) if settlement.channel == Channel.CARD else None
