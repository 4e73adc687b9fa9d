"""The tables of dues.

A *due* is one month of one kind that one member owes, with its own amount: a later rise never reprices it. A
*settlement* records its payment; a wrong one is *reversed*, never edited. An *exemption* is an act of the college that
frees months. A *hold* reserves a due for one unfinished order. A due is *open* when it is neither settled nor exempt.

A *tariff* prices the months until the next tariff of its kind begins. A SEMEFA due has *lines*, one for each *covered
person*. When charging corrects an unpaid due, it records a *repricing*. A *surplus* is money for a due that did not owe
it; it belongs to the member until the treasury resolves it.
"""

from dues.models.banks import BankLayout
from dues.models.collection import CollectionAccount
from dues.models.loads import DataLoad, DraftPiece, ImportDraft
from dues.models.owed import Act, Due, DueLine, Exemption, Hold, Repricing
from dues.models.proposals import ActProposal, RevocationProposal
from dues.models.settled import BY_HAND, Channel, Operation, Settlement, Surplus
from dues.models.standing import StandingRule
from dues.models.tariffs import CoveredPerson, Kind, Tariff, TariffBand
from dues.models.unidentified import UnidentifiedPayment

__all__ = [
    "BY_HAND",
    "Act",
    "ActProposal",
    "BankLayout",
    "Channel",
    "CollectionAccount",
    "CoveredPerson",
    "DataLoad",
    "DraftPiece",
    "Due",
    "DueLine",
    "Exemption",
    "Hold",
    "ImportDraft",
    "Kind",
    "Operation",
    "Repricing",
    "RevocationProposal",
    "Settlement",
    "StandingRule",
    "Surplus",
    "Tariff",
    "TariffBand",
    "UnidentifiedPayment",
]
