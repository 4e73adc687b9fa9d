"""What SUNAT can answer, as plain values. Nothing here knows HTTP, SOAP, Django or our tables."""

from dataclasses import dataclass, field
from enum import StrEnum

ACCEPTED = "0"
ALREADY_REGISTERED = "1033"
# 0102 the user or password is wrong, 401 the same by HTTP. Trying on locks the SOL user.
CREDENTIALS_REFUSED = frozenset({"0102", "401"})
#: A ticket's states: 98 is still being worked on, 99 was done with errors.
IN_PROCESS = "98"


class Family(StrEnum):
    """What an answer's code asks us to do (SUNAT's CatalogoErrores)."""

    # 0, and every 4000 that comes as an observation: it counts.
    ACCEPTED = "accepted"
    # 2000 to 3999: it was received and does not count; its number is spent.
    REJECTED = "rejected"
    # 1000 to 1999: it was not received; the same number is corrected and sent again.
    RETURNED = "returned"
    # 1033: it was received before; its constancy is to be asked for.
    REGISTERED = "registered"
    # 0100 to 0999, and whatever is no answer: SUNAT's trouble or the network's; the same bytes are sent again later.
    UNAVAILABLE = "unavailable"
    # User or password refused: nothing is sent until a person has looked.
    LOCKED = "locked"
    # A summary was taken; its ticket tells the outcome later.
    WAITING = "waiting"
    # Asked for a constancy, SUNAT has none.
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer. `code` is SUNAT's, or "" when none came; `cdr` the constancy's zip exactly as it came, or b""."""

    family: Family
    code: str = ""
    message: str = ""
    notes: tuple[str, ...] = ()
    cdr: bytes = field(default=b"", repr=False)
    ticket: str = ""

    @property
    def observed(self) -> bool:
        """Accepted, but SUNAT remarks on something that is to be mended from the next document on."""
        return self.family == Family.ACCEPTED and bool(self.notes)


def family_of(code: str) -> Family:
    """The family of a code as SUNAT writes it: "0", "0130", "1033", "2800". An unknown one is nobody's fault yet."""
    if code in CREDENTIALS_REFUSED:
        return Family.LOCKED
    if code == ALREADY_REGISTERED:
        return Family.REGISTERED
    number = int(code) if code.isdecimal() else -1
    if number == 0 or number >= 4000:
        return Family.ACCEPTED
    if 1000 <= number < 2000:
        return Family.RETURNED
    return Family.REJECTED if 2000 <= number < 4000 else Family.UNAVAILABLE
