"""What a member agrees to, and which of its dues one charge may take. Pure: rows and dates in, values out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from base.peru import months
from dues import oldest_first
from dues.models import Due
from payments.models.ways.automatic_states import NOTICE_DAYS

#: Of the text in templates/payments/automatic/_consent.html; a new text gets a new one.
TEXT_VERSION = "automatico-2026-12"
#: The letter is written so many days before the charge, so that a mail server may be down for a while.
WRITTEN_DAYS = 5
#: A charge that could not be made on its day is made so many days later at most.
LATE_DAYS = 2


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The kinds of dues, the most soles that one charge may take, and its day of the month."""

    kinds: tuple[str, ...]
    ceiling: Decimal
    day: int

    def as_json(self) -> dict[str, Any]:
        return {"kinds": sorted(self.kinds), "ceiling": f"{self.ceiling:.2f}", "day": self.day, "text": TEXT_VERSION}


def next_date(day: int, today: date) -> date:
    """The first charge of this day of the month that a letter can still announce in time."""
    this_month = months.month_of(today)
    charge_on = this_month.replace(day=day)
    return charge_on if announced_in_time(charge_on, today) else months.shift(this_month, 1).replace(day=day)


def announced_in_time(charge_on: date, today: date) -> bool:
    """Whether a letter of today leaves enough days before the charge."""
    return today <= charge_on - timedelta(days=NOTICE_DAYS)


def days_to_announce(today: date) -> tuple[int, int]:
    """The first and the last day of this month whose letters are written today."""
    return today.day + NOTICE_DAYS, today.day + WRITTEN_DAYS


def within_ceiling(dues: Sequence[Due], ceiling: Decimal, today: date) -> list[Due]:
    """The oldest payable dues of one kind whose sum is at most the ceiling (user guide, step 3).

    Takes open dues, oldest first. Stops at the first that does not fit: an older due is never skipped.
    """
    chosen: list[Due] = []
    total = Decimal("0.00")
    for due in payable(dues, today):
        total += due.amount
        if total > ceiling:
            break
        chosen.append(due)
    return chosen


def payable(dues: Sequence[Due], today: date) -> list[Due]:
    """Those of the window that is paid online; coming months are not among them."""
    return [due for due in dues if oldest_first.is_payable(due.period, today)]
