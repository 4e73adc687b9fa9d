"""The tables of the staff's own work: council shares, kept reports, subscriptions and journal layouts."""

from staff.models.journals import JournalLayout
from staff.models.kept import KeptReport, ReportSubscription
from staff.models.shares import CouncilShare

__all__ = ["CouncilShare", "JournalLayout", "KeptReport", "ReportSubscription"]
