"""Which of a member's dues an account is offered to pay."""

from collections.abc import Collection
from datetime import date

from django.conf import settings

from dues import ledger, selection
from dues.models import Due, Kind
from members.models import Member, User
from payments.models import Order


def choosable(user: User, member: Member, *, today: date, ahead: Collection[str] = ()) -> list[Due]:
    """The member's dues that this account may pay online today, oldest first: open, within the window, and not held by
    another account's order. Of the kinds in `ahead`, the coming PAY_AHEAD_MONTHS as well."""
    dues = [due for due in ledger.open_dues(member) if _within_window(due, today, ahead)]
    held = {due.held_by for due in dues if due.held_by}
    own = set(Order.objects.filter(user=user, ref__in=held).values_list("ref", flat=True)) if held else set()
    free: list[Due] = [due for due in dues if due.held_by is None or due.held_by in own]
    ledger.explain(due for due in free if due.kind == Kind.SEMEFA)
    return free


def _within_window(due: Due, today: date, ahead: Collection[str]) -> bool:
    months_ahead = settings.PAY_AHEAD_MONTHS if due.kind in ahead else 0
    return selection.is_payable(due.period, today, months_ahead=months_ahead)
