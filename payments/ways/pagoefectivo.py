"""PagoEfectivo: a code (CIP) that is paid in cash or at an agent. The portal does not accept it, and says so.

The gateway's form may offer it all the same, because the merchant's contract decides that. The return then brings the
code where a card's token stands (Niubiz manual, notes §11.4). A code is never sent to authorise.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from payments import letters
from payments.checkout.locks import LockedAttempt, lock_charge
from payments.checkout.transitions import move_attempt
from payments.states import AttemptState
from payments.trail import payer_of

CODE = re.compile("[0-9]{8}")


@dataclass(frozen=True)
class CashReturn:
    """A return from the form that brings a code; `code` is "" when it has not the eight digits of one."""

    code: str


def read_return(posted: Mapping[str, str]) -> CashReturn | None:
    """Returns what the browser posted if it speaks of PagoEfectivo, else None. None of it is proved."""
    token = posted.get("transactionToken", "").strip()
    is_code = CODE.fullmatch(token) is not None
    if is_code or posted.get("channel", "").strip().lower() == "pagoefectivo":
        return CashReturn(token if is_code else "")
    return None


@transaction.atomic
def refuse(attempt_id: int, cash: CashReturn) -> bool:
    """Closes the attempt uncharged, keeps the code in the trail, and tells staff of it, and the member if unpaid.

    The order goes on: its dues stay held, and a card pays them under a new purchase number. An attempt that ended
    before keeps its state; only the first code of an attempt is kept. Returns whether the order was charged nothing.
    """
    locked = lock_charge(attempt_id)
    attempt = locked.attempt
    first = not attempt.events.filter(details__has_key="cip").exists()
    if first:
        _record(locked, cash)
    # A later attempt may have charged; the order's own page then says what happened.
    later = locked.order.attempts.filter(pk__gt=attempt.pk)
    uncharged = attempt.state == AttemptState.ABANDONED and not later.exists()
    if first:
        letters.code_refused(attempt, cash.code, uncharged=uncharged)
    return uncharged


def _record(locked: LockedAttempt, cash: CashReturn) -> None:
    attempt, actor = locked.attempt, payer_of(locked.order)
    cause, details = "eligió PagoEfectivo, que el portal no acepta", {"cip": cash.code}
    if attempt.state == AttemptState.FORM_OPEN:
        move_attempt(locked.trail, attempt, AttemptState.ABANDONED, actor=actor, cause=cause, details=details)
    else:
        locked.trail.record(attempt=attempt, actor=actor, cause=cause, details=details)


def refusal(back_url: str) -> dict[str, str]:
    """Returns what the page of a refused code shows; `back_url` is where the payer chooses a card."""
    return {"back_url": back_url, "treasury": settings.TREASURY_EMAIL}
