"""The tables of payments.

Members' orders and attempts, refunds, transfers, offline payments, the gateway's payouts and unmatched charges, daily
closes, letters, reminders, automatic payments, heads of the trail and confirmed steps of going live.
"""

from payments.models.alerts import Alert
from payments.models.attempts import Attempt, ClearedPair
from payments.models.chargebacks import Chargeback, ChargebackPaper
from payments.models.closing import CloseEntry, DailyClose
from payments.models.confirmations import Confirmation
from payments.models.file_reversals import FileReversal
from payments.models.letters import Letter, LetterState
from payments.models.mismatches import MismatchDecision
from payments.models.offline import OFFLINE_CHANNELS, OfflinePayment
from payments.models.orders import Order, OrderLine, TaxDocument
from payments.models.pauses import Pause
from payments.models.payouts import PayoutLayout, PayoutLine, PayoutReport
from payments.models.refunds import Refund, RefundLine, RefundProposal
from payments.models.reminders import ReminderOptOut, ReminderStep
from payments.models.trail import Event, TrailHead
from payments.models.transfers import Transfer, TransferLine
from payments.models.unmatched import UnmatchedCharge
from payments.models.ways.automatic import (
    AutomaticCharge,
    AutomaticEvent,
    AutomaticLine,
    AutomaticPlan,
    AutomaticTry,
)
from payments.models.ways.links import PaymentLink

__all__ = [
    "OFFLINE_CHANNELS",
    "Alert",
    "Attempt",
    "AutomaticCharge",
    "AutomaticEvent",
    "AutomaticLine",
    "AutomaticPlan",
    "AutomaticTry",
    "Chargeback",
    "ChargebackPaper",
    "ClearedPair",
    "CloseEntry",
    "Confirmation",
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
    "PaymentLink",
    "PayoutLayout",
    "PayoutLine",
    "PayoutReport",
    "Refund",
    "RefundLine",
    "RefundProposal",
    "ReminderOptOut",
    "ReminderStep",
    "TaxDocument",
    "TrailHead",
    "Transfer",
    "TransferLine",
    "UnmatchedCharge",
]
