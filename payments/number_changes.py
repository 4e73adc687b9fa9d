"""Put a wrong CMP number right, or hand a SEMEFA on, without losing sight of an order that was made before.

The webmaster corrects the assignment; the account's open orders are cancelled and their dues freed in the same
transaction. An order whose charge is in doubt blocks the correction: its money must first be somebody's.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from dues import successions
from dues.models import CoveredPerson
from members.models import Member, User
from members.numbers import assignments, registrations
from members.numbers import successions as succession
from members.numbers.successions import Claimed
from payments import trail
from payments.checkout import give_up
from payments.exceptions import CheckoutRule, IllegalTransition, PaymentInDoubt
from payments.models import Order


class DoubtBlocksChange(CheckoutRule):
    """While a charge is being verified its account keeps its number."""

    sentence = (
        "Un pago de esta cuenta está en verificación: todavía no se sabe si se cobró. Espere el resultado y corrija "
        "después. No cambió nada."
    )


class NothingToChange(CheckoutRule):
    """A correction changes a number; a swap takes two accounts that have one."""

    sentence = "Con eso no cambiaría nada: revise el número CMP y la cuenta."


class ChangedMeanwhile(CheckoutRule):
    """Another webmaster was first, or the button was pressed twice: a second swap would undo the first."""

    sentence = (
        "Los números cambiaron desde que usted abrió esta página: quizá ya se corrigió. Mire otra vez lo que paga cada "
        "cuenta. Ahora no cambió nada."
    )


def numbers(users: Sequence[User]) -> str:
    """Which CMP numbers these accounts pay for now, in this order; what a page shows and its form brings back."""
    members = [assignments.current_member(user) for user in users]
    return ",".join(str(member.cmp_number) if member else "-" for member in members)


def change(user: User, *, to: Member | None, author: User, reason: str, seen: str | None = None) -> None:
    """Let the account pay for another member, or for none, from now on; what it paid stays where it was.

    `seen` is what `numbers` said when the author decided. Raises CorrectedMeanwhile when that is no longer so,
    NothingToCorrect, DoubtBlocksCorrection or members.numbers.assignments.NumberTaken; then nothing changed.
    """
    with transaction.atomic():
        [account] = _lock([user])
        _refuse_changed([account], seen)
        if assignments.current_member(account) == to:
            raise NothingToChange
        _cancel_orders([account], author)
        assignments.reassign([account], [to], author=author, reason=reason)
        if to is not None:
            registrations.close(account, author=author, answer=reason)


def swap(one: User, other: User, *, author: User, reason: str, seen: str | None = None) -> None:
    """Give each of two accounts the other's number, in one step: at no time has a number two accounts or none.

    `seen` as for `correct`, of one and other. Raises CorrectedMeanwhile, NothingToCorrect, DoubtBlocksCorrection.
    """
    with transaction.atomic():
        accounts = _lock([one, other])
        _refuse_changed([one, other], seen)
        members = [assignments.current_member(account) for account in accounts]
        if len(accounts) != 2 or None in members:
            raise NothingToChange
        _cancel_orders(accounts, author)
        assignments.reassign(accounts, members[::-1], author=author, reason=reason)


def succeed(user: User, member: Member, claimed: Claimed, dependant: CoveredPerson | None, *, author: User) -> None:
    """Let a dependant's account pay the SEMEFA of a member who died, from now on and in the dependant's name.

    The account that paid for the member until now pays for nobody. Receipts and payments of before stay as they are.
    Raises members.numbers.successions.SuccessionRule, DoubtBlocksCorrection, and members.numbers.assignments.NumberTaken when another
    account got the number at this moment; then nothing changed.
    """
    with transaction.atomic():
        former = list(User.objects.filter(assignments__member=member, assignments__ended_at=None).exclude(pk=user.pk))
        accounts = _lock([user, *former])
        if assignments.current_member(user) not in (None, member):
            raise succession.HasOwnNumber
        if succession.is_recorded(user, member, claimed):
            raise succession.AlreadyRecorded
        _cancel_orders(accounts, author)
        numbers = [*(None for _ in former), member]
        assignments.reassign(
            [*former, user], numbers, author=author, reason=f"Sucesión de SEMEFA: {claimed.reason}"[:500]
        )
        record = succession.record(user, member, claimed, author=author)
        successions.take_over(record, dependant, author=author, today=timezone.localdate())
        registrations.close(user, author=author, answer=claimed.reason)


def in_the_way(user: User) -> list[Order]:
    """The account's open orders, which a correction cancels or, when a charge of one is in doubt, cannot."""
    return list(Order.objects.unfinished().filter(user=user))


def _lock(users: Sequence[User]) -> list[User]:
    """In one order, so that two corrections never wait for each other."""
    chosen = [user.pk for user in users]
    return list(User.objects.select_for_update().filter(pk__in=chosen).order_by("pk"))


def _refuse_changed(locked: Sequence[User], seen: str | None) -> None:
    if seen is not None and seen != numbers(locked):
        raise ChangedMeanwhile


def _cancel_orders(users: Sequence[User], author: User) -> None:
    for user in users:
        for order in in_the_way(user):
            try:
                give_up.cancel(order.pk, actor=trail.actor(author), cause="el webmaster corrigió el CMP")
            except PaymentInDoubt as doubt:
                raise DoubtBlocksChange from doubt
            except IllegalTransition:  # paid, expired or cancelled meanwhile: nothing of it is open any more
                continue
