"""Which dues may be paid online and in what order: oldest first, up to three years back (user guide step 3).

Pure: dates in, a verdict out. Both rules hold for one kind of due at a time; `period` is the first day of a due's
month and `today` a date in Lima.
"""

from collections.abc import Collection, Iterable
from datetime import date

from base.peru import months

YEARS_BACK = 3


class SelectionRule(Exception):
    """A rule of the selection was broken; `sentence` is what the member reads."""

    sentence = "Revise las cuotas marcadas."


class NothingChosen(SelectionRule):
    """A payment pays at least one due."""

    sentence = "Marque al menos una cuota."


class OutsideWindow(SelectionRule):
    """Only dues offered on the page are payable: open, not too old, not of a month to come."""

    def __init__(self, *, outside: list[date]) -> None:
        super().__init__(outside)
        self.outside = outside
        self.sentence = f"La cuota de {months.name(outside[0])} no se puede pagar en línea. Revise la lista."


class OlderDueSkipped(SelectionRule):
    """The oldest dues are paid first. `skipped` are the ones left out, oldest first; `because` is the due that came
    before its turn."""

    def __init__(self, *, skipped: list[date], because: date) -> None:
        super().__init__(skipped, because)
        self.skipped = skipped
        self.because = because
        self.sentence = f"Falta {months.name(skipped[0])}: primero se pagan las cuotas más antiguas."


def window_start(today: date) -> date:
    """The oldest month payable online: the first of this month minus 36 months (user guide step 3)."""
    return months.shift(months.month_of(today), -12 * YEARS_BACK)


def window_end(today: date, *, months_ahead: int = 0) -> date:
    """The newest month payable online: this one, or so many months later."""
    return months.shift(months.month_of(today), months_ahead)


def is_payable(period: date, today: date, *, months_ahead: int = 0) -> bool:
    """Whether an open due of this month may be paid online today (user guide step 3)."""
    return window_start(today) <= period <= window_end(today, months_ahead=months_ahead)


def check(payable_periods: Iterable[date], chosen_periods: Collection[date]) -> None:
    """Accept a choice of payable dues of one kind when no older one is left out (user guide step 3).

    Raises NothingChosen, OutsideWindow (a chosen due is not among the payable ones) or OlderDueSkipped.
    """
    in_order = sorted(payable_periods)
    chosen = set(chosen_periods)
    if not chosen:
        raise NothingChosen
    if outside := sorted(chosen.difference(in_order)):
        raise OutsideWindow(outside=outside)
    skipped = [period for period in in_order if period < max(chosen) and period not in chosen]
    if skipped:
        raise OlderDueSkipped(skipped=skipped, because=min(period for period in chosen if period > skipped[0]))
