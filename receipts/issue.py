"""Issue boletas and facturas: freeze what a paid order's document says and give it the next number.

Any number of workers may ask for the same order at any time and be killed at any point: until the commit nothing
happened, afterwards the receipt is found. The letter is recorded in the same transaction, so none is left unsent.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence

from django.conf import settings
from django.db import connection, transaction
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
# Any number that nothing else locks.
ONE_ISSUER_AT_A_TIME = 4_032


def issue(order_id: int) -> Receipt:
    """The receipt of a paid order, issued now unless it was before; ask as often as you like.

    All that wait are issued along with it, up to BATCH: a series allows one commit after the other, so many documents
    have to share each, or the disk's flush would cap the whole portal (docs/performance.md, Numbering).

    Raises NotPaid for an order that is not paid.
    """
    receipt = _receipts_of.first(order=order_id) or _issue_with_others(order_id) or _receipts_of.first(order=order_id)
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
        return len(_issue_in_turn(waiting))
    except Exception:
        logger.exception("a batch of receipts was not issued; trying each alone")
    return sum(_issue_alone(order_id) for order_id in waiting.values_list("pk", flat=True))


def _issue_with_others(order_id: int) -> Receipt | None:
    """None when whoever had the turn before issued it too."""
    first = Case(When(pk=order_id, then=0), default=1)
    try:
        issued = _issue_in_turn(_unissued().order_by(first, "paid_at", "pk")[:BATCH])
    except Exception:
        logger.exception("order %s was not issued with others; trying it alone", order_id)
        issued = _issue_in_turn(_unissued().filter(pk=order_id))
    return next((receipt for receipt in issued if receipt.receipt_of_id == order_id), None)


def _issue_in_turn(orders: QuerySet[Order]) -> list[Receipt]:
    """Issue these, which are looked up when the turn has come."""
    with transaction.atomic():
        wait_for_turn()
        return _issue_all(orders)


@compiled
def _receipts_of() -> "QuerySet[Receipt]":
    return Receipt.objects.filter(receipt_of=given("order"))


def wait_for_turn() -> None:
    """Until the transaction that issues now has ended, so that no two state the same orders."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_ISSUER_AT_A_TIME])


def _issue_alone(order_id: int) -> int:
    try:
        return len(_issue_in_turn(_unissued().filter(pk=order_id)))
    except Exception:
        logger.exception("order %s has no receipt", order_id)
        return 0


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


def _issue_all(orders: QuerySet[Order]) -> list[Receipt]:
    by_document: dict[str, list[tuple[Order, Statement]]] = defaultdict(list)
    affectations = Affectations.read()
    for order in orders:
        # Stated before the lock: what is frozen cannot change any more, and the lock stays short.
        [attempt] = order.settling_attempts  # type: ignore[attr-defined]
        affectation = affectations.on(order.kind, order.paid_at or timezone.now())
        by_document[order.document].append((order, state(order, attempt, affectation=affectation)))
    return [receipt for document, stated in by_document.items() for receipt in _issue_series(document, stated)]


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
