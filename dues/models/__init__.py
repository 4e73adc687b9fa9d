"""What they owe.

A *due* is one month of one kind that one member owes, with its own amount: a later rise never re-prices it.
A *settlement* says it was paid, by which channel and document; a wrong one is *reversed*, never edited.
An *exemption* is an act of the college that frees months. A *hold* reserves a due for one unfinished order.
A due is *open* when it is neither settled nor exempt.

A *tariff* prices the months from its first one until the next tariff of its kind. A SEMEFA due has *lines*, one for
each *covered person*. What charging finds wrong in an unpaid due is recorded as a *correction*, never overwritten.
Money that comes for a due which does not owe it is a *surplus*: the member's, until the treasury says what became of
it.
"""

from dues.models.banks import BankLayout
from dues.models.collection import CollectionAccount
from dues.models.loads import DataLoad, DraftPiece, ImportDraft
from dues.models.owed import Act, Due, DueLine, Exemption, Hold, Repricing
from dues.models.settled import BY_HAND, Channel, Operation, Settlement, Surplus
from dues.models.standing import StandingRule
from dues.models.tariffs import CoveredPerson, Kind, Tariff, TariffBand
from dues.models.unidentified import UnidentifiedPayment

__all__ = [
    "BY_HAND",
    "Act",
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
    "Settlement",
    "StandingRule",
    "Surplus",
    "Tariff",
    "TariffBand",
    "UnidentifiedPayment",
]
