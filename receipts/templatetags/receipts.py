"""What pages of payments and dues say about receipts, without their apps knowing of receipts."""

from typing import Any

from django import template
from django.db.models import Q, QuerySet

from base.postgres.kept_queries import kept_query, parameter
from dues.models import Channel, Settlement
from members.models import Member
from payments.models import Attempt, Order
from receipts.models import UNDELIVERED, DeliveryState, Receipt

register = template.Library()


@kept_query
def _receipt_of() -> "QuerySet[Receipt]":
    return Receipt.objects.defer("statement").filter(receipt_of=parameter("order"))


@register.inclusion_tag("receipts/panel.html")
def receipt_panel(order: Order) -> dict[str, Any]:
    """Where the order's receipt is: being prepared, on its way, sent at such a time, or not deliverable."""
    receipt = _receipt_of.first(order=order.pk)
    latest = receipt.deliveries.order_by("-pk").first() if receipt else None
    return {
        "order": order,
        "receipt": receipt,
        "delivery": latest,
        "sent": latest is not None and latest.state == DeliveryState.SENT,
        "failed": latest is not None and latest.state in UNDELIVERED,
    }


@register.simple_tag
def receipts_by_payment(member: Member) -> dict[str, Receipt]:
    """The receipts of a member's card payments, by the purchase number that their settlements name; one query."""
    # The receipt of a payment that came from another physician's dues names that one; its replacement names this one.
    moved = Q(
        order__transfers__member=member, order__transfers__rejection="", order__transfers__decided_at__isnull=False
    )
    with_receipt = Attempt.objects.filter(settles_order=True, order__receipt__isnull=False, order__paid_by_other=False)
    paid = with_receipt.filter(Q(order__member=member) | moved)
    attempts = paid.select_related("order__receipt__replacement").defer(
        "order__receipt__statement", "order__receipt__replacement__statement"
    )
    return {attempt.number: _standing_for(attempt.order, member) for attempt in attempts}


def _standing_for(order: Order, member: Member) -> Receipt:
    receipt: Receipt = order.receipt
    replacement: Receipt | None = getattr(receipt, "replacement", None)
    return replacement if replacement and order.member_id != member.pk else receipt


@register.simple_tag
def receipt_of(receipts: dict[str, Receipt], settlement: Settlement) -> Receipt | None:
    return receipts.get(settlement.reference) if settlement.channel == Channel.CARD else None
