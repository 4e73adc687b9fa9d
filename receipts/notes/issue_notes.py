"""Issues the credit notes that are owed, once SUNAT has the receipt."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction

from base.postgres import advisory
from receipts.issuing.contents import SHORTEST_TEXT, Contents, Correction
from receipts.issuing.issue import hand_on, new_document
from receipts.issuing.numbering import number
from receipts.models import Credit, Filing, Paper, Receipt
from receipts.notes.owed import after_refund, is_valid, lines_of, lock_live, logger, refunds_without_credit, with_lines
from receipts.tax_office.states import VALID_STATES
from receipts.tax_office.ubl.elements import one_line

# --- Issuing


def wait_for_turn() -> None:
    """Until the transaction that issues a note now has ended, so that no two take back the same document."""
    advisory.wait_for(advisory.Turn.ISSUE_NOTE)


def issue_waiting(limit: int = 200) -> int:
    """Issue the notes whose receipt SUNAT has accepted, oldest wish first; how many. A failure holds up no other."""
    for refund_id in refunds_without_credit()[:limit]:
        after_refund(refund_id)
    return sum(_issue_alone(credit_id) for credit_id in _issuable()[:limit])


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
        wait_for_turn()
        credit = Credit.objects.select_for_update(of=("self",)).select_related("note", "order").get(pk=credit_id)
        if credit.note is None:
            _issue(credit)
        return credit.note


def _issue(credit: Credit) -> None:
    receipt = lock_live(credit.order)
    if receipt is None or not is_valid(receipt) or _comes_after(credit):
        return
    documents = [_note(credit, receipt)]
    credit.note = documents[0]
    credit.save(update_fields=["note"])
    if credit.instead:
        documents.append(_instead(credit.instead, receipt))
    hand_on(documents)


def _comes_after(credit: Credit) -> bool:
    return Credit.objects.filter(order=credit.order_id, note=None, pk__lt=credit.pk).exists()


def _note(credit: Credit, receipt: Receipt) -> Receipt:
    stated = with_lines(receipt.stated, lines_of(receipt, credit.periods))
    # A reason recorded elsewhere may be too short for SUNAT; the note must go out all the same.
    said = one_line(credit.description)
    description = credit.description if len(said) >= SHORTEST_TEXT else credit.get_reason_display()
    correction = Correction(document=receipt.document, name=receipt.name, reason=credit.reason, description=description)
    note = new_document(credit.order, Paper.CREDIT_NOTE, replace(stated, correction=correction), corrects=receipt)
    number([note], corrects=receipt.document)
    note.save()
    return note


def _instead(wish: dict[str, Any], receipt: Receipt) -> Receipt:
    """The document that a credit wishes for in the place of the receipt that its note has just cancelled."""
    stated = Contents.from_json(wish["statement"])
    replacement = new_document(receipt.order, wish["document"], stated, replaces=receipt)
    number([replacement])
    replacement.save()
    return replacement
