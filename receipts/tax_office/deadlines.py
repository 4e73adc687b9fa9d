"""Until when a document may be filed, by limits that change with dates.

A limit is written as `2023-01-01:3`: from that day on, documents issued may be filed until three calendar days after
their day of issue. Several are parted by commas; a document keeps the limit of its own day.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from django.conf import settings

from payments.models import TaxDocument

Limits = tuple[tuple[date, int], ...]


class NoLimit(ValueError):
    """A setting of limits is no such list, or does not reach back to the day asked for."""


def last_day(document: str, issued_on: date, *, letter: str = "") -> date:
    """The last day, in Lima, on which SUNAT takes a document issued on a day. A note follows its document's letter."""
    return issued_on + timedelta(days=days_to_file(document, issued_on, letter=letter))


def days_to_file(document: str, issued_on: date, *, letter: str = "") -> int:
    """Calendar days after the day of issue. What holds for boletas depends on a parameter of SUNAT's (004) that was not
    to be read anywhere: this is the one place that knows.

    Raises NoLimit for a day before the first limit.
    """
    kind = "factura" if document == TaxDocument.FACTURA or letter == "F" else "boleta"
    known = [days for since, days in read_limits(settings.SUNAT_FILING_DAYS)[kind] if since <= issued_on]
    if not known:
        raise NoLimit(f"no limit for a {kind} issued on {issued_on}")
    return known[-1]


def read_limits(settings_by_kind: Mapping[str, str]) -> dict[str, Limits]:
    """Each kind's limits, oldest first. Raises NoLimit naming what cannot be read."""
    return {kind: _limits(kind, text) for kind, text in settings_by_kind.items()}


def _limits(kind: str, text: str) -> Limits:
    try:
        pairs = [part.strip().split(":") for part in text.split(",")]
        found = tuple(sorted((date.fromisoformat(since), int(days)) for since, days in pairs))
    except ValueError as error:
        raise NoLimit(f"{kind}: {text!r} is not like 2023-01-01:3,2027-01-01:5") from error
    if any(days < 0 for _, days in found):
        raise NoLimit(f"{kind}: {text!r} has negative days")
    return found
