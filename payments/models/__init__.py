"""The tables of the payments app: what members do (`orders`) and what staff write at the desk (`desk`)."""

from payments.models.desk import ELSEWHERE, Alert, PaymentElsewhere, RefundProposal
from payments.models.orders import (
    Attempt,
    Event,
    Letter,
    Order,
    OrderLine,
    Pause,
    Refund,
    RefundLine,
    TaxDocument,
    legal_moves,
    never_deleted,
)

__all__ = [
    "ELSEWHERE",
    "Alert",
    "Attempt",
    "Event",
    "Letter",
    "Order",
    "OrderLine",
    "Pause",
    "PaymentElsewhere",
    "Refund",
    "RefundLine",
    "RefundProposal",
    "TaxDocument",
    "legal_moves",
    "never_deleted",
]
