"""The tables of the receipts app: documents, letters, credits, filing, summaries, attestations."""

from receipts.models.affectations import TODAY, Affectation, AffectationCode
from receipts.models.attestations import Attestation, attestation_code
from receipts.models.credits import Credit, CreditReason
from receipts.models.deliveries import UNDELIVERED, Delivery, DeliveryState
from receipts.models.filing import Filing, FilingStep, FilingStop
from receipts.models.receipts import Paper, Receipt, Representation, Series, unguessable_code
from receipts.models.standing_certificates import StandingCertificate
from receipts.models.summaries import Summary, Voiding

__all__ = [
    "TODAY",
    "UNDELIVERED",
    "Affectation",
    "AffectationCode",
    "Attestation",
    "Credit",
    "CreditReason",
    "Delivery",
    "DeliveryState",
    "Filing",
    "FilingStep",
    "FilingStop",
    "Paper",
    "Receipt",
    "Representation",
    "Series",
    "StandingCertificate",
    "Summary",
    "Voiding",
    "attestation_code",
    "unguessable_code",
]
