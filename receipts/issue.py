"""Issue boletas and facturas: freeze what a paid order's document says and give it the next number.

Any number of workers may ask for the same order at any time and be killed at any point: until the commit nothing
happened, afterwards the receipt is found. The letter is recorded in the same transaction, so none is left unsent.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Prefetch, QuerySet, When
from django.utils import timezone

from members.compiled import compiled, given
from payments.models import Attempt, Order, OrderLine
from receipts import delivery, filing
from receipts.affectations import Affectations
from receipts.exceptions import NotPaid
from receipts.models import Receipt, Series
from receipts.numbering import lock_series, take_numbers
from receipts.statement import Statement, state

logger = logging.getLogger(__name__)

# Documents numbered under one lock: large enough to share the commit, small enough not to keep others waiting.
BATCH = 200


def issue(order_id: int) -> Receipt:
    """The receipt of a paid order, issued now unless it was before; ask as often as you like.

    All that wait are issued along with it, up to BATCH: a series allows one commit after the other, so many documents
    have to share each, or the disk's flush would cap the whole portal (docs/performance.md, Numbering).

    Raises NotPaid for an order that is not paid. Not for within a transaction.
    """
    receipt = _receipts_of.first(order=order_id) or _issue_with_others(order_id) or _issue_after_waiting(order_id)
    if receipt is None:
        raise NotPaid
    return receipt


def issue_pending(limit: int = BATCH) -> int:
    """Issue up to `limit` paid orders that have no receipt, oldest payment first; how many were issued.

    Heals a lost job: run once a minute (receipts/tasks.py). An order that cannot be stated is logged and left, and does
    not hold up the others.
    """
    waiting = _unissued().order_by("paid_at", "pk")[:limit]
    try:
        return len(_issue(waiting))
    except Exception:
        logger.exception("a batch of receipts was not issued; trying each alone")
    return sum(_issue_alone(order_id) for order_id in waiting.values_list("pk", flat=True))


def _issue_with_others(order_id: int) -> Receipt | None:
    """None when another worker has it, or has had it."""
    first = Case(When(pk=order_id, then=0), default=1)
    try:
        # Nothing is held when it is over: two workers would wait for each other's orders.
        with transaction.atomic(durable=True):
            issued = _issue(_unissued().order_by(first, "paid_at", "pk")[:BATCH])
    except Exception:
        logger.exception("order %s was not issued with others; trying it alone", order_id)
        return None
    return next((receipt for receipt in issued if receipt.receipt_of_id == order_id), None)


def _issue_after_waiting(order_id: int) -> Receipt | None:
    """Until whoever has the order issued it or died. None when it is not paid."""
    with transaction.atomic():
        _locked_order.first(order=order_id)
        issued = _receipts_of.first(order=order_id)
        return issued or next(iter(_issue(_unissued().filter(pk=order_id))), None)


def _issue_alone(order_id: int) -> int:
    try:
        return len(_issue(_unissued().filter(pk=order_id)))
    except Exception:
        logger.exception("order %s has no receipt", order_id)
        return 0


@compiled
def _receipts_of() -> "QuerySet[Receipt]":
    return Receipt.objects.filter(receipt_of=given("order"))


@compiled
def _locked_order() -> "QuerySet[Order]":
    return Order.objects.select_for_update(no_key=True).filter(pk=given("order"))


def _unissued() -> QuerySet[Order]:
    """Paid orders without a receipt. One that was refunded meanwhile was paid too: a credit note follows its boleta."""
    settling = Attempt.objects.filter(settles_order=True)
    return (
        Order.objects.filter(paid_at__isnull=False, receipt__isnull=True, attempts__settles_order=True)
        .select_related("member__regional_council")
        .prefetch_related(
            Prefetch("lines", OrderLine.objects.select_related("due")),
            Prefetch("attempts", settling, to_attr="settling_attempts"),
        )
    )


@transaction.atomic
def _issue(orders: QuerySet[Order]) -> list[Receipt]:
    """Those of these orders that no other worker has. They are this one's until it commits, and stated before any
    series is locked: what is frozen cannot change any more, and the lock stays short."""
    claimed = list(orders.select_for_update(of=("self",), no_key=True, skip_locked=True))
    # Asked when they were claimed: another worker may have issued some just before.
    issued = set(Receipt.objects.filter(receipt_of__in=claimed).values_list("receipt_of", flat=True))
    by_document: dict[str, list[tuple[Order, Statement]]] = defaultdict(list)
    affectations = Affectations.read()
    for order in claimed:
        if order.pk not in issued:
            [attempt] = order.settling_attempts  # type: ignore[attr-defined]
            affectation = affectations.on(order.kind, order.paid_at or timezone.now())
            by_document[order.document].append((order, state(order, attempt, affectation=affectation)))
    # Always in one order, or two workers could wait for each other's series.
    return [receipt for document in sorted(by_document) for receipt in _issue_series(document, by_document[document])]


def _issue_series(document: str, stated: Sequence[tuple[Order, Statement]]) -> list[Receipt]:
    series = lock_series(document)
    numbers = take_numbers(series, len(stated))
    receipts = Receipt.objects.bulk_create(
        new_document(series, number, order, statement, receipt_of=order)
        for number, (order, statement) in zip(numbers, stated, strict=True)
    )
    filing.request(receipts)
    # Sent by the order's own job, or by the sweep when that was lost.
    delivery.record_first(receipts)
    return receipts


def hand_on(receipts: Sequence[Receipt]) -> None:
    """What follows a document that no job of an order waits for: its signature and filing, and the letter."""
    filing.request(receipts)
    delivery.request_first(receipts)


def new_document(series: Series, number: int, order: Order, statement: Statement, **origin: object) -> Receipt:
    """A document of a locked series, to be saved; `origin` says what it is to the order (receipts/models.py)."""
    # Under the lock as well, so that dates never run against the numbers.
    now = timezone.now()
    return Receipt(
        order=order,
        series=series,
        number=number,
        name=f"{series.code}-{number}",
        document=series.document,
        issued_at=now,
        issue_date=timezone.localdate(now),
        buyer_number=statement.buyer.document_number,
        buyer_name=statement.buyer.name,
        total=statement.totals.total,
        currency=statement.currency,
        sample=settings.SAMPLE_DATA,
        statement=statement.as_json(),
        **origin,
    )
