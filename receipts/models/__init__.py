"""The tables of the receipts app: documents, letters, credits, filing, summaries, attestations."""

from receipts.models.affectations import TODAY, Affectation, AffectationCode
from receipts.models.attestations import Attestation, attestation_code
from receipts.models.credits import Credit, CreditReason
from receipts.models.deliveries import UNDELIVERED, Delivery, DeliveryState
from receipts.models.filing import TRIALS, Filing, FilingStep, FilingStop
from receipts.models.findings import (
    LONGEST_EVIDENCE,
    SHORTEST_EVIDENCE,
    Finding,
    Shown,
    only_a_confirmed_finding_counts,
)
from receipts.models.receipts import Paper, Receipt, Representation, Series, unguessable_code
from receipts.models.standing_certificates import StandingCertificate
from receipts.models.summaries import Summary, Voiding

__all__ = [
    "LONGEST_EVIDENCE",
    "SHORTEST_EVIDENCE",
    "TODAY",
    "TRIALS",
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
    "Finding",
    "Paper",
    "Receipt",
    "Representation",
    "Series",
    "Shown",
    "StandingCertificate",
    "Summary",
    "Voiding",
    "attestation_code",
    "only_a_confirmed_finding_counts",
    "unguessable_code",
]
