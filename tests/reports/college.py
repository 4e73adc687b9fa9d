"""A college of random members, dues and money, with every way in which money comes and goes back."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from base.peru.lima import noon
from dues import exemptions, ledger
from dues.models import Channel, Due, Kind, Settlement
from members.models import RegionalCouncil, User
from payments import transfers
from payments.models import Attempt, Order, Refund, RefundLine
from payments.states import AttemptState, RefundState, Way
from receipts.issuing.issue import issue
from receipts.models import Filing, FilingStep, Receipt
from receipts.notes import issue_notes, owed
from receipts.tax_office.states import FilingState
from staff.models import CouncilShare
from tests.builders import a_council, a_due, a_member, a_user, an_order, month

COUNCILS = ((1, "I", "La Libertad"), (3, "III", "Lima"), (5, "V", "Arequipa"))
BACK = 5


def a_random_college(seed: int, author: User, second: User, members: int = 12) -> None:
    """Members of three councils with dues of six months: paid, given back, moved to another physician, or exempt."""
    luck = random.Random(seed)
    for number, roman, name in COUNCILS:
        _share(luck, a_council(number, roman, name), author, second)
    for _ in range(members):
        user = _a_member(luck)
        for kind in Kind:
            _pay_some(luck, user, _dues_of(luck, user, kind), author)
    a_transfer(luck, author, second)


def a_transfer(luck: random.Random, author: User, second: User) -> None:
    """A payment of one council's member is passed to a member of another."""
    wrong, right = (a_member(regional_council=a_council(*each)) for each in COUNCILS[:2])
    dues = [a_due(member, amount="41.37", period=month(1)) for member in (wrong, right)]
    order = by_card(luck, a_user(wrong), dues[:1])
    moved = transfers.propose(order.pk, to=right, author=author, reason="Pagó con el CMP de otra persona")
    transfers.approve(moved.pk, by=second)


def by_card(luck: random.Random, user: User, dues: list[Due], *, state: str = FilingState.ACCEPTED) -> Order:
    """An order that the gateway approved, with its settlements and its receipt, of which SUNAT said this."""
    now = timezone.now()
    order = an_order(user, *dues, state="paid", paid_at=now)
    attempt = _attempt(luck, order, state=AttemptState.APPROVED, settles_order=True, decided_at=now)
    paid = [(due.pk, due.amount) for due in dues]
    ledger.settle(paid, channel=Channel.CARD, reference=attempt.number, paid_at=now)
    filed(issue(order.pk), state)
    return order


def give_back(order: Order, count: int) -> Receipt:
    """The first dues of the order went back to the card, and a note says so."""
    attempt = order.attempts.get(settles_order=True)
    lines = list(order.lines.order_by("period")[:count])
    amount = sum((line.amount for line in lines), Decimal("0.00"))
    refund = Refund.objects.create(
        attempt=attempt, method="other", amount=amount, reason="Lo pidió por carta", author="personal:1",
        state=RefundState.DONE, concluded_at=timezone.now(),
    )  # fmt: skip
    RefundLine.objects.bulk_create(RefundLine(refund=refund, line=line) for line in lines)
    Attempt.objects.filter(pk=attempt.pk).update(given_back=amount)
    ledger.reverse_paid_by(attempt.number, [line.due_id for line in lines], author="personal:1", reason="Devuelto")
    owed.after_refund(refund.pk)
    issue_notes.issue_waiting()
    return Receipt.objects.get(credit__refund=refund)


def filed(receipt: Receipt, state: str, *, on: date | None = None) -> None:
    """SUNAT's word about a document, on that day."""
    Filing.objects.update_or_create(
        receipt=receipt,
        defaults={
            "state": state, "xml": b"<x/>", "cdr": b"constancia", "due_on": receipt.issue_date,
            "environment": "simulator",
        },
    )  # fmt: skip
    at = noon(on) if on else timezone.now()
    FilingStep.objects.create(filing_id=receipt.pk, actor="sunat", to_state=state, at=at)


def issued_on(receipt: Receipt, day: date) -> None:
    """As if it had been issued on that day; an issued document never changes, so the rule is off meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE receipts_receipt SET issue_date = %s WHERE id = %s", [day, receipt.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")


def _a_member(luck: random.Random) -> User:
    council = a_council(*luck.choice(COUNCILS))
    return a_user(a_member(regional_council=council, registered_date=month(luck.randint(12, 60))))


def _dues_of(luck: random.Random, user: User, kind: str) -> list[Due]:
    member = user.assignments.get().member
    amounts = [Decimal(luck.randint(1, 20_000)) / 100 for _ in range(BACK + 1)]
    return [a_due(member, kind, month(BACK - place), amount) for place, amount in enumerate(amounts)]


def _share(luck: random.Random, council: RegionalCouncil, author: User, second: User) -> None:
    for kind in Kind:
        CouncilShare.objects.create(
            council=council, kind=kind, valid_from=month(BACK), percent=Decimal(luck.randint(0, 10_000)) / 100,
            basis="Acuerdo 12-2025", author=author, decided_by=second, decided_at=timezone.now(),
        )  # fmt: skip


def _pay_some(luck: random.Random, user: User, dues: list[Due], author: User) -> None:
    paid = luck.randint(0, len(dues))
    if luck.random() < 0.5:
        _offline(luck, dues[:paid])
    elif paid:
        order = by_card(luck, user, dues[:paid])
        if luck.random() < 0.5:
            give_back(order, luck.randint(1, paid))
    if paid < len(dues) and luck.random() < 0.4:
        _exempt(dues[-1], author)
    elif paid < len(dues) and luck.random() < 0.5:
        _declined(luck, user, dues[-1])


def _offline(luck: random.Random, dues: list[Due]) -> None:
    for due in dues:
        channel = luck.choice([Channel.BANK, Channel.PAYROLL, Channel.MANUAL, Channel.OPENING])
        at = timezone.now() - timedelta(days=luck.randint(0, 120))
        settlement = Settlement.objects.create(
            due=due, amount=due.amount, channel=channel, reference=f"OP-{due.pk}", paid_at=at, recorded_at=at
        )
        if luck.random() < 0.2:
            ledger.reverse(settlement, author="personal:1", reason="Extorno del banco")


def _attempt(luck: random.Random, order: Order, **fields: Any) -> Attempt:
    attempt = Attempt.objects.create(
        order=order, environment="simulator", merchant_id="100000001", amount=order.total, way=luck.choice(Way.values),
        authorising_since=timezone.now(), brand=luck.choice(["visa", "mastercard", "amex"]), **fields,
    )  # fmt: skip
    attempt.refresh_from_db()
    return attempt


def _declined(luck: random.Random, user: User, due: Due) -> None:
    order = an_order(user, due, state="expired")
    _attempt(luck, order, state=AttemptState.DECLINED, action_code=luck.choice(["101", "116", "190"]))


def _exempt(due: Due, author: User) -> None:
    exemptions.grant(
        member=due.member, act="exoneration", kind=due.kind, first_period=due.period, last_period=due.period,
        reason="Residencia en el extranjero", document=f"Resolución {due.pk}", granted_date=due.period, author=author,
    )  # fmt: skip
