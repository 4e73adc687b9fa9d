"""A payment credited to the wrong physician goes to the right one: dues of one reopen, those of the other are paid.

Never an edit: settlements are reversed and new ones posted under the same purchase number, in one transaction and by
two people. Each line of the order goes to a due of the same kind and amount, oldest to oldest, so that no sol is left
over and a later refund knows which due to reopen.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from base.postgres.constraints import broken_constraint
from dues import exemptions, ledger, standing
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
    """How a physician stands today and would stand after the move; None where no rule says."""

    member: Member
    before: Standing | None
    after: Standing | None


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a move would do: pairs of what reopens and what is paid instead; `amount` soles in all."""

    pairs: list[tuple[OrderLine, Due]]
    amount: Decimal
    wrong: Change
    right: Change


def transferred_to() -> Subquery:
    """To annotate orders with: the CMP number that the payment went to, None while it stays where it was credited."""
    done = Transfer.objects.filter(order=OuterRef("pk"), decided_at__isnull=False, rejection="")
    return Subquery(done.values("member__cmp_number")[:1])


def preview(order: Order, to: Member) -> Preview:
    """What approving would do now. Raises MoveNotPossible, whose sentence says what stands in the way."""
    pairs = _pairs(order, to, _lines(order))
    return Preview(
        pairs=pairs,
        amount=sum((line.amount for line, _ in pairs), Decimal("0.00")),
        wrong=_reopening(order.member, [line for line, _ in pairs]),
        right=_paying(to, [due for _, due in pairs]),
    )


def propose(order_id: int, *, to: Member, author: User, reason: str) -> Transfer:
    """Say whose dues an order should have paid. Nothing moves yet.

    Raises MoveNotPossible as `preview` does, AlreadyMoved while another proposal waits or after a move.
    """
    try:
        with transaction.atomic():
            order = _lock(order_id)
            found = preview(order, to)
            move = Transfer.objects.create(order=order, member=to, reason=reason, author=author)
            _record(move, author, f"pase propuesto: {reason}", amount=found.amount)
            return move
    except IntegrityError as error:
        if broken_constraint(error) == "an_order_is_moved_once":
            raise AlreadyTransferred from error
        raise


def approve(move_id: int, *, by: User) -> Transfer:
    """A second person agrees, and the dues change hands, all or none; both physicians are written to.

    Raises OwnMove, AlreadyDecided, and MoveNotPossible or dues.exceptions.DueNotOpen when something has changed since.
    """
    with transaction.atomic():
        move = _lock_move(move_id)
        if move.author == by:
            raise OwnTransfer
        found = _held_preview(move)
        _change_hands(move, found.pairs, by)
        _decide(move, by)
        _record(move, by, f"pago pasado al {move.member}: {move.reason}", amount=found.amount)
        letters.moved(move, _charge(move.order))
        return move


def reject(move_id: int, *, by: User, reason: str) -> Transfer:
    """Whoever may approve says no, or its author takes it back. Raises AlreadyDecided."""
    with transaction.atomic():
        move = _lock_move(move_id)
        move.rejection = reason
        _decide(move, by)
        _record(move, by, f"pase rechazado: {reason}")
        return move


def dues_paid_by(lines: Collection[OrderLine]) -> list[int]:
    """Returns the ids of the dues that these lines pay: their own, or the right physician's since they were moved."""
    moved = dict(TransferLine.objects.filter(line__in=lines).values_list("line_id", "settlement__due_id"))
    return [moved.get(line.pk, line.due_id) for line in lines]


def _held_preview(move: Transfer) -> Preview:
    """The preview once its dues are locked: read before, one may have been chosen, paid or corrected meanwhile."""
    ledger.lock([due.pk for _, due in preview(move.order, move.member).pairs])
    return preview(move.order, move.member)


def _change_hands(move: Transfer, pairs: Sequence[tuple[OrderLine, Due]], by: User) -> None:
    order, number = move.order, _charge(move.order).number
    dues = [due for _, due in pairs]
    reopened = [line.due_id for line, _ in pairs]
    reason = f"Pasado al CMP {move.member.cmp_number}: {move.reason}"
    ledger.reverse_paid_by(number, reopened, author=trail.actor(by), reason=reason)
    paid_at = order.paid_at or timezone.now()
    ledger.settle([(due.pk, due.amount) for due in dues], channel=Channel.CARD, reference=number, paid_at=paid_at)
    posted = Settlement.objects.filter(due__in=dues, reference=number, reversed_at=None)
    by_due = {settlement.due_id: settlement for settlement in posted}
    TransferLine.objects.bulk_create(
        TransferLine(move=move, line=line, settlement=by_due[due.pk]) for line, due in pairs
    )


# --- What may be moved


def _lines(order: Order) -> list[OrderLine]:
    """What the order still pays, oldest first."""
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


def _lock_move(move_id: int) -> Transfer:
    move = Transfer.objects.select_related("author", "member").get(pk=move_id)
    order = _lock(move.order_id)
    move.refresh_from_db(fields=["decided_at"])
    if move.decided_at:
        raise AlreadyDecided
    move.order = order
    return move


def _decide(move: Transfer, by: User) -> None:
    move.decided_by, move.decided_at = by, timezone.now()
    move.save(update_fields=["decided_by", "decided_at", "rejection"])


def _record(move: Transfer, by: User, cause: str, *, amount: Decimal | None = None) -> None:
    details: dict[str, object] = {"move": move.pk, "from": move.order.member.cmp_number, "to": move.member.cmp_number}
    if amount is not None:
        details["amount"] = str(amount)
    trail.record(move.order, attempt=_charge(move.order), actor=trail.actor(by), cause=cause, details=details)
