"""What a card gateway can answer, as plain values.

Nothing here knows HTTP, Niubiz's spelling or Django. `checkout` reads these types and never a raw answer, so a
second gateway would only have to speak them.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

Currency = Literal["PEN", "USD"]

#: Codes with which the gateway refuses although money may have moved: communication broke down behind it, or the
#: purchase number was seen before and the first use may have been approved.
IN_DOUBT_CODES = frozenset({"183", "300", "666", "672", "673", "909", "910", "912", "913", "945", "946", "947"})


class GatewayUnavailable(Exception):
    """No access token or no form session could be had. No money can have moved.

    `retryable` is true when the same call may succeed in a moment (network, 5xx) and false when people must change
    something first (credentials, merchant code, a request the gateway calls malformed).
    """

    def __init__(self, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.retryable = retryable


@dataclass(frozen=True, kw_only=True)
class Payer:
    """Who pays, for the gateway's antifraud module. `days_registered` counts whole days since the account was made."""

    email: str
    client_ip: str
    document_type: str
    document_number: str
    customer_id: str
    days_registered: int


@dataclass(frozen=True, kw_only=True)
class FormSession:
    """What the gateway's card form needs to open. The key is a secret of this one attempt: never log or store it."""

    key: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class StoredCard:
    """A card that the gateway keeps for later charges. `token` is all that charges it: keep it encrypted, log it never.

    `expires` is the last day of the card's last month.
    """

    token: str = field(repr=False)
    brand: str
    last_four: str
    expires: date


@dataclass(frozen=True, kw_only=True)
class CardRefused:
    """The gateway keeps no card. The code and description are "" when it did not even look at the card."""

    action_code: str = ""
    action_description: str = ""


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One question to the gateway and what came back, masked and JSON-serialisable, for the audit trail.

    Holds no access token, session key, transaction token nor full card number. `http_status` is None when no answer
    arrived; `response` then holds the network's complaint.
    """

    operation: str
    path: str
    http_status: int | None
    millis: int
    request: dict[str, Any]
    response: dict[str, Any] | str


@dataclass(frozen=True, kw_only=True)
class Yape:
    """That the charge is a Yape: its `id` at the gateway and the end of the payer's telephone; "" if untold."""

    id: str = ""
    phone_end: str = ""


@dataclass(frozen=True, kw_only=True)
class Instalments:
    """How the bank splits a charge: 2 to 48 parts, soles of each, months before the first; None if untold."""

    number: int
    amount: Decimal | None = None
    deferred: int | None = None


@dataclass(frozen=True, kw_only=True)
class Authorisation:
    """What the gateway says of a charge. Text it left out is ""; amount, currency or number it left out is None.

    `amount` is what was authorised, in units of `currency`. Whoever credits it must first compare purchase number,
    amount and currency with what was asked: the gateway does not.
    """

    purchase_number: str | None
    amount: Decimal | None
    currency: Currency | None
    action_code: str
    action_description: str
    card: str
    brand: str
    card_type: str
    authorization_code: str
    transaction_id: str
    signature: str
    trace_number: str
    transaction_date: str
    decided_at: datetime | None
    eci: str
    status: str
    yape: Yape | None = None
    instalments: Instalments | None = None
    exchange: Exchange


@dataclass(frozen=True, kw_only=True)
class Approved(Authorisation):
    """The card or Yape was charged."""


@dataclass(frozen=True, kw_only=True)
class Voided(Authorisation):
    """The card was charged and the charge has been undone. Only `retrieve` and never `authorise` says so."""


@dataclass(frozen=True, kw_only=True)
class Denied:
    """The card was certainly not charged.

    reason: "declined" by bank or antifraud; "token_used" when the card form's token is spent; "rejected_request" when
    the gateway refused to look at the request; "not_sent" when the request never left this machine. Only a declined
    one has an action code. `confirmed` when the gateway's own books say so, asked afterwards.
    """

    reason: Literal["declined", "token_used", "rejected_request", "not_sent"]
    action_code: str
    action_description: str
    card: str
    brand: str
    yape: Yape | None = None
    confirmed: bool = False
    exchange: Exchange

    @property
    def in_doubt(self) -> bool:
        """Whether the code alone would not prove that no money moved. Neither `authorise` nor `retrieve` hands out such
        a denial: the first answers Unknown instead, the second confirms it."""
        return self.action_code in IN_DOUBT_CODES and not self.confirmed


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """The card may or may not have been charged: ask `retrieve`, never authorise again.

    reason is one of "timeout", "connection", "http_<status>", "unreadable", "token_used", "communication",
    "contradictory", "not_sent" (retrieve only).
    """

    reason: str
    action_code: str = ""
    action_description: str = ""
    exchange: Exchange


@dataclass(frozen=True, kw_only=True)
class Absent:
    """The gateway has no charge under this purchase number *now*; one still under way may yet appear."""

    exchange: Exchange


Answer = Approved | Denied | Voided | Absent | Unknown


@dataclass(frozen=True, kw_only=True)
class UndoResult:
    """How a void, a reversal or a refund ended.

    "done" also when the gateway says it had been undone before. "unknown": it may have happened; ask `retrieve` before
    trying again. `reference` is the gateway's number of a refund, else "".
    """

    outcome: Literal["done", "refused", "unknown"]
    reason: str = ""
    code: str = ""
    reference: str = ""
    exchange: Exchange

    @property
    def done(self) -> bool:
        return self.outcome == "done"

    @property
    def refused(self) -> bool:
        return self.outcome == "refused"

    @property
    def unknown(self) -> bool:
        return self.outcome == "unknown"
