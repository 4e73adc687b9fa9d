"""The tables of the payments app: what members do (`orders`), what staff write at the desk
(`desk`), what the gateway says it paid out (`settlements`) and the closed days (`closing`)."""

from payments.models.closing import CloseEntry, DailyClose
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
from payments.models.reminders import ReminderOptOut, ReminderStep
from payments.models.settlements import SettlementLayout, SettlementLine, SettlementReport

__all__ = [
    "ELSEWHERE",
    "Alert",
    "Attempt",
    "CloseEntry",
    "DailyClose",
    "Event",
    "Letter",
    "Order",
    "OrderLine",
    "Pause",
    "PaymentElsewhere",
    "Refund",
    "RefundLine",
    "RefundProposal",
    "ReminderOptOut",
    "ReminderStep",
    "SettlementLayout",
    "SettlementLine",
    "SettlementReport",
    "TaxDocument",
    "legal_moves",
    "never_deleted",
]
