"""How fresh the college's data are: what was paid elsewhere since the last load is not known here yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, Q
from django.utils import timezone

from dues.models import DataLoad


@dataclass(frozen=True)
class Freshness:
    """When dues or payments were last loaded, and payments made elsewhere; None for never."""

    loaded_at: datetime | None
    payments_at: datetime | None

    @property
    def elsewhere_at(self) -> datetime | None:
        """Until when payments made elsewhere are known: the dues came with them when no payments were loaded."""
        return self.payments_at or self.loaded_at

    @property
    def stale(self) -> bool:
        """Whether a member could be about to pay what a bank took long ago (setting DUES_STALE_AFTER_DAYS)."""
        oldest = timezone.now() - timedelta(days=settings.DUES_STALE_AFTER_DAYS)
        return self.elsewhere_at is not None and self.elsewhere_at < oldest


def freshness() -> Freshness:
    """One query."""
    payments = Q(content=DataLoad.Content.PAYMENTS)
    loads = DataLoad.objects.filter(payments | Q(content=DataLoad.Content.DUES))
    found = loads.aggregate(any=Max("loaded_at"), payments=Max("loaded_at", filter=payments))
    return Freshness(found["any"], found["payments"])
