"""How fresh the college's data are: what was paid elsewhere since the last load is not known here yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from base.postgres.kept_queries import kept_query
from base.remembered import remembered
from dues.models import DataLoad


@dataclass(frozen=True)
class Freshness:
    """When dues or payments were last loaded, and when the newest payment made elsewhere was made; None for never."""

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


@remembered
def freshness() -> Freshness:
    """At most one query."""
    loaded = dict(_last_loads.all())
    known = [at for at in loaded.values() if at]
    return Freshness(max(known, default=None), loaded.get(DataLoad.Content.PAYMENTS))


@kept_query
def _last_loads() -> "QuerySet[DataLoad, tuple[str, datetime]]":
    """Of payments the newest one, since a file of last month that is loaded today tells nothing of this month."""
    loads = DataLoad.objects.filter(content__in=(DataLoad.Content.PAYMENTS, DataLoad.Content.DUES))
    newest = Max(Coalesce("newest_payment", "loaded_at"))
    return loads.order_by().values("content").annotate(at=newest).values_list("content", "at")
