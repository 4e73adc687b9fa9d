"""Takes one announced charge into the worker's hands: every check, then the order and its attempt, in one transaction.

After the commit the attempt says *authorising*: whatever happens to the worker then, the gateway is asked about it and
the charge is never sent again.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from base.cipher import cipher
from base.postgres import kept_writes
from dues import ledger
from dues.exceptions import LedgerRule
from dues.models import Due
from dues.oldest_first import SelectionRule
from members import actors
from members.numbers import assignments
from payments.checkout import charge as checkout
from payments.checkout import limits, offer, start
from payments.checkout.offer import Choice
from payments.checkout.transitions import move_order
from payments.exceptions import CheckoutRule
from payments.models import Attempt, AutomaticCharge, AutomaticPlan, AutomaticTry, LetterState, Order, TaxDocument
from payments.models.ways.automatic_states import NOTICE_DAYS, ChargeState, StopReason
from payments.states import AttemptState, OrderState, Way
from payments.trail import trail_of
from payments.ways.automatic import changes
from payments.ways.automatic.consent import PURPOSE
from payments.ways.automatic.terms import LATE_DAYS
from payments.ways.automatic.verdict import MAIL_RETURNED, judge

CAUSE = "pago automático"
TOO_LATE = "no se pudo hacer a tiempo"
NO_LETTER = "la carta que lo anunciaba no le llegó"
NOTHING_OWED = "esas cuotas ya no se deben"
PRICE_ROSE = "el colegio cambió el monto de una cuota después de anunciarlo"
NOT_AS_ANNOUNCED = "lo que se debe ya no es lo anunciado"
#: The member knows these already, or no letter reaches it.
UNTOLD = (NO_LETTER, NOTHING_OWED, MAIL_RETURNED)


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A charge that is to be sent to the gateway now, once; the token opens the card."""

    attempt: Attempt
    card_token: str = field(repr=False)
    first: bool
    email: str


class NotNow(Exception):
    """The charge waits: of a later run the answer may be another."""


class NotAtAll(Exception):
    """The charge is not made; the text says why, in Spanish for the member."""


def claim(charge_id: int, *, merchant_id: str) -> Claimed | None:
    """Takes a charge whose day has come. Returns None when it is not to be sent now: it waits, or was dropped.

    Safe to call by several workers at once: the second finds the charge taken.
    """
    with transaction.atomic():
        charge = _locked(charge_id)
        if charge is None:
            return None
        try:
            # A savepoint: what was written before a refusal is undone, and the refusal recorded.
            with transaction.atomic():
                return _claim(charge, merchant_id, timezone.now())
        except NotNow:
            return None
        except NotAtAll as refusal:
            reason = str(refusal)
            changes.drop(charge, reason, tell=reason not in UNTOLD)
    return None


def _locked(charge_id: int) -> AutomaticCharge | None:
    plan = changes.locked_plan(AutomaticPlan.objects.get(charges=charge_id).pk)
    waiting = plan.charges.waiting().filter(pk=charge_id, next_on__lte=timezone.localdate())
    charge = waiting.select_related("letter").select_for_update(of=("self",)).first()
    if charge:
        charge.plan = plan
    return charge


def _claim(charge: AutomaticCharge, merchant_id: str, now: datetime) -> Claimed | None:
    _check_time(charge, now)
    verdict = judge(charge.plan, charge.kind, timezone.localdate())
    if verdict.stop:
        changes.stop(charge.plan, verdict.stop, actor=actors.CLOCK)
        return None
    if verdict.why:
        raise NotAtAll(verdict.why)
    try:
        token = cipher(PURPOSE).decrypt(charge.plan.card_token).decode()
    except InvalidToken:
        changes.stop(charge.plan, StopReason.CARD_UNREADABLE, actor=actors.CLOCK)
        return None
    order = _place_order(charge, _still_owed(charge))
    # Again, now that the order holds the locks of its dues: a price may have risen since the first look.
    _still_owed(charge)
    attempt = _attempt(order, merchant_id, now)
    number = charge.tries.count() + 1
    AutomaticTry.objects.create(charge=charge, order=order, number=number, made_at=now)
    charge.started_at = now
    changes.move_charge(charge, ChargeState.CHARGING)
    return Claimed(attempt=attempt, card_token=token, first=not charge.plan.card_used, email=order.email)


def _check_time(charge: AutomaticCharge, now: datetime) -> None:
    """Only after a letter of three days, within its days, and never during a pause."""
    if timezone.localdate(now) > charge.next_on + timedelta(days=LATE_DAYS):
        raise NotAtAll(TOO_LATE)
    letter = charge.letter
    if letter.state in (LetterState.FAILED, LetterState.WITHDRAWN):
        raise NotAtAll(NO_LETTER)
    if not letter.sent_at or letter.sent_at > now - timedelta(days=NOTICE_DAYS):
        raise NotNow
    if not settings.AUTOMATIC_PAYMENT or limits.current_pause():
        raise NotNow


def _still_owed(charge: AutomaticCharge) -> list[Due]:
    """The announced dues that are still open, oldest first. What was paid or exempted since is left out, so that the
    sum may be less than the letter's and never more.

    Raises NotAtAll when nothing is left or one costs more than announced.
    """
    announced: dict[int, Decimal] = dict(charge.lines.values_list("due", "amount"))
    owed = [due for due in ledger.every_open_due(charge.plan.member) if due.pk in announced]
    if not owed:
        raise NotAtAll(NOTHING_OWED)
    if any(due.amount > announced[due.pk] for due in owed):
        raise NotAtAll(PRICE_ROSE)
    return list(owed)


def _place_order(charge: AutomaticCharge, dues: list[Due]) -> Order:
    """Places the order under the rules of every payment. Raises NotNow while the member is paying by itself."""
    plan = charge.plan
    buyer = offer.buyer_of(plan.member, assignments.pays_for(plan.user).succession)
    choice = Choice(
        kind=charge.kind,
        document=TaxDocument.BOLETA,
        dues=dues,
        email=plan.user.email,
        buyer_document_type=buyer.document_type,
        buyer_document_number=buyer.document_number,
        buyer_name=buyer.name,
    )
    try:
        if offer.check(plan.user, plan.member, charge.kind) and _is_paying(charge):
            raise NotNow
        terms = start.Accepted(version=plan.text_version, at=plan.consented_at)
        return start.place_order(plan.user, plan.member, choice, terms=terms, actor=actors.CLOCK, cause=CAUSE)
    except LedgerRule as rule:
        raise NotNow from rule
    except (SelectionRule, CheckoutRule) as rule:
        raise NotAtAll(NOT_AS_ANNOUNCED) from rule


def _is_paying(charge: AutomaticCharge) -> bool:
    return Order.objects.unfinished().filter(user=charge.plan.user, kind=charge.kind).exists()


def _attempt(order: Order, merchant_id: str, now: datetime) -> Attempt:
    """The attempt of an order, committed as *authorising* before its request leaves."""
    trail = trail_of(order)
    move_order(trail, OrderState.AWAITING_PAYMENT, actor=actors.CLOCK, cause=CAUSE)
    attempt = Attempt(
        order=order,
        way=Way.AUTOMATIC,
        state=AttemptState.AUTHORISING,
        environment=settings.NIUBIZ_ENVIRONMENT,
        merchant_id=merchant_id,
        amount=order.total,
        currency=order.currency,
        authorising_since=now,
        next_question_at=now + checkout.AUTHORISING_PATIENCE,
    )
    kept_writes.insert([attempt])
    details = {"purchase_number": attempt.number, "amount": str(attempt.amount)}
    created, sent = AttemptState.CREATED, attempt.state
    trail.record(attempt=attempt, actor=actors.CLOCK, cause="intento creado", to_state=created, details=details)
    trail.record(attempt=attempt, actor=actors.CLOCK, cause="enviado a autorizar", from_state=created, to_state=sent)
    return attempt
