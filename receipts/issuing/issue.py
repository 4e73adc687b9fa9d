"""Issue boletas and facturas: freeze what a paid order's document says and give it the next number.

Any number of workers may ask for the same order at any time and be killed at any point: until the commit nothing
happened, afterwards the receipt is found. The letter is recorded in the same transaction, so none is left unsent.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, FilteredRelation, Prefetch, Q, QuerySet, When, prefetch_related_objects
from django.utils import timezone

from base.postgres import kept_writes
from base.postgres.kept_queries import kept_query, parameter, read_both
from payments.models import Order, OrderLine
from receipts.delivery import letters
from receipts.exceptions import NotPaid
from receipts.issuing.affectations import Affectations, recorded
from receipts.issuing.contents import Contents, state
from receipts.issuing.numbering import number
from receipts.models import Affectation, Receipt
from receipts.tax_office import filing

logger = logging.getLogger(__name__)

# Documents numbered under one lock: large enough to share the commit, small enough not to keep others waiting.
BATCH = 200
# What is issued along with an order was paid so lately: all that was ever paid would have to be looked through.
LATELY = timedelta(minutes=10)


def issue(order_id: int) -> Receipt:
    """The receipt of a paid order, issued now unless it was before; ask as often as you like.

    All that were paid since LATELY and wait are issued along with it, up to BATCH: a series allows one commit after the
    other, so many documents have to share each, or the disk's flush would cap the whole portal (docs/performance.md,
    Numbering).

    Raises NotPaid for an order that is not paid. Not for within a transaction.
    """
    receipt = _issue_with_others(order_id) or _receipts_of.first(order=order_id) or _issue_after_waiting(order_id)
    if receipt is None:
        raise NotPaid
    return receipt


def issue_pending(limit: int = BATCH, *, paid_after: datetime | None = None) -> int:
    """Issue up to `limit` paid orders that have no receipt, oldest payment first; how many were issued.

    Heals a lost job (receipts/tasks.py). Without `paid_after` it looks through all that was ever paid, a second or so
    for each million. An order that cannot be stated is logged and left, and does not hold up the others.
    """
    since = {"paid_at__gt": paid_after} if paid_after else {}
    waiting = _unissued().filter(**since).order_by("paid_at", "pk")[:limit]
    try:
        with transaction.atomic():
            return len(_issue(list(_claiming(waiting)), recorded.all()))
    except Exception:
        logger.exception("a batch of receipts was not issued; trying each alone")
    return sum(_issue_alone(order_id) for order_id in waiting.values_list("pk", flat=True))


def _issue_with_others(order_id: int) -> Receipt | None:
    """None when another worker has it, or has had it."""
    try:
        # Nothing is held when it is over: two workers would wait for each other's orders.
        with transaction.atomic(durable=True):
            issued = _issue(*read_both(_claim_with_others, recorded, order=order_id, lately=timezone.now() - LATELY))
    except Exception:
        logger.exception("order %s was not issued with others; trying it alone", order_id)
        return None
    return next((receipt for receipt in issued if receipt.receipt_of_id == order_id), None)


def _issue_after_waiting(order_id: int) -> Receipt | None:
    """Until whoever has the order issued it or died. None when it is not paid."""
    with transaction.atomic():
        _locked_order.first(order=order_id)
        issued = _receipts_of.first(order=order_id)
        return issued or next(iter(_issue(*read_both(_claim, recorded, order=order_id))), None)


def _issue_alone(order_id: int) -> int:
    try:
        with transaction.atomic():
            return len(_issue(*read_both(_claim, recorded, order=order_id)))
    except Exception:
        logger.exception("order %s has no receipt", order_id)
        return 0


@kept_query
def _receipts_of() -> "QuerySet[Receipt]":
    return Receipt.objects.filter(receipt_of=parameter("order"))


@kept_query
def _locked_order() -> "QuerySet[Order]":
    return Order.objects.select_for_update(no_key=True).filter(pk=parameter("order"))


def _unissued() -> "QuerySet[Any]":
    """Paid orders without a receipt. One that was refunded meanwhile was paid too: a credit note follows its boleta."""
    settling = FilteredRelation("attempts", condition=Q(attempts__settles_order=True))
    orders: QuerySet[Any] = Order.objects.alias(settling=settling)
    return orders.filter(paid_at__isnull=False, receipt__isnull=True, settling__isnull=False)


def _claiming(orders: "QuerySet[Any]") -> "QuerySet[Any]":
    """Those that no other worker has; they are this one's until it commits."""
    claimed = orders.select_for_update(of=("self",), no_key=True, skip_locked=True)
    return claimed.select_related("member__regional_council", "settling")


@kept_query
def _claim() -> "QuerySet[Any]":
    return _claiming(_unissued().filter(pk=parameter("order")))


@kept_query
def _claim_with_others() -> "QuerySet[Any]":
    first = Case(When(pk=parameter("order"), then=0), default=1)
    others = _unissued().filter(Q(pk=parameter("order")) | Q(paid_at__gt=parameter("lately")))
    return _claiming(others.order_by(first, "paid_at", "pk")[:BATCH])


def _issue(claimed: Sequence[Any], affectations_recorded: Sequence[Affectation]) -> list[Receipt]:
    """The receipts of claimed orders, stated before any series is locked: what is frozen cannot change any more, and
    the lock stays short."""
    # Asked once they were claimed: another worker may have issued some just before.
    lines = OrderLine.objects.annotate(issued=F("order__receipt")).select_related("due")
    prefetch_related_objects(claimed, Prefetch("lines", lines))
    affectations = Affectations.of(affectations_recorded)
    by_document: dict[str, list[Receipt]] = defaultdict(list)
    for order in claimed:
        if not any(line.issued for line in order.lines.all()):
            affectation = affectations.on(order.kind, order.paid_at)
            statement = state(order, order.settling, affectation=affectation)
            by_document[order.document].append(new_document(order, order.document, statement, receipt_of=order))
    # Always in one order, or two workers could wait for each other's series.
    return [receipt for document in sorted(by_document) for receipt in _issue_series(by_document[document])]


def _issue_series(documents: list[Receipt]) -> list[Receipt]:
    number(documents)
    kept_writes.insert(documents)
    filing.request(documents)
    # Sent by the order's own job, or by the sweep when that was lost.
    letters.record_first(documents)
    return documents


def hand_on(receipts: Sequence[Receipt]) -> None:
    """What follows a document that no job of an order waits for: its signature and filing, and the letter."""
    filing.request(receipts)
    letters.request_first(receipts)


def new_document(order: Order, document: str, statement: Contents, **origin: object) -> Receipt:
    """A document, to be numbered (receipts/issuing/numbering.py) and saved; `origin` says what it is to the order
    (receipts/models/receipts.py)."""
    return Receipt(
        order=order,
        document=document,
        buyer_number=statement.buyer.document_number,
        buyer_name=statement.buyer.name,
        total=statement.totals.total,
        currency=statement.currency,
        sample=settings.SAMPLE_DATA,
        statement=statement.as_json(),
        **origin,
    )
