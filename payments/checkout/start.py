"""Places an order, which holds its dues for half an hour (user guide, steps 3 and 4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from base.postgres import kept_writes
from base.postgres.kept_queries import kept_query, parameter, read_both
from dues import ledger
from dues.models import Due
from members import actors, mail_problems
from members.models import MailProblem, Member, User
from payments.checkout import offer
from payments.checkout.give_up import expire, give_up
from payments.checkout.locks import lock_unfinished
from payments.checkout.offer import Choice
from payments.models import Order, OrderLine
from payments.states import OrderState
from payments.trail import Trail

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    from dues.ledger import HeldBy


def start_order(*, user: User, member: Member, choice: Choice) -> Order:
    """Places an order, holds its dues, and replaces the account's unfinished order.

    The total is the sum in soles of the dues' current amounts. Of two simultaneous posts the second replaces the
    first's order. If it raises, nothing changes:

    - NothingChosen, OlderDueSkipped or OutsideWindow (dues.oldest_first), judged by what is open now;

    - DueNotOpen or DueHeld (dues.exceptions) if a due was taken, or is of another member or kind;

    - PaymentInDoubt if an order of this kind has a charge in doubt; one of the other kind may go on;

    - NotYourNumber or OnlySemefa if the account now pays for another member or kind.
    """
    with transaction.atomic():
        if offer.check(user, member, choice.kind):
            _replace_unfinished(user, choice)
        terms = Accepted(version=settings.TERMS_VERSION, at=timezone.now())
        actor = actors.LINK_PAYER if choice.paid_by_other else actors.actor(user)
        return place_order(user, member, choice, terms=terms, actor=actor, cause="selección confirmada")


def _replace_unfinished(user: User, choice: Choice) -> None:
    if locked := lock_unfinished(user, choice.kind):
        actor = actors.LINK_PAYER if choice.paid_by_other else actors.actor(user)
        give_up(locked, OrderState.CANCELLED, actor=actor, cause="reemplazado por otra selección")


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The text that the payer agreed to, and when."""

    version: str
    at: datetime


def place_order(user: User, member: Member, choice: Choice, *, terms: Accepted, actor: str, cause: str) -> Order:
    """Writes an order that holds its dues, in the caller's transaction, in which `offer.check` was called before.

    Raises what `start_order` raises about dues.
    """
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
        terms_version=terms.version,
        terms_accepted_at=terms.at,
        paid_by_other=choice.paid_by_other,
        created_at=now,
        expires_at=now + timedelta(minutes=settings.ORDER_LIFE_MINUTES),
    )
    kept_writes.insert([order])
    with ledger.pipelined():
        kept_writes.insert([OrderLine(order=order, due=due, period=due.period, amount=due.amount) for due in dues])
        ledger.hold_locked(dues, holder=order.ref)
        trail = Trail(order, (0, ""))
        trail.record(actor=actor, cause=cause, to_state=order.state)
    return order


@kept_query
def _unfinished() -> "QuerySet[Order]":
    return Order.objects.unfinished().filter(user=parameter("account")).order_by("-pk")


def unfinished_order(user: User) -> Order | None:
    """Returns the account's order that can be resumed or is in doubt; expires a lapsed one."""
    order = _unfinished.first(account=user.pk)
    return None if order and _expired(order) else order


def unfinished_and_mail_problem(user: User) -> tuple[Order | None, MailProblem | None]:
    """As `unfinished_order` and `mail_problems.of`, in one round trip."""
    orders, problems = read_both(
        _unfinished, mail_problems.problem_of_address, account=user.pk, email=user.email.lower()
    )
    unfinished = orders[0] if orders and not _expired(orders[0]) else None
    return unfinished, problems[0] if problems else None


def unfinished_and_open(user: User, member: Member) -> "tuple[Order | None, list[WithAnnotations[Due, HeldBy]]]":
    """Returns `unfinished_order` and `ledger.every_open_due`, in one round trip."""
    orders, dues = read_both(_unfinished, ledger.open_dues_of, account=user.pk, member=member.pk)
    if not orders:
        return None, dues
    # The dues of the expired order are free again.
    return (None, ledger.every_open_due(member)) if _expired(orders[0]) else (orders[0], dues)


def _expired(order: Order) -> bool:
    return order.lapsed(timezone.now()) and expire(order.pk)
