"""Days in Lima (UTC−5). The database stores UTC; people, closes and documents count days in Lima."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

LIMA = ZoneInfo("America/Lima")


def midnight(day: date) -> datetime:
    """Returns the moment at which the day begins."""
    return datetime.combine(day, time(), LIMA)


def noon(day: date) -> datetime:
    """Returns noon, which stands for a day without a recorded hour."""
    return datetime.combine(day, time(12), LIMA)


def day_of(moment: datetime) -> date:
    """Returns the day of an aware datetime."""
    return moment.astimezone(LIMA).date()


def wall_clock(moment: datetime) -> datetime:
    """Returns the local time to the second without a time zone, for files that know none."""
    return moment.astimezone(LIMA).replace(tzinfo=None, microsecond=0)
