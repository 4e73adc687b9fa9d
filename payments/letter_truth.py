"""Whether a letter is still true when it leaves: it was written minutes or days before, and much may have happened."""

from payments import reminders
from payments.models import Attempt, Letter, OrderLine, Refund
from payments.refunds.remaining import promised
from payments.ways.automatic import announced


def why_not(letter: Letter) -> str:
    """Returns why a letter must not leave, in Spanish for staff; "" when it is true. May shorten a reminder's text."""
    kind, _, rest = letter.key.partition(":")
    if kind == "outcome":
        return _outcome(letter, rest.rpartition(":")[2])
    if kind == "automatic":
        return announced.why_not(letter)
    if kind == "refused":
        return _refused(int(rest))
    return reminders.why_not(letter) if letter.key.startswith(reminders.PREFIX) else ""


def _outcome(letter: Letter, told: str) -> str:
    """An outcome that another one has replaced since."""
    now = Attempt.objects.filter(letters=letter).values_list("state", flat=True).first()
    overtaken = told in ("absent", "declined") and now not in (None, told)
    return "El intento terminó de otra manera después" if overtaken else ""


def _refused(refund_id: int) -> str:
    """A refund that went back, or is owed no more, since the gateway refused it."""
    lines = OrderLine.objects.filter(refund_lines__refund=refund_id)
    owed = not lines or promised().filter(pk__in=lines).exists()
    waived = Refund.objects.filter(pk=refund_id, waived=True).exists()
    return "" if owed and not waived else "Ese dinero ya se devolvió"
