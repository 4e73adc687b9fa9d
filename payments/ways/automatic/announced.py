"""The letter that announces a charge: its key, and whether it is still true when it leaves."""

from django.utils import timezone

from payments.models import AutomaticCharge, Letter
from payments.models.ways.automatic_states import ChargeState
from payments.ways.automatic.terms import announced_in_time


def why_not(letter: Letter) -> str:
    """Returns why this letter must not leave, in Spanish for staff; "" when it is true."""
    ref = letter.about.get("charge")
    if not ref:
        return ""
    charge = AutomaticCharge.objects.get(ref=ref)
    if charge.state != ChargeState.ANNOUNCED:
        return "Ese cobro ya no se hará"
    in_time = announced_in_time(charge.charge_on, timezone.localdate())
    return "" if in_time else "Ya no llegaría tres días antes del cobro"


def letter_key(ref: object, number: int) -> str:
    """The key of the letter before a try; `number` counts the tries made, 0 for the announcement."""
    return f"automatic:{ref}:{number}"
