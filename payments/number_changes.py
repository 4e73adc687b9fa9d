"""Changes the CMP number of an account, or hands a SEMEFA to a successor.

The account's unfinished orders are cancelled in the same transaction, which frees their dues. A charge in doubt blocks
the change, because its payer must be settled first.
"""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from dues import successions
from dues.models import CoveredPerson
from members.exceptions import (
    NotStaff,
    NumberDecided,
    NumberProposed,
    OwnAccount,
    OwnNumberProposal,
    StaffNeedsTwo,
)
from members.login import second_factor
from members.models import Member, NumberProposal, User
from members.numbers import assignments, registrations
from members.numbers import successions as succession
from members.numbers.successions import Claimed
from payments import trail
from payments.checkout import give_up
from payments.exceptions import CheckoutRule, IllegalTransition, PaymentInDoubt
from payments.models import Order


class DoubtBlocksChange(CheckoutRule):
    """While a charge is being verified, its account keeps its number."""

    sentence = (
        "Un pago de esta cuenta está en verificación: todavía no se sabe si se cobró. Espere el resultado y corrija "
        "después. No cambió nada."
    )


class NothingToChange(CheckoutRule):
    """A change needs another number; a swap needs two accounts with a number."""

    sentence = "Con eso no cambiaría nada: revise el número CMP y la cuenta."


class ChangedMeanwhile(CheckoutRule):
    """Another webmaster was first, or the button was pressed twice: a second swap would undo the first."""

    sentence = (
        "Los números cambiaron desde que usted abrió esta página: quizá ya se corrigió. Mire otra vez lo que paga cada "
        "cuenta. Ahora no cambió nada."
    )


def numbers(users: Sequence[User]) -> str:
    """Returns the CMP numbers of these accounts, in order, as one text. Forms carry it back to detect changes."""
    members = [assignments.current_member(user) for user in users]
    return ",".join(str(member.cmp_number) if member else "-" for member in members)


def change(user: User, *, to: Member | None, author: User, reason: str, seen: str | None = None) -> None:
    """Lets the account pay for another member, or for none, from now on. Its past payments stay.

    `seen` is the value of `numbers` on the author's page. Raises ChangedMeanwhile if it differs now, NothingToChange,
    DoubtBlocksChange, members.numbers.assignments.NumberTaken, or
    members.exceptions.StaffNeedsTwo for an account of staff; then nothing changes.
    """
    if to is not None:
        _refuse_staff(user)
    _give(user, to, author=author, reason=reason, seen=seen)


def _give(user: User, to: Member | None, *, author: User, reason: str, seen: str | None) -> None:
    with transaction.atomic():
        [account] = _lock([user])
        _refuse_changed([account], seen)
        if assignments.current_member(account) == to:
            raise NothingToChange
        _cancel_orders([account], author)
        assignments.reassign([account], [to], author=author, reason=reason)
        if to is not None:
            registrations.close(account, author=author, answer=reason)


def propose(user: User, *, to: Member, author: User, reason: str) -> NumberProposal:
    """Say which number an account of staff should get; a second webmaster or a superuser decides. Nothing changes yet.

    Raises NotStaff for any other account, OwnAccount for the author's own, NumberProposed while one waits.
    """
    if not second_factor.may_act(user):
        raise NotStaff
    if user == author:
        raise OwnAccount
    try:
        with transaction.atomic():
            return NumberProposal.objects.create(user=user, member=to, author=author, reason=reason)
    except IntegrityError as error:  # a_staff_account_has_one_open_proposal
        raise NumberProposed from error


def proposed(user: User) -> NumberProposal | None:
    """The number that waits for a second person, if there is one."""
    return NumberProposal.objects.select_related("member", "author").filter(user=user, decided_at=None).first()


def approve(proposal_id: int, *, by: User) -> NumberProposal:
    """A second person gives the account of staff its number.

    Raises OwnNumberProposal for the author and for the account itself, NumberDecided, and what `change` raises.
    """
    with transaction.atomic():
        proposal = _lock_proposal(proposal_id)
        if by in (proposal.author, proposal.user):
            raise OwnNumberProposal
        _give(proposal.user, proposal.member, author=by, reason=proposal.reason, seen=None)
        _decide(proposal, by)
        return proposal


def reject(proposal_id: int, *, by: User, reason: str) -> NumberProposal:
    """The account keeps what it has. Raises NumberDecided."""
    with transaction.atomic():
        proposal = _lock_proposal(proposal_id)
        proposal.rejection = reason
        _decide(proposal, by)
        return proposal


def _lock_proposal(proposal_id: int) -> NumberProposal:
    proposals = NumberProposal.objects.select_for_update(of=("self",)).select_related("user", "member", "author")
    proposal = proposals.get(pk=proposal_id)
    if proposal.decided_at:
        raise NumberDecided
    return proposal


def _decide(proposal: NumberProposal, by: User) -> None:
    proposal.decided_by, proposal.decided_at = by, timezone.now()
    proposal.save(update_fields=["decided_by", "decided_at", "rejection"])


def _refuse_staff(*accounts: User) -> None:
    """One webmaster alone gives no number to an account that may write off dues."""
    if any(map(second_factor.may_act, accounts)):
        raise StaffNeedsTwo


def swap(first: User, second: User, *, author: User, reason: str, seen: str | None = None) -> None:
    """Exchanges the numbers of two accounts in one step.

    `seen` is as for `change`. Raises ChangedMeanwhile, NothingToChange, DoubtBlocksChange, or
    members.exceptions.StaffNeedsTwo when one is of staff; then nothing changes.
    """
    with transaction.atomic():
        accounts = _lock([first, second])
        _refuse_changed([first, second], seen)
        members = [assignments.current_member(account) for account in accounts]
        if len(accounts) != 2 or None in members:
            raise NothingToChange
        _refuse_staff(*accounts)
        _cancel_orders(accounts, author)
        assignments.reassign(accounts, members[::-1], author=author, reason=reason)


def succeed(user: User, member: Member, successor: Claimed, dependant: CoveredPerson | None, *, author: User) -> None:
    """Lets a dependant's account pay the SEMEFA of a dead member from now on, in the dependant's name.

    The account that paid for the member no longer pays for anybody. Past receipts and payments stay. Raises
    members.numbers.successions.SuccessionRule, DoubtBlocksChange, members.exceptions.StaffNeedsTwo, or
    members.numbers.assignments.NumberTaken; then nothing changes.
    """
    _refuse_staff(user)
    with transaction.atomic():
        former = list(User.objects.filter(assignments__member=member, assignments__ended_at=None).exclude(pk=user.pk))
        accounts = _lock([user, *former])
        if assignments.current_member(user) not in (None, member):
            raise succession.HasOwnNumber
        if succession.is_recorded(user, member, successor):
            raise succession.AlreadyRecorded
        _cancel_orders(accounts, author)
        members = [*(None for _ in former), member]
        assignments.reassign(
            [*former, user], members, author=author, reason=f"Sucesión de SEMEFA: {successor.reason}"[:500]
        )
        record = succession.record(user, member, successor, author=author)
        successions.take_over(record, dependant, author=author, today=timezone.localdate())
        registrations.close(user, author=author, answer=successor.reason)


def in_the_way(user: User) -> list[Order]:
    """Returns the account's unfinished orders. A change cancels them, unless a charge is in doubt."""
    return list(Order.objects.unfinished().filter(user=user))


def _lock(users: Sequence[User]) -> list[User]:
    """Locks the accounts in a fixed order, so that two changes never deadlock."""
    ids = [user.pk for user in users]
    return list(User.objects.select_for_update().filter(pk__in=ids).order_by("pk"))


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
            except IllegalTransition:  # paid, expired or cancelled meanwhile
                continue
