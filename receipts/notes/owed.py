"""Credit notes: what is owed because money went back or a buyer changed, issued once SUNAT has the receipt.

A note before its receipt's acceptance would correct a document that does not exist. So each wish is recorded at once
(`Credit`), and the job issues the note when the time has come; asking again changes nothing.
"""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from base.peru.amount_in_words import amount_in_words
from dues.models import Due
from members.models import Member
from payments import trail
from payments.models import Order, Refund, Transfer
from payments.states import RefundState
from receipts.exceptions import NotABoleta, NothingToCredit, TooShort
from receipts.issuing.contents import SHORTEST_TEXT, Buyer, Contents, Line, Totals, describe, physician_of
from receipts.models import Credit, CreditReason, Filing, Paper, Receipt, Voiding
from receipts.tax_office.states import OPEN_SUMMARY_STATES, FilingState
from receipts.tax_office.ubl.elements import one_line

logger = logging.getLogger(__name__)


# --- What is owed


def after_refund(refund_id: int) -> Credit | None:
    """The credit that a refund owes, recorded now unless it was before; None for money that paid no due.

    A void cancels the operation (01); a refund gives all back (06) or some dues (07).
    """
    refund = Refund.objects.select_related("attempt__order").get(pk=refund_id)
    # As the receipt states them: those of the right physician's dues, once the payment was moved.
    moved = Coalesce("line__transferred__settlement__due__period", "line__period")
    periods = sorted(refund.lines.values_list(moved, flat=True))
    if refund.state != RefundState.DONE or not refund.attempt.settles_order or not periods:
        return None
    order = refund.attempt.order
    credit, _ = Credit.objects.get_or_create(
        refund=refund,
        defaults={
            "order": order,
            "periods": periods,
            "reason": _reason_of(refund, whole=len(periods) == order.lines.count()),
            "description": refund.reason[:250],
            "author": refund.author,
        },
    )
    return credit


def _reason_of(refund: Refund, *, whole: bool) -> CreditReason:
    if not whole:
        return CreditReason.RETURNED_ITEMS
    return CreditReason.CANCELLED if refund.method == Refund.Method.VOID else CreditReason.RETURNED


def change_to_factura(order: Order, *, buyer: Buyer, author: str, description: str) -> Credit:
    """Owe a factura to `buyer` (with RUC) instead of an order's boleta, and the note that takes the boleta back.

    Raises NotABoleta unless SUNAT has accepted the boleta and it still stands, NothingToCredit when all of it was given
    back, TooShort for a name or a reason under three characters.
    """
    _refuse_short(buyer.name, description)
    with transaction.atomic():
        receipt = lock_live(order)
        if receipt is None or receipt.document != Paper.BOLETA or not is_valid(receipt):
            raise NotABoleta
        credit_refunds(order)
        stated = with_lines(receipt.stated, lines_of(receipt, standing_periods(order)))
        return _replace(receipt, Paper.FACTURA, replace(stated, buyer=buyer), author=author, description=description)


def after_transfer(move: Transfer) -> Credit:
    """Owe the note and the new document of a payment that went to another physician: whose dues it paid is stated.

    It is made out to the right physician where the wrong one was the buyer, else to whoever was. Raises NothingToCredit
    as long as the order has no receipt.
    """
    receipt = live(move.order)
    if receipt is None:
        raise NothingToCredit
    credit_refunds(move.order)
    stated = receipt.stated
    dues = {moved.line.period: moved.settlement.due for moved in move.lines.select_related("settlement__due", "line")}
    lines = tuple(_line_of_due(line, dues[line.period]) for line in stated.lines if line.period in dues)
    physician = replace(physician_of(move.member), masked=stated.physician.masked)
    own = stated.buyer.document_number == move.order.member.document_number
    buyer = _buyer_of(move.member) if own else stated.buyer
    new = with_lines(replace(stated, physician=physician, buyer=buyer), lines)
    author = trail.actor(move.decided_by) if move.decided_by else ""
    return _replace(receipt, receipt.document, new, author=author, description=move.reason)


def _line_of_due(line: Line, due: Due) -> Line:
    return replace(line, period=due.period, description=describe(due.kind, due.period), basis=due.basis)


def _buyer_of(member: Member) -> Buyer:
    return Buyer(
        document_type=member.document_type,
        document_number=member.document_number,
        name=member.full_name,
        address="",
    )


def _replace(receipt: Receipt, document: str, stated: Contents, *, author: str, description: str) -> Credit:
    """Owe a note that cancels what still stands of a receipt (01), although no money goes back, and what follows it."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=receipt.order_id)
        periods = standing_periods(order)
        if not periods:
            raise NothingToCredit
        return Credit.objects.create(
            order=order,
            periods=periods,
            reason=CreditReason.CANCELLED,
            description=description[:250],
            author=author,
            instead={"document": str(document), "statement": stated.as_json()},
        )


def credit_refunds(order: Order) -> None:
    """What went back before is credited before anything else: later its months stand in no document any more."""
    for refund_id in refunds_without_credit().filter(attempt__order=order):
        after_refund(refund_id)


def standing_periods(order: Order) -> list[date]:
    """The months of an order's receipt that no credit has taken back or is about to; none before it is issued."""
    receipt = live(order)
    if receipt is None:
        return []
    about = order.credits.filter(Q(note=None) | Q(note__corrects=receipt))
    taken = {period for credit in about for period in credit.periods}
    return [line.period for line in receipt.stated.lines if line.period not in taken]


def live(order: Order) -> Receipt | None:
    """The boleta or factura that stands for an order: the first, or what took its place."""
    documents = Receipt.objects.filter(order=order, corrects=None, replacement=None)
    return documents.select_related("filing").defer("filing__xml", "filing__cdr").first()


def lock_live(order: Order) -> Receipt | None:
    """Return the `live` document, locked. Nobody can void it until the transaction ends
    (receipts/tax_office/voiding.py takes the same lock).
    """
    filed = Filing.objects.select_for_update(of=("self",)).filter(receipt__order=order)
    list(filed.order_by("pk").values_list("pk", flat=True))
    return live(order)


def refunds_without_credit() -> "QuerySet[Refund, int]":
    """A lost job is healed: every refund that gave dues' money back owes a note."""
    done = Refund.objects.filter(state=RefundState.DONE, attempt__settles_order=True, credit=None, lines__isnull=False)
    return done.order_by("pk").values_list("pk", flat=True).distinct()


def is_valid(receipt: Receipt) -> bool:
    """Whether SUNAT has it and nobody asked to void it: voided and credited, it would be taken back twice."""
    filed = getattr(receipt, "filing", None)
    return filed is not None and filed.is_valid and not voiding_under_way(receipt)


def voiding_under_way(receipt: Receipt) -> bool:
    return Voiding.objects.filter(filing=receipt.pk, summary__state__in=OPEN_SUMMARY_STATES).exists()


def _refuse_short(*texts: str) -> None:
    if any(len(one_line(text)) < SHORTEST_TEXT for text in texts):
        raise TooShort


def lines_of(receipt: Receipt, periods: Iterable[date]) -> tuple[Line, ...]:
    wanted = set(periods)
    return tuple(line for line in receipt.stated.lines if line.period in wanted)


def with_lines(stated: Contents, lines: tuple[Line, ...]) -> Contents:
    totals = Totals.of(lines)
    return replace(stated, lines=lines, totals=totals, words=amount_in_words(totals.total, stated.currency))


# --- What is shown


def waits_for(credit: Credit) -> str:
    """Why a credit has no note yet, as a sentence for staff; "" once it has."""
    if credit.note_id:
        return ""
    receipt = live(credit.order)
    if receipt is None:
        return "Espera a que se emita el comprobante."
    filed = getattr(receipt, "filing", None)
    if filed is not None and filed.state in (FilingState.REJECTED, FilingState.WITHDRAWN):
        return f"SUNAT no tiene {receipt.name} por válido: si se emite de nuevo, la nota saldrá después."
    if voiding_under_way(receipt):
        return f"Se pidió la baja de {receipt.name}: espera lo que diga SUNAT."
    return "" if is_valid(receipt) else f"Espera a que SUNAT acepte {receipt.name}."
