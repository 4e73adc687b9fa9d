"""Compare the gateway's books with the portal's tables and the mailbox. Every count must be 0.

Nothing here believes the portal: what was charged is read from the books, what was mailed from the mailbox, and what
members were told from what they saw.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, Max
from django.utils import timezone

from bench.chaos.browser import Page, Witness
from demo.mailbox import Mailbox
from dues.models import Channel, Hold, Settlement
from payments import trail
from payments.models import Attempt, Event, Letter, Order, OrderLine, Refund
from payments.states import (
    AttemptState,
    RefundState,
)
from receipts.models import Delivery, DeliveryState, Receipt, Series

# The books tell whole seconds: a charge of second 7 was surely made before second 8.
BOOKS_RESOLUTION = 1.0
# After PostgreSQL is back, a request that began while it was away may still fail.
AFTER_OUTAGE_SECONDS = 3.0
# States in which the portal says of an attempt: this money came.
MONEY_CAME = (AttemptState.APPROVED, AttemptState.VOIDED, AttemptState.REFUNDED)


@dataclass(frozen=True)
class Charge:
    """One approval in the books. `net` is what is left of it after voids and refunds, in soles."""

    number: str
    net: Decimal
    charged_at: float
    undone_at: float | None


@dataclass(frozen=True)
class Count0:
    """A count that must be 0, and the first cases when it is not."""

    name: str
    cases: list[str]

    @property
    def value(self) -> int:
        return len(self.cases)


class Verdict:
    def __init__(
        self, *, books: dict[str, Any], mailbox: Mailbox, witness: Witness, outages: list[tuple[float, float]]
    ) -> None:
        self.books = books
        self.mailbox = mailbox
        self.witness = witness
        self.outages = outages

    def counts(self) -> list[Count0]:
        return [
            Count0("dues charged twice, net of voids", list(self._charged_twice())),
            Count0("charged and not recorded", list(self._not_recorded())),
            Count0("recorded and not charged", list(self._not_charged())),
            Count0("dues settled twice", list(self._settled_twice())),
            Count0("double payments neither voided nor queued for staff", list(self._double_and_forgotten())),
            Count0("authorisations sent twice for one attempt", list(self._sent_twice())),
            Count0("approvals demoted", list(self._demoted())),
            Count0("orders stuck", list(self._stuck_orders())),
            Count0("attempts and refunds stuck", list(self._stuck_attempts())),
            Count0("holds left behind", list(self._holds_left())),
            Count0("receipts missing", list(self._receipts_missing())),
            Count0("receipts of one order duplicated", list(self._receipts_duplicated())),
            Count0("gaps in series", list(self._gaps())),
            Count0("e-mails missing", list(self._mails_missing())),
            Count0("e-mails duplicated, by intent", list(self._mails_duplicated())),
            Count0("audit chains broken", list(self._broken_chains())),
            Count0("pages that denied a charge that stood", list(self._lies())),
            Count0("pages failed (5xx) while PostgreSQL was up", list(self._failures())),
        ]

    # --- What the books say

    @cached_property
    def charges(self) -> dict[str, Charge]:
        """Every approval by purchase number."""
        undone = {undo["purchase_number"]: _unix(undo["done_at"]) for kind in ("voids",) for undo in self.books[kind]}
        found = {}
        for row in self.books["authorisations"]:
            if row["action_code"] == "000":
                number = row["purchase_number"]
                net = Decimal(0) if row["state"] == "voided" else Decimal(row["amount"]) - Decimal(row["refunded"])
                found[number] = Charge(number, net, _unix(row["decided_at"]), undone.get(number))
        return found

    @cached_property
    def attempts(self) -> dict[str, Attempt]:
        return {attempt.number: attempt for attempt in Attempt.objects.select_related("order")}

    @cached_property
    def settled(self) -> dict[str, Decimal]:
        """Soles of live card settlements by purchase number."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for number, amount in (
            Settlement.objects.standing().filter(channel=Channel.CARD).values_list("reference", "amount")
        ):
            sums[number] += amount
        return sums

    # --- Money

    def _charged_twice(self) -> Iterable[str]:
        lines = defaultdict(list)
        for order_id, due_id in OrderLine.objects.values_list("order_id", "due_id"):
            lines[order_id].append(due_id)
        paid: dict[int, list[str]] = defaultdict(list)
        for charge in self.charges.values():
            attempt = self.attempts.get(charge.number)
            if attempt and charge.net:
                for due_id in lines[attempt.order_id]:
                    paid[due_id].append(charge.number)
        yield from (f"due {due_id} by charges {numbers}" for due_id, numbers in paid.items() if len(numbers) > 1)

    def _not_recorded(self) -> Iterable[str]:
        for charge in self.charges.values():
            attempt = self.attempts.get(charge.number)
            if charge.net and (attempt is None or attempt.state not in MONEY_CAME):
                yield f"charge {charge.number} of S/ {charge.net}: {attempt.state if attempt else 'no such attempt'}"
            elif attempt and charge.net != _kept(attempt):
                yield f"charge {charge.number}: the books keep S/ {charge.net}, the portal S/ {_kept(attempt)}"
            elif attempt and attempt.settles_order and self.settled[charge.number] != charge.net:
                yield f"charge {charge.number} of S/ {charge.net} settles S/ {self.settled[charge.number]}"

    def _not_charged(self) -> Iterable[str]:
        for number, attempt in self.attempts.items():
            if attempt.state in MONEY_CAME and number not in self.charges:
                yield f"attempt {number} is {attempt.state} and not in the books"
        for number, amount in self.settled.items():
            if number not in self.charges or not self.charges[number].net:
                yield f"S/ {amount} of dues settled by {number}, for which no charge stands"

    def _settled_twice(self) -> Iterable[str]:
        live = Settlement.objects.standing().values("due").annotate(times=Count("pk"))
        yield from (f"due {row['due']}" for row in live.filter(times__gt=1))

    def _double_and_forgotten(self) -> Iterable[str]:
        for attempt in Attempt.objects.filter(state=AttemptState.APPROVED, settles_order=False):
            undone = attempt.refunds.exclude(state=RefundState.REFUSED).exists()
            for_staff = Letter.objects.filter(key__startswith=f"review:{attempt.pk}:Pago doble de otro").exists()
            if not undone and not for_staff:
                yield f"attempt {attempt.number} of S/ {attempt.amount}"

    # --- States

    def _sent_twice(self) -> Iterable[str]:
        sent = Event.objects.filter(to_state=AttemptState.AUTHORISING).values("attempt__purchase_number")
        for row in sent.annotate(times=Count("pk")).filter(times__gt=1):
            yield f"attempt {row['attempt__purchase_number']}: {row['times']} times"

    def _demoted(self) -> Iterable[str]:
        approved = Event.objects.filter(to_state=AttemptState.APPROVED).values("attempt")
        yield from (
            f"attempt {attempt.number} was approved and is {attempt.state}"
            for attempt in Attempt.objects.filter(pk__in=approved).exclude(state__in=MONEY_CAME)
        )

    def _stuck_orders(self) -> Iterable[str]:
        stuck = Order.objects.unfinished().filter(expires_at__lte=timezone.now())
        yield from (f"order {order.pk} {order.state}" for order in stuck)

    def _stuck_attempts(self) -> Iterable[str]:
        for attempt in Attempt.objects.live():
            yield f"attempt {attempt.number} {attempt.state}"
        for refund in Refund.objects.live():
            yield f"refund {refund.number} {refund.state}"

    def _holds_left(self) -> Iterable[str]:
        unfinished = Order.objects.unfinished().values("ref")
        yield from (f"due {hold.due_id}" for hold in Hold.objects.exclude(holder__in=unfinished))

    # --- Papers and letters

    def _receipts_missing(self) -> Iterable[str]:
        yield from (f"order {pk}" for pk in _paid_orders().filter(receipt=None).values_list("pk", flat=True))

    def _receipts_duplicated(self) -> Iterable[str]:
        first = Receipt.objects.filter(corrects=None, replaces=None)
        several = first.values("order").annotate(times=Count("pk")).filter(times__gt=1)
        yield from (f"order {row['order']}" for row in several)

    def _gaps(self) -> Iterable[str]:
        for series in Series.objects.annotate(issued=Count("receipts"), last=Max("receipts__number")):
            if not series.issued == (series.last or 0) == series.next_number - 1:
                yield f"{series.code}: {series.issued} issued, the last is {series.last}, next {series.next_number}"

    @cached_property
    def mails(self) -> Counter[str]:
        """How often the mail server took each Message-ID."""
        return Counter(str(mail.message["Message-ID"]) for mail in self.mailbox)

    @property
    def repeated_copies(self) -> int:
        """Letters whose sender was killed between the mail server's OK and the commit: sent again, same Message-ID."""
        return sum(times - 1 for times in self.mails.values())

    def _mails_missing(self) -> Iterable[str]:
        for delivery in Delivery.objects.all():
            if delivery.state != DeliveryState.SENT or delivery.message_id not in self.mails:
                yield f"receipt letter {delivery.pk} ({delivery.state})"
        for letter in Letter.objects.all():
            if not letter.sent_at or not any(name.startswith(f"<carta-{letter.pk}@") for name in self.mails):
                yield f"letter {letter.key}"

    def _mails_duplicated(self) -> Iterable[str]:
        """Two Message-IDs for one piece of news: no mail program could tell that it is the same letter."""
        same: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for mail in self.mailbox:
            news = (*mail.recipients, mail.subject, mail.text)
            same[news].add(str(mail.message["Message-ID"]))
        yield from (f"{news[1]} to {news[0]}" for news, names in same.items() if len(names) > 1)

    def _broken_chains(self) -> Iterable[str]:
        try:
            trail.verify()
        except trail.BrokenChain as broken:
            yield str(broken)

    # --- What members saw

    def _lies(self) -> Iterable[str]:
        charges: dict[str, list[Charge]] = defaultdict(list)
        for charge in self.charges.values():
            if attempt := self.attempts.get(charge.number):
                charges[str(attempt.order.ref)].append(charge)
        for page in self.witness.claims:
            for charge in charges[page.order]:
                if _stood(charge, page):
                    yield f"{page.url} said “{page.text}” after charge {charge.number}"

    def _failures(self) -> Iterable[str]:
        for page in self.witness.failures:
            if not self._in_outage(page):
                yield f"{page.status} at {page.url}"

    def _in_outage(self, page: Page) -> bool:
        return any(
            began <= page.read_at and page.asked_at <= ended + AFTER_OUTAGE_SECONDS for began, ended in self.outages
        )


def _paid_orders() -> Any:
    return Order.objects.filter(paid_at__isnull=False)


def _kept(attempt: Attempt) -> Decimal:
    """What the portal says is left of a charge."""
    done = attempt.refunds.filter(state=RefundState.DONE)
    given_back = sum((refund.amount for refund in done), Decimal(0))
    if attempt.state == AttemptState.VOIDED and not given_back:
        return Decimal(0)  # the gateway itself had undone it
    return attempt.amount - given_back if attempt.state in MONEY_CAME else Decimal(0)


def _stood(charge: Charge, page: Page) -> bool:
    """Whether the charge was surely made before the page was asked for, and not undone before it was read."""
    made = charge.charged_at + BOOKS_RESOLUTION <= page.asked_at
    return made and (charge.undone_at is None or charge.undone_at > page.read_at)


def _unix(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
