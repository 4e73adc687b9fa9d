"""Terms that the law counts in working days."""

from datetime import date, timedelta

SATURDAY = 5


def after(day: date, working_days: int) -> date:
    """Returns the day that is so many Mondays to Fridays after `day`.

    Public holidays count as working days here, so a term never ends later than the law says.
    """
    while working_days > 0:
        day += timedelta(days=1)
        working_days -= day.weekday() < SATURDAY
    return day
