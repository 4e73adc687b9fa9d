"""Payments in any state, made by rows: what a list or a page shows does not ask how they came about."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from dues.models import Due
from members.models import Assignment, User
from payments.models import Attempt
from payments.states import OrderState
from tests.builders import a_due, a_member, a_user, an_order, month


def a_payment(user: User | None = None, *, order_state: str = OrderState.EXPIRED, **fields: Any) -> Attempt:
    """An attempt of an order of one new due; by a person of its own unless `user` says whose."""
    user = user or a_user(a_member())
    member = Assignment.objects.get(user=user, ended_at=None).member
    back = 20 + Due.objects.filter(member=member).count()
    due = fields.pop("due", None) or a_due(
        member, period=month(back), amount=Decimal(fields.pop("due_amount", "30.00"))
    )
    paid = {"paid_at": timezone.now()} if order_state in ("paid", "partly_refunded", "refunded") else {}
    order_fields = {name: fields.pop(name) for name in ("email", "buyer_document_number") if name in fields}
    order = an_order(user, due, state=order_state, **paid, **order_fields)
    defaults = {
        "environment": "simulator",
        "merchant_id": "100000001",
        "amount": order.total,
        "state": "declined",
        "next_question_at": timezone.now() + timedelta(minutes=5),
    }
    attempt = Attempt.objects.create(order=order, **(defaults | fields))
    attempt.refresh_from_db()
    return attempt
