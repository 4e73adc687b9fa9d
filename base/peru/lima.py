"""Days in Lima. The database keeps moments in UTC; people, closes and documents count days of Lima (UTC−5)."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

LIMA = ZoneInfo("America/Lima")


def midnight(day: date) -> datetime:
    """The moment at which the day begins."""
    return datetime.combine(day, time(), LIMA)


def noon(day: date) -> datetime:
    """Stands for a day whose hour nobody wrote down."""
    return datetime.combine(day, time(12), LIMA)


def day_of(moment: datetime) -> date:
    """The day on which an aware moment falls."""
    return moment.astimezone(LIMA).date()


def wall_clock(moment: datetime) -> datetime:
    """What a clock on the wall shows, to the second, for files that know no time zone."""
    return moment.astimezone(LIMA).replace(tzinfo=None, microsecond=0)
