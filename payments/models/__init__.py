"""The tables of the payments app: what members do (`orders`), what staff write at the desk
(`desk`, `moves`), what the gateway says it paid out (`settlements`) or took for no order of ours (`unclaimed`), and the
closed days (`closing`)."""

from payments.models.alerts import Alert
from payments.models.attempts import Attempt
from payments.models.chargebacks import Chargeback, ChargebackPaper
from payments.models.closing import CloseEntry, DailyClose
from payments.models.duplicates import ClearedPair
from payments.models.file_reversals import FileReversal
from payments.models.letters import Letter, LetterState
from payments.models.mismatches import MismatchDecision
from payments.models.offline import OFFLINE_CHANNELS, OfflinePayment
from payments.models.orders import Order, OrderLine, TaxDocument
from payments.models.pauses import Pause
from payments.models.payouts import PayoutLayout, PayoutLine, PayoutReport
from payments.models.refunds import Refund, RefundLine, RefundProposal
from payments.models.reminders import ReminderOptOut, ReminderStep
from payments.models.trail import Event
from payments.models.transfers import Transfer, TransferLine
from payments.models.unmatched import UnmatchedCharge

__all__ = [
    "OFFLINE_CHANNELS",
    "Alert",
    "Attempt",
    "Chargeback",
    "ChargebackPaper",
    "ClearedPair",
    "CloseEntry",
    "DailyClose",
    "Event",
    "FileReversal",
    "Letter",
    "LetterState",
    "MismatchDecision",
    "OfflinePayment",
    "Order",
    "OrderLine",
    "Pause",
    "PayoutLayout",
    "PayoutLine",
    "PayoutReport",
    "Refund",
    "RefundLine",
    "RefundProposal",
    "ReminderOptOut",
    "ReminderStep",
    "TaxDocument",
    "Transfer",
    "TransferLine",
    "UnmatchedCharge",
]
