"""What the first page tells a member: the standing, what is owed, what blocks a payment, and the last receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from base.postgres.kept_queries import kept_query, parameter, read_both
from dues import ledger, oldest_first, successions
from dues.ledger import Totals
from dues.models import Due, Kind
from dues.standing import Standing, standing_from
from members.login import sessions
from members.models import Claim, Member, User
from members.numbers import registrations
from members.numbers.assignments import PaysFor
from payments.checkout import limits, start
from payments.checkout.limits import TriesLeft
from payments.models import Order, Pause
from receipts.models import Receipt

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    from dues.ledger import HeldBy


@dataclass(frozen=True)
class Owed:
    """What a member owes of one kind and may pay online today."""

    kind: Kind
    totals: Totals


@dataclass(frozen=True, kw_only=True)
class Home:
    """Sums are in soles; `next_due` is the first due date from today on."""

    whom: PaysFor
    claim: Claim | None
    unfinished: Order | None
    pause: Pause | None
    tries: TriesLeft
    last_receipt: Receipt | None
    standing: Standing | None = None
    owed: Sequence[Owed] = ()
    too_old: dict[str, Totals]
    next_due: date | None = None

    @property
    def member(self) -> Member | None:
        return self.whom.member


def home_of(request: HttpRequest, user: User) -> Home:
    """Returns what the first page tells this account, read in two round trips."""
    whom = sessions.whom(request, user)
    now = timezone.now()
    receipts, declined = read_both(
        _last_receipt, limits.lately_declined, account=user.pk, an_hour_ago=now - limits.SPAN
    )
    common: dict[str, Any] = {
        "whom": whom,
        "pause": limits.announced_pause(),
        "tries": limits.tries_left(declined),
        "last_receipt": next(iter(receipts), None),
    }
    if whom.member is None:
        claim = None if whom.claimed else registrations.latest_claim(user)
        return Home(**common, claim=claim, unfinished=start.unfinished_order(user), too_old={})
    unfinished, every_due = start.unfinished_and_open(user, whom.member)
    kinds = successions.kinds_of(whom.succession)
    return Home(**common, claim=None, unfinished=unfinished, **_debt(whom.member, every_due, kinds))


def _debt(member: Member, every_due: "list[WithAnnotations[Due, HeldBy]]", kinds: Sequence[Kind]) -> dict[str, Any]:
    today = timezone.localdate()
    open_dues = [due for due in every_due if due.kind in kinds]
    return {
        "standing": standing_from(member, every_due, on=today),
        "owed": [owed for kind in kinds if (owed := _owed(kind, open_dues, today)).totals.count],
        "too_old": ledger.totals_before(open_dues, oldest_first.window_start(today)),
        "next_due": min((due.due_date for due in open_dues if due.due_date >= today), default=None),
    }


def _owed(kind: Kind, open_dues: Sequence[Due], today: date) -> Owed:
    amounts = [due.amount for due in open_dues if due.kind == kind and oldest_first.is_payable(due.period, today)]
    return Owed(kind, Totals(len(amounts), sum(amounts, Decimal("0.00"))))


@kept_query
def _last_receipt() -> "QuerySet[Receipt]":
    # By the order, whose index reads the account's newest first.
    own = Receipt.objects.filter(receipt_of__user=parameter("account"), receipt_of__paid_by_other=False)
    return own.defer("statement").order_by("-receipt_of__created_at")[:1]
