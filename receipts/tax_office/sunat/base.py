"""What SUNAT can answer, as plain values. Nothing here knows HTTP, SOAP, Django or our tables."""

from dataclasses import dataclass, field
from enum import StrEnum

ACCEPTED = "0"
#: SUNAT has this document: 1033 it stands, 1032 it was rejected or voided. Neither means "not received".
REGISTERED = "1033"
REGISTERED_AND_VOID = "1032"
#: SUNAT has a file of this name: a summary (2223), a voiding (2324), either while it is in process (0402).
PRESENTED = frozenset({"2223", "2324", "0402"})
#: User, password or its profile refused (401 by HTTP). Trying on locks the SOL user.
CREDENTIALS_REFUSED = frozenset({"0102", "0103", "0104", "0105", "0106", "0112", "0113", "401"})
#: The certificate is not the registered one, was withdrawn, has ended, or is revoked.
CERTIFICATE_REFUSED = frozenset({"2325", "2326", "2327", "2328"})
#: The same answer would come to every document: nothing more is sent until a person has looked.
STOPPING = CREDENTIALS_REFUSED | CERTIFICATE_REFUSED
#: "No profile": it comes at random, and counts only when it comes again and again.
NO_PROFILE = "0111"
#: SUNAT's clock is behind ours and our file comes from tomorrow (a summary, a voiding).
CLOCK_BEHIND = frozenset({"2236", "2301"})
#: One line of a file: reported before (2282), voided before (2323), voided or rejected before (2987).
LINE_KNOWN = frozenset({"2282", "2323", "2987"})
#: A ticket's state: still being worked on. Some answer with four digits.
IN_PROCESS = frozenset({"98", "0098"})
#: Nothing of this kind is known at SUNAT: a ticket, a constancy.
NOT_THERE = "0127"


class Family(StrEnum):
    """What an answer's code asks us to do (SUNAT's CatalogoErrores)."""

    # 0, and every 4000 that comes as an observation: it counts.
    ACCEPTED = "accepted"
    # 2000 to 3999 in a constancy: it was received and does not count; its number is spent.
    REJECTED = "rejected"
    # 1000 to 3999 in a fault: it was not received; the same number is corrected and sent again.
    RETURNED = "returned"
    # SUNAT has it, or a file of its name: what became of it is to be asked for.
    REGISTERED = "registered"
    # 0100 to 0999, and whatever is no answer: SUNAT's trouble or the network's; the same bytes are sent again later.
    UNAVAILABLE = "unavailable"
    # User, password or certificate refused: nothing is sent until a person has looked.
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
    # No connection was made, so nothing left.
    unsent: bool = False

    @property
    def observed(self) -> bool:
        """Accepted, but SUNAT remarks on something that is to be mended from the next document on."""
        return self.family == Family.ACCEPTED and bool(self.notes)

    @property
    def words(self) -> str:
        """The message with its remarks, a line each."""
        return "\n".join([self.message, *self.notes]).strip()

    @property
    def may_have_arrived(self) -> bool:
        """Whether this leaves open that SUNAT took what was sent. A refused profile is refused before it is read."""
        return self.family == Family.UNAVAILABLE and self.code != NO_PROFILE and not self.unsent


def family_of(code: str) -> Family:
    """The family of a constancy's code: "0", "2800", "4093". An unknown one is nobody's fault yet."""
    if code in CREDENTIALS_REFUSED:
        return Family.LOCKED
    if code in PRESENTED or code in (REGISTERED, REGISTERED_AND_VOID):
        return Family.REGISTERED
    number = int(code) if code.isdecimal() else -1
    if number == 0 or number >= 4000:
        return Family.ACCEPTED
    if 1000 <= number < 2000:
        return Family.RETURNED
    return Family.REJECTED if 2000 <= number < 4000 else Family.UNAVAILABLE


def family_of_fault(code: str) -> Family:
    """The family of a fault's code. A fault carries no constancy, so it accepts nothing and spends no number."""
    if code in CERTIFICATE_REFUSED:
        return Family.LOCKED
    family = family_of(code)
    return {Family.ACCEPTED: Family.UNAVAILABLE, Family.REJECTED: Family.RETURNED}.get(family, family)
