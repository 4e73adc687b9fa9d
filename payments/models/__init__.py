"""The tables of the payments app: what members do (`orders`), what staff write at the desk
(`desk`, `moves`), what the gateway says it paid out (`settlements`) or took for no order of ours (`unclaimed`), and the
closed days (`closing`)."""

from payments.models.closing import CloseEntry, DailyClose
from payments.models.desk import ELSEWHERE, Alert, ClearedPair, PaymentElsewhere, RefundProposal
from payments.models.moves import Move, MoveLine
from payments.models.orders import (
    Attempt,
    ChosenDue,
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
from payments.models.unclaimed import UnclaimedCharge

__all__ = [
    "ELSEWHERE",
    "Alert",
    "Attempt",
    "ChosenDue",
    "ClearedPair",
    "CloseEntry",
    "DailyClose",
    "Event",
    "Letter",
    "Move",
    "MoveLine",
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
    "UnclaimedCharge",
    "legal_moves",
    "never_deleted",
]
