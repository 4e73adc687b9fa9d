"""Orders whose payment the gateway approved, and the jobs that follow."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import QuerySet
from django.utils import timezone
from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.models import ProcrastinateJob

from dues.models import Due, Kind
from members.models import DocumentType, Member, User
from payments.models import Attempt, Letter, Order, TaxDocument
from payments.states import AttemptState, OrderState
from receipts.delivery import letters
from tests.builders import a_due, an_order

FACTURA = {
    "document": TaxDocument.FACTURA,
    "buyer_document_type": DocumentType.RUC,
    "buyer_document_number": "20100066603",
    "buyer_name": "Clínica Ñusta & Asociados S.A.C.",
    "buyer_address": "Av. Larco 100, Miraflores",
}


def a_paid_order(
    user: User, months: int = 2, kind: str = Kind.COLEGIADO, amount: str = "30.00", **fields: Any
) -> Order:
    """An order of so many dues from January 2024 on (new ones, unless they are there), paid by card."""
    member = Member.objects.get(assignments__user=user, assignments__ended_at=None)
    dues = [_due(member, kind, date(2024 + index // 12, index % 12 + 1, 1), amount) for index in range(months)]
    order = an_order(user, *dues, state=OrderState.PAID, **({"paid_at": timezone.now()} | fields))
    an_attempt(order, state=AttemptState.APPROVED, settles_order=True, authorization_code="123456")
    return order


def _due(member: Member, kind: str, period: date, amount: str) -> Due:
    known = Due.objects.filter(member=member, kind=kind, period=period).first()
    return known or a_due(member, kind, period, Decimal(amount))


def an_attempt(order: Order, **fields: Any) -> Attempt:
    """A try to pay this order with a card, as the gateway's answer left it."""
    answer = {"card": "401214****0007", "brand": "visa"}
    made = Attempt.objects.create(
        order=order, environment="simulator", merchant_id="100000001", amount=order.total, **(answer | fields)
    )
    made.refresh_from_db()
    return made


@pytest.fixture
def send_letters() -> Callable[[], int]:
    """Send every letter that waits, as the jobs of their orders would; how many. Failures are raised."""

    def send() -> int:
        waiting = letters.unsent()
        for letter, _ in waiting:
            letters.send(letter)
        return len(waiting)

    return send


@pytest.fixture
def run_jobs() -> Callable[..., int]:
    """Run what is due in the queue in this process, as a worker would, once; how many ran. Failures are raised."""

    def run(task_name: str) -> int:
        waiting = list(ProcrastinateJob.objects.filter(task_name=task_name, status="todo").order_by("pk"))
        for row in waiting:
            jobs.tasks[task_name].func(**row.args)
        return len(waiting)

    return run


def news() -> QuerySet[Letter]:
    """The letters to the treasury about filing."""
    return Letter.objects.filter(key__startswith="filing:")
