"""What was sold, what the gateway paid out, and what arrived at the bank, by the day of the deposit.

Payouts come from the gateway's reports, arrivals from the bank's account statements: their rows of nobody wait
"por identificar", and the ones that the bank names as the gateway's deposits are no dues.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from base.files.cells import LIMA
from dues.imports import unidentified
from dues.models import Channel, UnidentifiedPayment
from members.models import User
from payments.books import payouts
from payments.models import PayoutLine

ZERO = Decimal("0.00")
Operation = PayoutLine.Operation


@dataclass(frozen=True)
class Day:
    """Soles of one day of deposit: sold less given back, what the gateway kept with its tax, paid out, arrived."""

    day: date
    sold: Decimal
    kept: Decimal
    paid_out: Decimal
    arrived: Decimal
    waiting: int

    @property
    def difference(self) -> Decimal:
        return self.arrived - self.paid_out


def days(first: date, last: date) -> list[Day]:
    """Every day of this span on which the gateway paid out or a deposit arrived, newest first."""
    paid = {row["deposited_on"]: row for row in _payouts(first, last)}
    arrived = {row["day"]: row for row in _arrivals(first, last)}
    return [_day(day, paid.get(day, {}), arrived.get(day, {})) for day in sorted({*paid, *arrived}, reverse=True)]


def _day(day: date, paid: dict[str, Any], arrived: dict[str, Any]) -> Day:
    sold = (paid.get("sold") or ZERO) - (paid.get("given_back") or ZERO)
    kept = (paid.get("commission") or ZERO) + (paid.get("igv") or ZERO)
    return Day(day, sold, kept, paid.get("paid_out") or ZERO, arrived.get("soles") or ZERO, arrived.get("waiting") or 0)


def _payouts(first: date, last: date) -> Iterable[Any]:
    lines = PayoutLine.objects.counting().filter(deposited_on__range=(first, last))
    return (
        lines.order_by()
        .values("deposited_on")
        .annotate(
            sold=Sum("amount", filter=Q(operation=Operation.SALE)),
            given_back=Sum("amount", filter=Q(operation=Operation.REFUND)),
            commission=Sum("commission"),
            igv=Sum("igv"),
            paid_out=Sum("deposited"),
        )
    )


def _arrivals(first: date, last: date) -> Iterable[Any]:
    span = (datetime.combine(first, time(), LIMA), datetime.combine(last + timedelta(days=1), time(), LIMA))
    rows = _deposits().filter(paid_at__gte=span[0], paid_at__lt=span[1])
    by_day = rows.order_by().annotate(day=TruncDate(F("paid_at"), tzinfo=LIMA)).values("day")
    return by_day.annotate(soles=Sum("amount"), waiting=Sum(1, filter=Q(resolved_at=None)))


def _deposits() -> "QuerySet[UnidentifiedPayment]":
    """The bank's rows that name the gateway."""
    named = Q()
    for word in payouts.layout().deposit_words.split(","):
        if word.strip():
            named |= Q(said__icontains=word.strip())
    bank = UnidentifiedPayment.objects.filter(channel=Channel.BANK, amount__gt=0)
    return bank.filter(named) if named else bank.none()


def accept(day: date, *, by: User) -> int:
    """Close the bank's rows of a day as the gateway's deposit; how many. Only when they are what it paid out."""
    if any(each.difference for each in days(day, day)):
        return 0
    start = datetime.combine(day, time(), LIMA)
    rows = _deposits().filter(resolved_at=None, paid_at__gte=start, paid_at__lt=start + timedelta(days=1))
    identifiers = list(rows.values_list("pk", flat=True))
    for pk in identifiers:
        unidentified.close(
            pk, how=f"Depósito de la pasarela del {day:%d/%m/%Y}: coincide con su liquidación", author=by
        )
    return len(identifiers)
