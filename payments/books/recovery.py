"""After a restore: bring back what the gateway decided and the restored database does not know.

A purchase number is the only thread: the gateway can be asked about one, and not for a list. Those that may have been
spent after the backup are asked about one by one, with those that a settlement report names. A charge of an attempt
that we know ends where every answer ends (`checkout.charge.conclude`); any other is written down as money received and
held for staff, for the gateway does not say whose it is. Safe to repeat and to kill.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Min, Q
from django.utils import timezone

from base.postgres import advisory
from members import actors
from members.models import User
from payments import letters
from payments.books import gateway_says
from payments.checkout import charge
from payments.checkout.locks import lock_attempt
from payments.gateway import (
    Absent,
    Answer,
    Approved,
    Authorisation,
    Denied,
    Niubiz,
    Unknown,
    Voided,
    for_stored_cards,
    from_settings,
)
from payments.models import Attempt, AutomaticPlan, PayoutLine, Refund, UnmatchedCharge
from payments.refunds import refunds
from payments.states import LIVE_ATTEMPT_STATES, AttemptState, RefundState
from payments.ways.automatic import changes

SENT_AFTER_ALL = "la pasarela decidió sobre este intento después de la copia restaurada"
#: The backup may show as announced what was charged, skipped or stopped after it.
NOT_AFTER_A_RESTORE = "el portal se restauró de una copia de respaldo"
#: So many numbers after the last one that the gateway knows are asked about, and never given out again: a card form
#: that nobody finishes spends a number too.
BEYOND = 500
#: Orders commit in another order than they took their numbers, and PostgreSQL writes a sequence 32 ahead of its use.
BEFORE = 50
#: A charge is voided on its own day at the latest; what was concluded a day before the backup cannot differ since.
LOOK_BACK = timedelta(days=1)
#: So many questions without an answer, one after the other, are an outage.
MOST_SILENCE = 5
#: Under these the gateway's numbers are strangers' too.
MERCHANT_SHARED = ("sandbox",)
#: The sequence's last; the gateway takes no more digits.
LARGEST = 999_999_999


class GatewaySilent(Exception):
    """The gateway does not answer; what it told before is kept, and the next run goes on."""


@dataclass(kw_only=True)
class Recovery:
    """What came of one run; purchase numbers, and counts of attempts."""

    asked: int = 0
    concluded: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    differing: list[int] = field(default_factory=list)
    unanswered: list[int] = field(default_factory=list)
    next_number: int = 0


Progress = Callable[[int, int], None]


def bring_back(
    *,
    since: datetime,
    stated: Collection[int] = (),
    beyond: int = BEYOND,
    gateway: Niubiz | None = None,
    progress: Progress | None = None,
) -> Recovery:
    """Ask about everything that may have happened after `since`, the moment to which the database was restored.

    `stated` are numbers a settlement report names. `progress` is told the questions asked and the number just asked
    about. Run it before web and workers start. Raises GatewaySilent.
    """
    run = _Run(since, beyond, gateway or from_settings(), progress)
    run.unsent_refunds()
    changes.drop_all_waiting(NOT_AFTER_A_RESTORE)
    run.known_attempts()
    if settings.NIUBIZ_ENVIRONMENT not in MERCHANT_SHARED:
        run.numbers_beyond()
        run.stated_numbers(stated)
    run.result.next_number = _next_number()
    return run.result


class _Run:
    def __init__(self, since: datetime, beyond: int, gateway: Niubiz, progress: Progress | None) -> None:
        self.since = since
        self.beyond = beyond
        self.gateway = gateway
        self.progress = progress
        self.result = Recovery()
        self._silence = 0
        # A plan of the backup, or of after it, may have charged cards on file under their own merchant code.
        with_plans = settings.AUTOMATIC_PAYMENT or AutomaticPlan.objects.exists()
        self._merchants = [gateway.merchant_id, *([for_stored_cards().merchant_id] if with_plans else [])]

    def known_attempts(self) -> None:
        """Those that the backup shows unfinished, and those decided shortly before: a void may have followed."""
        recent = Q(created_at__gte=self.since - LOOK_BACK) | Q(state__in=LIVE_ATTEMPT_STATES)
        for attempt in Attempt.objects.filter(recent, environment=settings.NIUBIZ_ENVIRONMENT).order_by("pk"):
            answer = self._ask(attempt.purchase_number, merchant_id=attempt.merchant_id)
            if not isinstance(answer, Unknown):
                self._settle(attempt, answer)

    def numbers_beyond(self) -> None:
        """Numbers that the restored database never gave out, or forgot that it did."""
        reached = _next_number() - 1
        numbers = Attempt.objects.aggregate(
            first=Min("purchase_number"),
            known=Max("purchase_number", filter=Q(created_at__lt=self.since)),
            newest=Max("purchase_number"),
        )
        if numbers["newest"]:
            self._look_through(numbers["known"] or numbers["first"], numbers["newest"])
        # Before the first payment, or after the sequence was started anew elsewhere (README).
        if not numbers["newest"] or reached > numbers["newest"] + self.beyond:
            self._look_through(reached, reached)

    def _look_through(self, first: int, last_seen: int) -> None:
        number = max(0, first - BEFORE)
        while number < min(last_seen + self.beyond, LARGEST):
            # First out of reach, then asked about: whatever stops this run, no payment gets a number that is spent.
            skip_numbers_until(last_seen + self.beyond)
            number += 1
            if not self._taken(number) and self._hold_if_charged(number):
                last_seen = max(last_seen, number)

    def stated_numbers(self, stated: Iterable[int]) -> None:
        for number in sorted(set(stated) | set(_unmatched_lines(self.since))):
            # A report's word alone moves no sequence: a slip of the pen there would use it up.
            if number <= LARGEST and not self._taken(number) and self._hold_if_charged(number):
                skip_numbers_until(number)

    def unsent_refunds(self) -> None:
        """Those that the backup shows as not yet sent may have been; a second time they would be paid twice."""
        for refund_id in Refund.objects.filter(state=RefundState.REQUESTED).values_list("pk", flat=True):
            refunds.presume_sent(refund_id, actor=actors.RECOVERY)

    def _taken(self, number: int) -> bool:
        return Attempt.objects.filter(purchase_number=number).exists()

    def _settle(self, attempt: Attempt, answer: Answer) -> None:
        if attempt.state in (AttemptState.CREATED, AttemptState.FORM_OPEN) and not isinstance(answer, Absent):
            charge.mark_sent(attempt.pk, actor=actors.RECOVERY, cause=SENT_AFTER_ALL)
        before = attempt.state
        attempt = charge.conclude(attempt.pk, answer, actor=actors.RECOVERY)
        if attempt.state != before:
            self.result.concluded.append(attempt.purchase_number)
        elif not attempt.unknown and not gateway_says.agrees(attempt, answer):
            self._tell_difference(attempt, answer)

    def _tell_difference(self, attempt: Attempt, answer: Answer) -> None:
        """Money of an attempt whose state is final: a charge of one that was given up, or a void we have forgotten."""
        self.result.differing.append(attempt.purchase_number)
        if isinstance(answer, Approved):
            self._hold(attempt.purchase_number, answer, attempt)
        with transaction.atomic():
            _, locked = lock_attempt(attempt.pk)
            gateway_says.note_undone(locked, answer)
        letters.review(attempt, about=f"Tras restaurar, la pasarela dice: {gateway_says.words(answer)}")

    def _hold_if_charged(self, number: int) -> bool:
        """Whether the gateway knows the number at all, of a typed card or of one on file."""
        return any(self._hold_if_charged_by(merchant_id, number) for merchant_id in self._merchants)

    def _hold_if_charged_by(self, merchant_id: str, number: int) -> bool:
        answer = self._ask(number, merchant_id=merchant_id)
        if isinstance(answer, Approved):
            self._hold(number, answer, merchant_id=merchant_id)
        return isinstance(answer, Approved | Voided | Denied)

    def _hold(
        self, number: int, answer: Authorisation, attempt: Attempt | None = None, *, merchant_id: str = ""
    ) -> None:
        _, new = UnmatchedCharge.objects.get_or_create(
            purchase_number=number,
            merchant_id=attempt.merchant_id if attempt else merchant_id,
            defaults={**_told(answer), "attempt": attempt, "environment": settings.NIUBIZ_ENVIRONMENT},
        )
        if new:
            self.result.held.append(number)

    def _ask(self, number: int, *, merchant_id: str = "") -> Answer:
        own = not merchant_id or merchant_id == self.gateway.merchant_id
        gateway = self.gateway if own else from_settings(merchant_id=merchant_id)
        answer = gateway.retrieve(purchase_number=str(number))
        self.result.asked += 1
        self._count_silence(number, answer)
        if self.progress:
            self.progress(self.result.asked, number)
        return answer

    def _count_silence(self, number: int, answer: Answer) -> None:
        if not isinstance(answer, Unknown):
            self._silence = 0
            return
        self._silence += 1
        self.result.unanswered.append(number)
        if self._silence >= MOST_SILENCE:
            raise GatewaySilent


def _told(answer: Authorisation) -> dict[str, object]:
    return {
        "amount": answer.amount,
        "currency": answer.currency or "",
        "card": answer.card[:25],
        "brand": answer.brand[:20],
        "authorization_code": answer.authorization_code[:20],
        "transaction_id": answer.transaction_id[:40],
        "signature": answer.signature[:64],
        "trace_number": answer.trace_number[:20],
        "decided_at": answer.decided_at,
        "exchange": asdict(answer.exchange),
    }


def _unmatched_lines(since: datetime) -> Iterator[int]:
    """Sales of confirmed reports that no attempt explains."""
    unknown = PayoutLine.objects.counting().filter(
        operation=PayoutLine.Operation.SALE,
        attempt=None,
        purchase_number__isnull=False,
        happened_at__gte=since - LOOK_BACK,
    )
    return (number for number in unknown.values_list("purchase_number", flat=True).iterator() if number)


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END FROM payments_purchase_number"
        )
        return int(cursor.fetchone()[0])


def skip_numbers_until(number: int) -> None:
    """Give out no purchase number up to this one any more; never turns the sequence back."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Two runs, or a run and a payment, must not turn it back between the look and the leap.
        advisory.wait_for(advisory.Turn.SKIP_NUMBERS)
        if _next_number() <= number:
            cursor.execute("SELECT setval('payments_purchase_number', %s)", [min(number, LARGEST)])


def resolve(charge_id: int, *, by: User, resolution: str) -> UnmatchedCharge:
    """Write down what became of the money; once, by a person."""
    with transaction.atomic():
        charge = UnmatchedCharge.objects.select_for_update().get(pk=charge_id)
        if charge.resolved_at is None:
            charge.resolution, charge.resolved_by, charge.resolved_at = resolution, by, timezone.now()
            charge.save(update_fields=["resolution", "resolved_by", "resolved_at"])
        return charge
