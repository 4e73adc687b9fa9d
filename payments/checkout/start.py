"""Record a choice of dues as an order, which holds them for half an hour (user guide steps 3 and 4)."""

from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from base.postgres import kept_writes
from base.postgres.kept_queries import given, kept_query
from dues import ledger
from members.models import Member, User
from payments import trail as audit
from payments.checkout import offer
from payments.checkout.give_up import expire, give_up
from payments.checkout.locks import lock_unfinished
from payments.checkout.offer import Choice
from payments.models import Order, OrderLine
from payments.states import UNFINISHED_ORDER_STATES, OrderState


def start_order(*, user: User, member: Member, choice: Choice) -> Order:
    """Record a choice, hold its dues, and replace the account's unfinished order if there is one.

    Of two posts at the same instant the second replaces the order of the first. The total is the sum of the amounts
    that the dues have now, in soles. Raises, and then nothing changed:

    - NothingChosen, OlderDueSkipped or OutsideWindow (dues.selection), by what is open now: the oldest dues come first;
    - DueNotOpen or DueHeld (dues.exceptions) when a due was taken meanwhile, or is not one of this member and kind;
    - PaymentInDoubt when the order to replace has a charge that is being verified;
    - NotYourNumber or OnlySemefa when the account now pays for another member or kind.
    """
    with transaction.atomic():
        if offer.check(user, member, choice.kind):
            _replace_unfinished(user)
        return _create_order(user, member, choice)


def _replace_unfinished(user: User) -> None:
    if locked := lock_unfinished(user):
        give_up(locked, OrderState.CANCELLED, actor=audit.account(user), cause="reemplazado por otra selección")


def _create_order(user: User, member: Member, choice: Choice) -> Order:
    now = timezone.now()
    dues = offer.lock_chosen(member, choice)
    order = Order(
        user=user,
        member=member,
        kind=choice.kind,
        document=choice.document,
        email=choice.email,
        buyer_document_type=choice.buyer_document_type,
        buyer_document_number=choice.buyer_document_number,
        buyer_name=choice.buyer_name,
        buyer_address=choice.buyer_address,
        total=sum((due.amount for due in dues), Decimal("0.00")),
        currency=settings.CURRENCY,
        terms_version=settings.TERMS_VERSION,
        terms_accepted_at=now,
        created_at=now,
        expires_at=now + timedelta(minutes=settings.ORDER_LIFE_MINUTES),
    )
    kept_writes.insert([order])
    with ledger.pipelined():
        kept_writes.insert([OrderLine(order=order, due=due, period=due.period, amount=due.amount) for due in dues])
        ledger.hold_locked(dues, holder=order.ref)
        trail = audit.Trail(order, (0, ""))
        trail.record(actor=audit.account(user), cause="selección confirmada", to_state=order.state)
    return order


@kept_query
def _unfinished() -> "QuerySet[Order]":
    return Order.objects.filter(user=given("account"), state__in=UNFINISHED_ORDER_STATES)


def unfinished_order(user: User) -> Order | None:
    """The account's order that can be resumed or is being verified; expires one that has lapsed."""
    order = _unfinished.first(account=user.pk)
    if order and order.lapsed(timezone.now()) and expire(order.pk):
        return None
    return order
