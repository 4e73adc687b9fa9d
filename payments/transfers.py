"""Transfers a payment to the right physician: the dues of one reopen, those of the other are settled.

Nothing is edited: settlements are reversed and new ones posted under the same purchase number, in one transaction, by
two people. Each line goes to a due of the same kind and amount, oldest to oldest, so no sol is left over and a later
refund finds its due.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from base.postgres.constraints import broken_constraint
from dues import conflicts, exemptions, ledger, standing
from dues.models import Channel, Due, Kind, Settlement
from dues.standing import Standing
from members.models import Member, User
from payments import letters, trail
from payments.checkout.locks import lock_attempt
from payments.exceptions import AlreadyDecided, AlreadyTransferred, OwnTransfer, TransferNotPossible
from payments.models import Attempt, Order, OrderLine, Transfer, TransferLine
from payments.refunds import remaining
from payments.refunds.remaining import Obstacle
from payments.states import AttemptState

OBSTACLES = {
    Obstacle.NOT_CHARGED: "Solo se pasa un pago cobrado que no se devolvió: este no lo es.",
    Obstacle.DISPUTED: "Hay un contracargo abierto de este cobro: ese dinero no se mueve hasta que termine.",
    Obstacle.REFUND_UNDER_WAY: "Hay una devolución en curso de este pago: espere a que termine.",
    Obstacle.PROPOSAL_WAITS: "Hay una devolución propuesta de este pago: primero hay que decidirla.",
    Obstacle.NOTHING_LEFT: "Este pago ya se devolvió todo: no queda nada que pasar.",
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """The standing of a physician today and after the transfer; None if no rule applies."""

    member: Member
    before: Standing | None
    after: Standing | None


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The effect of a transfer: each line with the due that it would settle; `amount` is the sum in soles."""

    pairs: list[tuple[OrderLine, Due]]
    amount: Decimal
    wrong: Change
    right: Change


def transferred_to() -> Subquery:
    """Annotates orders with the CMP number to which the payment was transferred, or None."""
    done = Transfer.objects.done().filter(order=OuterRef("pk"))
    return Subquery(done.values("member__cmp_number")[:1])


def preview(order: Order, to: Member) -> Preview:
    """Returns the effect of approving now. Raises TransferNotPossible with the obstacle as its sentence."""
    pairs = _pairs(order, to, _lines(order))
    return Preview(
        pairs=pairs,
        amount=sum((line.amount for line, _ in pairs), Decimal("0.00")),
        wrong=_reopening(order.member, [line for line, _ in pairs]),
        right=_paying(to, [due for _, due in pairs]),
    )


def propose(order_id: int, *, to: Member, author: User, reason: str) -> Transfer:
    """Proposes whose dues an order should have paid. Nothing changes yet.

    Raises TransferNotPossible as `preview` does, AlreadyTransferred after a transfer or during another proposal, and
    dues.exceptions.OwnNumber when one of the two physicians is the author or of the author's family.
    """
    try:
        with transaction.atomic():
            order = _lock(order_id)
            conflicts.refuse_own(author, [order.member_id, to.pk])
            effect = preview(order, to)
            transfer = Transfer.objects.create(order=order, member=to, reason=reason, author=author)
            _record(transfer, author, f"pase propuesto: {reason}", amount=effect.amount)
            return transfer
    except IntegrityError as error:
        if broken_constraint(error) == "an_order_is_moved_once":
            raise AlreadyTransferred from error
        raise


def approve(transfer_id: int, *, by: User) -> Transfer:
    """Approves a proposal: the dues are exchanged, all or none, and both physicians are written to.

    Raises OwnTransfer, AlreadyDecided, dues.exceptions.OwnNumber, and TransferNotPossible or
    dues.exceptions.DueNotOpen if something changed.
    """
    with transaction.atomic():
        transfer = _lock_transfer(transfer_id)
        if transfer.author == by:
            raise OwnTransfer
        conflicts.refuse_own(by, [transfer.order.member_id, transfer.member_id])
        effect = _held_preview(transfer)
        _change_hands(transfer, effect.pairs, by)
        _decide(transfer, by)
        _record(transfer, by, f"pago pasado al {transfer.member}: {transfer.reason}", amount=effect.amount)
        letters.transferred(transfer, _charge(transfer.order))
        return transfer


def reject(transfer_id: int, *, by: User, reason: str) -> Transfer:
    """Rejects or withdraws a proposal. Raises AlreadyDecided."""
    with transaction.atomic():
        transfer = _lock_transfer(transfer_id)
        transfer.rejection = reason
        _decide(transfer, by)
        _record(transfer, by, f"pase rechazado: {reason}")
        return transfer


def dues_paid_by(lines: Collection[OrderLine]) -> list[int]:
    """Returns the ids of the dues that these lines pay: their own, or the right physician's after a transfer."""
    transferred = dict(TransferLine.objects.filter(line__in=lines).values_list("line_id", "settlement__due_id"))
    return [transferred.get(line.pk, line.due_id) for line in lines]


def _held_preview(transfer: Transfer) -> Preview:
    """Locks the dues and returns the preview read afterwards: one may have been held, paid or repriced before."""
    ledger.lock([due.pk for _, due in preview(transfer.order, transfer.member).pairs])
    return preview(transfer.order, transfer.member)


def _change_hands(transfer: Transfer, pairs: Sequence[tuple[OrderLine, Due]], by: User) -> None:
    order, number = transfer.order, _charge(transfer.order).number
    dues = [due for _, due in pairs]
    reopened = [line.due_id for line, _ in pairs]
    reason = f"Pasado al CMP {transfer.member.cmp_number}: {transfer.reason}"
    ledger.reverse_paid_by(number, reopened, author=trail.actor(by), reason=reason)
    paid_at = order.paid_at or timezone.now()
    ledger.settle([(due.pk, due.amount) for due in dues], channel=Channel.CARD, reference=number, paid_at=paid_at)
    posted = Settlement.objects.standing().filter(due__in=dues, reference=number)
    by_due = {settlement.due_id: settlement for settlement in posted}
    TransferLine.objects.bulk_create(
        TransferLine(transfer=transfer, line=line, settlement=by_due[due.pk]) for line, due in pairs
    )


# --- What may be transferred


def _lines(order: Order) -> list[OrderLine]:
    """Returns the lines that the order still pays, oldest first."""
    attempt = _charge(order)
    obstacle = remaining.obstacle(
        attempt,
        refunds=attempt.refunds.all(),
        chargebacks=attempt.chargebacks.all(),
        proposals=attempt.proposals.all(),
    )
    if obstacle:
        raise TransferNotPossible(OBSTACLES[obstacle])
    lines = list(remaining.lines(attempt).select_related("due"))
    if exemptions.was_given_back(attempt.number, [line.due_id for line in lines]):
        raise TransferNotPossible(
            "Una de sus cuotas se exoneró y su saldo a favor ya se devolvió o abonó: no se pasa el mismo dinero."
        )
    return lines


def _charge(order: Order) -> Attempt:
    attempt = Attempt.objects.filter(order=order, settles_order=True, state=AttemptState.APPROVED).first()
    if attempt is None:
        raise TransferNotPossible(OBSTACLES[Obstacle.NOT_CHARGED])
    return attempt


def _pairs(order: Order, to: Member, lines: Sequence[OrderLine]) -> list[tuple[OrderLine, Due]]:
    if to == order.member:
        raise TransferNotPossible("El pago ya es de ese CMP.")
    dues = list(ledger.open_dues(to, kind=order.kind)[: len(lines)])
    if len(dues) < len(lines):
        raise TransferNotPossible(
            f"El CMP {to.cmp_number} debe solo {len(dues)} de esas cuotas y el pago es de {len(lines)}. "
            "Devuelva el pago a la tarjeta, para que se pague de nuevo."
        )
    for line, due in zip(lines, dues, strict=True):
        if due.held_by:
            raise TransferNotPossible(f"La cuota «{due}» se está pagando ahora mismo. Pruebe en unos minutos.")
        if due.amount != line.amount:
            raise TransferNotPossible(
                f"Los montos no coinciden: «{due}» es de S/ {due.amount:,.2f} y lo pagado por {line.period:%m/%Y} fue "
                f"S/ {line.amount:,.2f}. Devuelva el pago a la tarjeta, para que se pague de nuevo."
            )
    return list(zip(lines, dues, strict=True))


def _reopening(member: Member, lines: Sequence[OrderLine]) -> Change:
    today = timezone.localdate()
    before = standing.standing_of(member, on=today)
    overdue = tuple(line.period for line in lines if line.due.due_date < today and line.due.kind == Kind.COLEGIADO)
    after = before and replace(before, overdue=tuple(sorted({*before.overdue, *overdue})))
    return Change(member=member, before=before, after=after)


def _paying(member: Member, dues: Sequence[Due]) -> Change:
    before = standing.standing_of(member, on=timezone.localdate())
    after = before and before.after_paying([due.period for due in dues], kind=dues[0].kind)
    return Change(member=member, before=before, after=after)


# --- Rows


def _lock(order_id: int) -> Order:
    attempt = Attempt.objects.filter(order=order_id, settles_order=True).values_list("pk", flat=True).first()
    if attempt is None:
        raise TransferNotPossible("Solo se pasa un pago cobrado: este no lo es.")
    return lock_attempt(attempt)[0]


def _lock_transfer(transfer_id: int) -> Transfer:
    transfer = Transfer.objects.select_related("author", "member").get(pk=transfer_id)
    order = _lock(transfer.order_id)
    transfer.refresh_from_db(fields=["decided_at"])
    if transfer.decided_at:
        raise AlreadyDecided
    transfer.order = order
    return transfer


def _decide(transfer: Transfer, by: User) -> None:
    transfer.decided_by, transfer.decided_at = by, timezone.now()
    transfer.save(update_fields=["decided_by", "decided_at", "rejection"])


def _record(transfer: Transfer, by: User, cause: str, *, amount: Decimal | None = None) -> None:
    details: dict[str, object] = {
        "move": transfer.pk,
        "from": transfer.order.member.cmp_number,
        "to": transfer.member.cmp_number,
    }
    if amount is not None:
        details["amount"] = str(amount)
    trail.record(transfer.order, attempt=_charge(transfer.order), actor=trail.actor(by), cause=cause, details=details)
