"""What the confirmation page says about the receipt, without payments knowing of receipts."""

from typing import Any

from django import template

from payments.models import Order
from receipts.models import DeliveryState, Receipt

register = template.Library()


@register.inclusion_tag("receipts/panel.html")
def receipt_panel(order: Order) -> dict[str, Any]:
    """Where the order's receipt is: being prepared, on its way, sent at such a time, or not deliverable."""
    receipt = Receipt.objects.defer("statement").filter(order=order).first()
    latest = receipt.deliveries.order_by("-pk").first() if receipt else None
    return {
        "order": order,
        "receipt": receipt,
        "delivery": latest,
        "sent": latest is not None and latest.state == DeliveryState.SENT,
        "failed": latest is not None and latest.state == DeliveryState.FAILED,
    }
