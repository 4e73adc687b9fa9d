"""A link by which another person pays a member's order.

The member's order keeps what was chosen. So the payer's e-mail and document make a new order of the same dues, which
replaces the one before (payments/checkout/start.py): whatever happens, one order is unfinished and one attempt lives.
Why the dues are held while the link lives stands in docs/decisions/0014-a-link-holds-its-dues.md.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, QuerySet
from django.utils import timezone

from base.postgres import kept_writes
from dues import ledger
from dues.exceptions import LedgerRule
from dues.models import Due
from dues.oldest_first import SelectionRule
from members import actors
from members.models import MemberStatus, User
from members.numbers import assignments
from payments import letters
from payments.checkout import card_form, limits, offer, start
from payments.checkout.give_up import give_up
from payments.checkout.locks import LockedOrder, lock_order
from payments.checkout.offer import Choice
from payments.exceptions import LinkDead, LinkNotForYou, OrderNotPayable, PaymentInDoubt, TooManyForms, TooManyLinks
from payments.gateway import FormSession, Niubiz, Payer
from payments.models import Attempt, Order, PaymentLink
from payments.states import UNKNOWN_ATTEMPT_STATES, OrderState

TOKEN_BYTES = 32
#: The member's browser keeps the token to show the address again; nothing else does.
COOKIE = "payment_link"
LINKS_A_DAY = 10


@dataclass(frozen=True)
class PayersData:
    """What the payer types: the document of the purchase, its buyer, and where it is sent."""

    document: str
    email: str
    buyer_document_type: str
    buyer_document_number: str
    buyer_name: str
    buyer_address: str = ""


# --- By the member


def make(order_id: int, *, user: User) -> tuple[PaymentLink, str]:
    """Makes a link to pay this order and returns it with its token, which is kept nowhere. It replaces an earlier one.

    The dues are held while the link lives. Raises LinkNotForYou for an account that took over a SEMEFA or pays for
    another member, OrderNotPayable, PaymentInDoubt, or TooManyLinks after LINKS_A_DAY.
    """
    payer = assignments.pays_for(user)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        locked = lock_order(order_id)
        order = locked.order
        if payer.member != order.member or payer.succession:
            raise LinkNotForYou
        _check_payable(locked)
        _check_count(user)
        _end(order, PaymentLink.End.REPLACED)
        now = timezone.now()
        link = PaymentLink.objects.create(
            order=order,
            token_hash=_hash(token),
            created_at=now,
            expires_at=now + timedelta(hours=settings.PAYMENT_LINK_HOURS),
        )
        order.expires_at = link.expires_at
        kept_writes.update(order, "expires_at")
        locked.trail.record(actor=actors.actor(user), cause="enlace creado para que pague otra persona")
        letters.link_made(link)
    return link, token


def _check_payable(locked: LockedOrder) -> None:
    if locked.live and locked.live.unknown:
        raise PaymentInDoubt
    if locked.order.paid_by_other or not locked.order.payable(timezone.now()) or not locked.still_owed:
        raise OrderNotPayable


def _check_count(user: User) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    if PaymentLink.objects.filter(order__user=user, created_at__gt=yesterday).count() >= LINKS_A_DAY:
        raise TooManyLinks


def live_link(order: Order) -> PaymentLink | None:
    """Returns the link by which another person may pay this order now, if there is one."""
    if not settings.PAYMENT_LINKS:
        return None
    link = order.links.filter(ended_at=None).first()
    return link if link and link.lives(timezone.now()) else None


def revoke(order_id: int, *, actor: str) -> None:
    """Ends the order's link; nobody pays by it any more. An order that the payer's data made is cancelled.

    Raises PaymentInDoubt while a charge by the link is being verified, and OrderNotPayable when the order was paid or
    ended meanwhile.
    """
    with transaction.atomic():
        locked = lock_order(order_id)
        if locked.live and locked.live.unknown:
            raise PaymentInDoubt
        if not locked.order.unfinished:
            raise OrderNotPayable
        if not _end(locked.order, PaymentLink.End.REVOKED):
            return
        if locked.order.paid_by_other:
            give_up(locked, OrderState.CANCELLED, actor=actor, cause="enlace anulado por el colegiado")
        else:
            _shorten(locked, actor=actor, cause="enlace anulado por el colegiado")


def pay_herself(order_id: int, *, actor: str) -> None:
    """Ends the link of an order that the member pays herself; nothing without a link."""
    with transaction.atomic():
        locked = lock_order(order_id)
        if locked.order.unfinished and _end(locked.order, PaymentLink.End.MEMBER_PAYS):
            _shorten(locked, actor=actor, cause="el colegiado paga él mismo; el enlace deja de servir")


def _end(order: Order, end: PaymentLink.End) -> bool:
    """Ends the order's link, under the order's lock. Returns whether there was one."""
    return bool(order.links.filter(ended_at=None).update(ended_at=timezone.now(), end=end))


def _shorten(locked: LockedOrder, *, actor: str, cause: str) -> None:
    """Without its link the order lives no longer than any other."""
    order = locked.order
    order.expires_at = min(order.expires_at, timezone.now() + timedelta(minutes=settings.ORDER_LIFE_MINUTES))
    kept_writes.update(order, "expires_at")
    locked.trail.record(actor=actor, cause=cause)


# --- By whoever has the link


def find(token: str) -> PaymentLink:
    """Returns the link of this token with its order, user and member.

    Raises LinkDead for an unknown, ended or expired link, and when the member may no longer pay: blocked, dead,
    reported, replaced by a successor, or no longer owing what was chosen. The payer is not told which.
    """
    link = _links().filter(token_hash=_hash(token)).first() if settings.PAYMENT_LINKS else None
    if link is None or not link.lives(timezone.now()) or not _member_may_pay(link) or not _still_owed(link.order):
        raise LinkDead
    return link


def attempt_by_link(attempt_id: int) -> Attempt:
    """Returns an attempt made by a link, be the link alive or not. Raises LinkDead for any other."""
    made = Attempt.objects.select_related("order__user", "order__member__regional_council")
    attempt = made.filter(pk=attempt_id, order__paid_by_other=True).first()
    if attempt is None:
        raise LinkDead
    return attempt


def being_paid(link: PaymentLink) -> bool:
    """Whether a charge for the link's order is being verified: nobody may pay it a second time."""
    return link.order.attempts.filter(state__in=UNKNOWN_ATTEMPT_STATES).exists()


def open_form(
    link: PaymentLink, data: PayersData, *, client_address: str, gateway: Niubiz
) -> tuple[Attempt, FormSession]:
    """Makes the payer's order of the link's dues, and opens the gateway's form for it.

    Raises LinkDead when the link ended meanwhile or the dues changed, PaymentInDoubt, and what
    payments.checkout.card_form.open_form raises. No money moves.
    """
    # Before an order is made: a refusal must leave the one before in place.
    limits.check(link.order.user, client_address)
    _check_orders(link.order.user)
    try:
        order = _order_of(link.pk, data)
    except (LedgerRule, SelectionRule) as rule:
        raise LinkDead from rule
    return card_form.open_form(order, user=order.user, payer=_payer(order, client_address), gateway=gateway)


def _check_orders(user: User) -> None:
    """While the gateway does not answer no form is opened to be counted, yet each post makes an order."""
    now = timezone.now()
    made = Order.objects.filter(user=user, paid_by_other=True, created_at__gt=now - limits.SPAN)
    if made.count() >= limits.FORMS_OF_AN_ACCOUNT:
        raise TooManyForms(now + limits.SPAN)


@transaction.atomic
def _order_of(link_id: int, data: PayersData) -> Order:
    """Replaces the link's order by one with the payer's data; the link names the new one.

    The account is locked first, as every choice locks it. So a choice, a revocation and two payers come one by one.
    """
    link = _links().get(pk=link_id)
    old, member = link.order, link.order.member
    offer.check(old.user, member, old.kind)
    if not _links().get(pk=link_id).lives(timezone.now()):
        raise LinkDead
    dues = list(Due.objects.filter(order_lines__order=old))
    order = start.start_order(user=old.user, member=member, choice=_choice(old, dues, data))
    order.expires_at = link.expires_at
    kept_writes.update(order, "expires_at")
    # Only a link that is still alive and still names the order that was replaced.
    if not PaymentLink.objects.filter(pk=link_id, ended_at=None, order=old).update(order=order):
        raise LinkDead
    return order


def _choice(old: Order, dues: Sequence[Due], data: PayersData) -> Choice:
    return Choice(kind=old.kind, dues=dues, paid_by_other=True, **asdict(data))


def _payer(order: Order, client_address: str) -> Payer:
    """The payer for the gateway's antifraud: somebody whom the portal does not know."""
    return Payer(
        email=order.email,
        client_ip=client_address,
        document_type=order.get_buyer_document_type_display(),
        document_number=order.buyer_document_number,
        customer_id=f"{order.buyer_document_type}-{order.buyer_document_number}",
        days_registered=0,
    )


def _links() -> "QuerySet[PaymentLink]":
    links = PaymentLink.objects.select_related("order__user", "order__member__regional_council")
    may_pay = assignments.is_payer(OuterRef("order__user"), OuterRef("order__member"))
    return links.annotate(account_may_pay=may_pay)


def _member_may_pay(link: PaymentLink) -> bool:
    order = link.order
    alive = order.member.status != MemberStatus.DECEASED
    return order.user.is_active and alive and bool(link.account_may_pay)  # type: ignore[attr-defined]


def _still_owed(order: Order) -> bool:
    owed = dict(ledger.payable_by(order.ref).values_list("due", "due__amount"))
    return all(owed.get(line.due_id) == line.amount for line in order.lines.all())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
