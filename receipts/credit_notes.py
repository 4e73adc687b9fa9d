"""Credit notes: what is owed because money went back or a buyer changed, issued once SUNAT has the receipt.

A note before its receipt's acceptance would correct a document that does not exist. So each wish is recorded at once
(`Credit`), and the job issues the note when the time has come; asking again changes nothing.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from dues.models import Due
from members.models import Member
from payments import audit
from payments.models import Move, Order, Refund
from payments.states import RefundState
from receipts.credit_models import CreditReason
from receipts.exceptions import NotABoleta, NothingToCredit, NotRejected
from receipts.issue import hand_on, new_document
from receipts.models import Credit, Filing, Paper, Receipt, Voiding
from receipts.numbering import number
from receipts.statement import Buyer, Correction, Line, Statement, Totals, describe, physician_of
from receipts.states import OPEN_SUMMARY_STATES, SPENT_STATES, VALID_STATES, FilingState
from receipts.words import amount_in_words

logger = logging.getLogger(__name__)

# Any number that nothing else locks.
ONE_ISSUER_AT_A_TIME = 4_032


# --- What is owed


def after_refund(refund_id: int) -> Credit | None:
    """The credit that a refund owes, recorded now unless it was before; None for money that paid no due.

    A void cancels the operation (01); a refund gives all back (06) or some dues (07).
    """
    refund = Refund.objects.select_related("attempt__order").get(pk=refund_id)
    # As the receipt states them: those of the right physician's dues, once the payment was moved.
    moved = Coalesce("line__moved__settlement__due__period", "line__period")
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
    back.
    """
    with transaction.atomic():
        receipt = _lock_live(order)
        if receipt is None or receipt.document != Paper.BOLETA or not _is_valid(receipt):
            raise NotABoleta
        _credit_refunds(order)
        stated = _with_lines(receipt.stated, _lines_of(receipt, standing_periods(order)))
        return _replace(receipt, Paper.FACTURA, replace(stated, buyer=buyer), author=author, description=description)


def after_move(move: Move) -> Credit:
    """Owe the note and the new document of a payment that went to another physician: whose dues it paid is stated.

    It is made out to the right physician where the wrong one was the buyer, else to whoever was. Raises NothingToCredit
    as long as the order has no receipt.
    """
    receipt = live(move.order)
    if receipt is None:
        raise NothingToCredit
    _credit_refunds(move.order)
    stated = receipt.stated
    dues = {moved.line.period: moved.settlement.due for moved in move.lines.select_related("settlement__due", "line")}
    lines = tuple(_line_of_due(line, dues[line.period]) for line in stated.lines if line.period in dues)
    physician = physician_of(move.member)
    own = stated.buyer.document_number == move.order.member.document_number
    buyer = _buyer_of(move.member) if own else stated.buyer
    new = _with_lines(replace(stated, physician=physician, buyer=buyer), lines)
    author = audit.account(move.decided_by) if move.decided_by else ""
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


def _replace(receipt: Receipt, document: str, stated: Statement, *, author: str, description: str) -> Credit:
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


def _credit_refunds(order: Order) -> None:
    """What went back before is credited before anything else: later its months stand in no document any more."""
    for refund_id in _refunds_without_credit().filter(attempt__order=order):
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


def _lock_live(order: Order) -> Receipt | None:
    """As `live`; until the transaction ends nobody asks SUNAT to void it (receipts/voiding.py takes the same lock)."""
    filed = Filing.objects.select_for_update(of=("self",)).filter(receipt__order=order)
    list(filed.order_by("pk").values_list("pk", flat=True))
    return live(order)


# --- Issuing


def _wait_for_turn() -> None:
    """Until the transaction that issues a note now has ended, so that no two take back the same document."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_ISSUER_AT_A_TIME])


def issue_waiting(limit: int = 200) -> int:
    """Issue the notes whose receipt SUNAT has accepted, oldest wish first; how many. A failure holds up no other."""
    for refund_id in _refunds_without_credit()[:limit]:
        after_refund(refund_id)
    return sum(_issue_alone(credit_id) for credit_id in _issuable()[:limit])


def _refunds_without_credit() -> "QuerySet[Refund, int]":
    """A lost job is healed: every refund that gave dues' money back owes a note."""
    done = Refund.objects.filter(state=RefundState.DONE, attempt__settles_order=True, credit=None, lines__isnull=False)
    return done.order_by("pk").values_list("pk", flat=True).distinct()


def _issuable() -> Sequence[int]:
    accepted = Filing.objects.filter(state__in=VALID_STATES, receipt__corrects=None, receipt__replacement=None)
    waiting = Credit.objects.filter(note=None, order__in=accepted.values("receipt__order"))
    return list(waiting.order_by("requested_at", "pk").values_list("pk", flat=True))


def _issue_alone(credit_id: int) -> int:
    try:
        return 1 if issue(credit_id) else 0
    except Exception:
        logger.exception("credit %s has no note", credit_id)
        return 0


def issue(credit_id: int) -> Receipt | None:
    """The note of a credit, issued now unless it was before; None as long as SUNAT has not accepted the receipt, or
    another credit of the order comes first: the later one may put another document in its place."""
    with transaction.atomic():
        _wait_for_turn()
        credit = Credit.objects.select_for_update(of=("self",)).select_related("note", "order").get(pk=credit_id)
        if credit.note is None:
            _issue(credit)
        return credit.note


def _issue(credit: Credit) -> None:
    receipt = _lock_live(credit.order)
    if receipt is None or not _is_valid(receipt) or _comes_after(credit):
        return
    documents = [_note(credit, receipt)]
    credit.note = documents[0]
    credit.save(update_fields=["note"])
    if credit.instead:
        documents.append(_instead(credit.instead, receipt))
    hand_on(documents)


def _is_valid(receipt: Receipt) -> bool:
    """Whether SUNAT has it and nobody asked to void it: voided and credited, it would be taken back twice."""
    filed = getattr(receipt, "filing", None)
    return filed is not None and filed.is_valid and not voiding_under_way(receipt)


def voiding_under_way(receipt: Receipt) -> bool:
    return Voiding.objects.filter(filing=receipt.pk, summary__state__in=OPEN_SUMMARY_STATES).exists()


def _comes_after(credit: Credit) -> bool:
    return Credit.objects.filter(order=credit.order_id, note=None, pk__lt=credit.pk).exists()


def _note(credit: Credit, receipt: Receipt) -> Receipt:
    stated = _with_lines(receipt.stated, _lines_of(receipt, credit.periods))
    correction = Correction(
        document=receipt.document, name=receipt.name, reason=credit.reason, description=credit.description
    )
    note = new_document(credit.order, Paper.CREDIT_NOTE, replace(stated, correction=correction), corrects=receipt)
    number([note], corrects=receipt.document)
    note.save()
    return note


def _instead(wish: dict[str, Any], receipt: Receipt) -> Receipt:
    """The document that a credit wishes for in the place of the receipt that its note has just cancelled."""
    stated = Statement.from_json(wish["statement"])
    replacement = new_document(receipt.order, wish["document"], stated, replaces=receipt)
    number([replacement])
    replacement.save()
    return replacement


def _lines_of(receipt: Receipt, periods: Iterable[date]) -> tuple[Line, ...]:
    wanted = set(periods)
    return tuple(line for line in receipt.stated.lines if line.period in wanted)


def _with_lines(stated: Statement, lines: tuple[Line, ...]) -> Statement:
    totals = Totals.of(lines)
    return replace(stated, lines=lines, totals=totals, words=amount_in_words(totals.total, stated.currency))


# --- A document that SUNAT rejected


def reissue(receipt: Receipt, *, buyer: Buyer) -> Receipt:
    """The same document under the next number, for SUNAT rejected this one (2000 to 3999) or it was voided: its number
    is spent.

    `buyer` is whom it names now: most rejections are of a wrong RUC. Raises NotRejected.
    """
    with transaction.atomic():
        _wait_for_turn()
        filed = Filing.objects.select_for_update().filter(receipt=receipt, state__in=SPENT_STATES).first()
        if filed is None or Receipt.objects.filter(replaces=receipt).exists():
            raise NotRejected
        corrected = receipt.corrects.document if receipt.corrects else ""
        stated = replace(receipt.stated, buyer=buyer)
        again = new_document(receipt.order, receipt.document, stated, replaces=receipt, corrects=receipt.corrects)
        number([again], corrects=corrected)
        again.save()
        hand_on([again])
    return again


# --- What is shown


def waits_for(credit: Credit) -> str:
    """Why a credit has no note yet, as a sentence for staff; "" once it has."""
    if credit.note_id:
        return ""
    receipt = live(credit.order)
    if receipt is None:
        return "Espera a que se emita el comprobante."
    filed = getattr(receipt, "filing", None)
    if filed is not None and filed.state == FilingState.REJECTED:
        return f"SUNAT rechazó {receipt.name}: si se emite de nuevo, la nota saldrá después."
    if voiding_under_way(receipt):
        return f"Se pidió la baja de {receipt.name}: espera lo que diga SUNAT."
    return "" if _is_valid(receipt) else f"Espera a que SUNAT acepte {receipt.name}."
