"""Close a day: every charge and refund is counted once, on its day or, when it comes to light late, on the next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from base.peru.lima import day_of, midnight
from base.postgres import advisory
from dues.models import Channel, Settlement
from members.models import User
from payments.exceptions import DayNotClosable, DifferencesUnexplained
from payments.models import Attempt, CloseEntry, DailyClose, Refund
from payments.states import AttemptState, RefundState

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

ZERO = Decimal("0.00")
CHARGED = (AttemptState.APPROVED, AttemptState.VOIDED, AttemptState.REFUNDED)
BATCH = 2_000


class ChargedAt(TypedDict):
    charged_at: datetime


@dataclass(frozen=True)
class Books:
    """The same movements as four books state them, in soles; `ledger` and `receipts` without double payments."""

    charged: Decimal
    given_back: Decimal
    ledger: Decimal
    receipts: Decimal
    surplus: Decimal

    @property
    def net(self) -> Decimal:
        return self.charged - self.given_back

    @property
    def agree(self) -> bool:
        """Whether every sol charged is in the ledger and on a receipt, or known as a double payment."""
        settled = self.charged - self.surplus
        return self.ledger == self.receipts == settled


def end_of(day: date) -> datetime:
    return midnight(day + timedelta(days=1))


def next_day() -> date | None:
    """The day to close now: the one after the last closed, else that of the first charge. None when none is over."""
    last = DailyClose.objects.order_by("-day").values_list("day", flat=True).first()
    if last:
        day = last + timedelta(days=1)
    else:
        first = _charges().order_by("charged_at").values_list("charged_at", flat=True).first()
        if first is None:
            return None
        day = day_of(first)
    return day if day < timezone.localdate() else None


def entries(day: date) -> Iterator[CloseEntry]:
    """What a close of this day would count, unsaved: all that happened until its end and no close has counted."""
    counted = CloseEntry.objects.filter(attempt=OuterRef("pk"), refund=None)
    charges = _charges().filter(~Exists(counted), charged_at__lt=end_of(day)).order_by("charged_at", "pk")
    for attempt in charges.select_related("order__member", "order__receipt").iterator(chunk_size=BATCH):
        yield _entry(attempt, attempt.charged_at, attempt.amount)
    given_back = CloseEntry.objects.filter(refund=OuterRef("pk"))
    done = Refund.objects.filter(~Exists(given_back), state=RefundState.DONE, concluded_at__lt=end_of(day))
    joined = done.select_related("attempt__order__member", "attempt__order__receipt").order_by("concluded_at", "pk")
    for refund in joined.iterator(chunk_size=BATCH):
        at = refund.concluded_at or refund.requested_at
        yield _entry(refund.attempt, at, -refund.amount, refund=refund)


def _charges() -> "QuerySet[WithAnnotations[Attempt, ChargedAt]]":
    """Every charge that moved money, also one given back since. One that the gateway undid before we heard of it moved
    none, and has no refund of ours."""
    undone_unheard = Q(state=AttemptState.VOIDED, given_back=0)
    charged: QuerySet[Attempt] = Attempt.objects.filter(~undone_unheard, state__in=CHARGED)
    return charged.annotate(charged_at=Coalesce("decided_at", "concluded_at"))


def _entry(attempt: Attempt, at: datetime, amount: Decimal, *, refund: Refund | None = None) -> CloseEntry:
    order = attempt.order
    receipt = getattr(order, "receipt", None) if attempt.settles_order else None
    return CloseEntry(
        attempt=attempt,
        refund=refund,
        happened_at=at,
        amount=amount,
        kind=order.kind,
        council_id=order.member.regional_council_id,
        document=order.document,
        receipt=receipt.name if receipt else "",
        brand=attempt.book_brand,
    )


def books(counted: list[CloseEntry]) -> Books:
    """Ask the ledger and the receipts about the very charges of these entries."""
    charges = [entry for entry in counted if entry.refund is None]
    settling = [entry.attempt for entry in charges if entry.attempt.settles_order]
    numbers = [attempt.number for attempt in settling]
    # A payment moved to another physician settled twice and was charged once.
    own = Settlement.objects.filter(channel=Channel.CARD, reference__in=numbers, transfer_line=None)
    settled = own.aggregate(total=Sum("amount"))
    issued = Attempt.objects.filter(pk__in=[attempt.pk for attempt in settling])
    charged = sum((entry.amount for entry in charges), ZERO)
    return Books(
        charged=charged,
        given_back=-sum((entry.amount for entry in counted if entry.refund), ZERO),
        ledger=settled["total"] or ZERO,
        receipts=issued.aggregate(total=Sum("order__receipt__total"))["total"] or ZERO,
        surplus=charged - sum((attempt.amount for attempt in settling), ZERO),
    )


def close(day: date, *, author: User, note: str = "") -> DailyClose:
    """Freeze a day that is over. Days are closed one after the other; one that is closed already is given back.

    Raises DayNotClosable, and DifferencesUnexplained when the books differ and no note says why.
    """
    with transaction.atomic():
        # Not a lock of the last close: two people may close the very first one. The second finds the day closed.
        advisory.wait_for(advisory.Turn.CLOSE_DAY)
        if closed := DailyClose.objects.filter(day=day).first():
            return closed
        if day != next_day():
            raise DayNotClosable
        counted = list(entries(day))
        found = books(counted)
        if not found.agree and not note:
            raise DifferencesUnexplained
        made = DailyClose.objects.create(
            day=day,
            charged=found.charged,
            given_back=found.given_back,
            ledger=found.ledger,
            receipts=found.receipts,
            surplus=found.surplus,
            note=note,
            author=author,
        )
        for entry in counted:
            entry.close = made
        CloseEntry.objects.bulk_create(counted, batch_size=BATCH)
        return made


@dataclass(frozen=True)
class Part:
    """One row of a breakdown, in soles."""

    name: str
    count: int
    charged: Decimal
    given_back: Decimal

    @property
    def net(self) -> Decimal:
        return self.charged - self.given_back


BREAKDOWNS = {
    "Por tipo de cuota": "kind",
    "Por Consejo Regional": "council__number",
    "Por comprobante": "document",
    "Por marca": "brand",
}


def breakdown(closed: DailyClose, field: str) -> list[Part]:
    """The close's sums by one of BREAKDOWNS, in the order of its values."""
    charges = Q(refund=None)
    grouped = closed.entries.order_by(field).values_list(field)
    summed = grouped.annotate(
        count=Count("pk", filter=charges),
        charged=Coalesce(Sum("amount", filter=charges), ZERO),
        given_back=Coalesce(-Sum("amount", filter=~charges), ZERO),
    )
    return [Part(str(name), *sums) for name, *sums in summed]


def late(closed: DailyClose) -> QuerySet[CloseEntry]:
    """What happened before the day and was counted on it, because it came to light after its own close."""
    began = midnight(closed.day)
    return closed.entries.filter(happened_at__lt=began).select_related("attempt").order_by("happened_at")
