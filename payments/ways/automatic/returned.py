"""A letter before a charge that another mail server gave back: the charge is not made."""

import re

from django.db import transaction

from members import mail_problems
from payments.models import AutomaticCharge, Letter
from payments.ways.automatic import changes
from payments.ways.automatic.announced import letter_key
from payments.ways.automatic.verdict import MAIL_RETURNED


def record(message_id: str, *, why: str) -> None:
    """Notes the address of the letter, and drops the charge that waits for it.

    The note alone would not do: the person may take it back or write from another address, and this letter still has
    not arrived. Does nothing for the name of another letter.
    """
    named = re.fullmatch(r"<automatico-([0-9a-f-]{36})\.([0-3])@[^>]*>", message_id)
    letter = Letter.objects.filter(key=letter_key(named[1], int(named[2]))).first() if named else None
    if letter is None:
        return
    with transaction.atomic():
        mail_problems.note(letter.to, why=why)
        charge = AutomaticCharge.objects.filter(letter=letter).first()
        if charge:
            _drop(charge)


def _drop(charge: AutomaticCharge) -> None:
    plan = changes.locked_plan(charge.plan_id)
    # A decline may have given it a newer letter meanwhile.
    waiting = plan.charges.waiting().filter(pk=charge.pk, letter=charge.letter_id).select_for_update().first()
    if waiting:
        waiting.plan = plan
        changes.drop(waiting, MAIL_RETURNED, tell=False)
