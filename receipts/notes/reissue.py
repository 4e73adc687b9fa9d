"""Issues a receipt again after SUNAT rejected it."""

from dataclasses import replace

from django.db import transaction

from receipts.exceptions import NotRejected
from receipts.issuing.contents import Buyer
from receipts.issuing.issue import hand_on, new_document
from receipts.issuing.numbering import number
from receipts.models import Filing, Receipt
from receipts.notes.issue_notes import wait_for_turn
from receipts.notes.owed import _refuse_short
from receipts.tax_office.states import SPENT_STATES

# --- A document that SUNAT rejected


def reissue(receipt: Receipt, *, buyer: Buyer) -> Receipt:
    """The same document under the next number, for this one is worth nothing: SUNAT rejected it (2000 to 3999), it was
    voided, or SUNAT never took it and two persons gave it up.

    `buyer` is whom it names now: most rejections are of a wrong RUC. Raises NotRejected, and TooShort for a name under
    three characters.
    """
    _refuse_short(buyer.name)
    with transaction.atomic():
        wait_for_turn()
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
