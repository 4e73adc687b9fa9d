"""A refund asks PostgreSQL as often for three years of dues as for two months."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dues import exemptions
from dues.models import Due, Kind, Surplus
from members.models import User
from payments import trail
from payments.models import Attempt
from payments.refunds import proposals, refunds
from payments.states import RefundState
from receipts.notes import owed
from simulators.niubiz.server import RunningSimulator
from tests.builders import a_member, a_user, some_dues
from tests.payments.browser import Browser, attempt_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("not_at_midnight")]

BRACKETS = re.compile(r"BEGIN|COMMIT|SAVEPOINT|RELEASE")


def paid_for(months: int, simulator: RunningSimulator) -> Attempt:
    member = a_member()
    browser = Browser(a_user(member), simulator)
    order = browser.order_of(*some_dues(member, months))
    browser.pay(order)
    return attempt_of(order)


def statements(asked: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in asked if not BRACKETS.match(query["sql"])]


def questions(attempt: Attempt, *, but: int = 0) -> dict[str, list[str]]:
    """What each step asks when all dues, or all but so many, go back."""
    asked = {}
    lines = list(attempt.order.lines.order_by("period"))[: -but or None] if but else None
    with CaptureQueriesContext(connection) as asking:
        refund = refunds.request(attempt.pk, author=trail.CLOCK, reason="Pagó por error", lines=lines)
    asked["request"] = statements(asking)
    with CaptureQueriesContext(connection) as asking:
        refund = refunds.send(refund.pk)
    asked["send"] = statements(asking)
    assert refund.state == RefundState.DONE
    with CaptureQueriesContext(connection) as asking:
        owed.after_refund(refund.pk)
    asked["credit"] = statements(asking)
    return asked


def differing(few: dict[str, list[str]], many: dict[str, list[str]]) -> dict[str, tuple[int, int]]:
    return {step: (len(few[step]), len(many[step])) for step in few if len(few[step]) != len(many[step])}


def test_a_whole_charge_goes_back_in_as_many_questions(simulator: RunningSimulator) -> None:
    few, many = questions(paid_for(2, simulator)), questions(paid_for(36, simulator))
    assert differing(few, many) == {}
    assert len(many["request"]) <= 12, many["request"]
    assert len(many["send"]) <= 31, many["send"]


def test_some_dues_go_back_in_as_many_questions(simulator: RunningSimulator) -> None:
    few, many = paid_for(2, simulator), paid_for(36, simulator)
    simulator.control.clock(24 * 3600)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert differing(questions(few, but=1), questions(many, but=1)) == {}


def test_exempted_dues_go_back_in_as_many_questions(teresa: User, simulator: RunningSimulator) -> None:
    """Each due left a surplus when it was exempted after it was paid; all are resolved when the money goes back."""
    asked = []
    for months in (2, 36):
        attempt = paid_for(months, simulator)
        periods = sorted(attempt.order.lines.values_list("period", flat=True))
        exemptions.grant(
            member=attempt.order.member,
            act="other",
            kind=Kind.COLEGIADO,
            first_period=periods[0],
            last_period=periods[-1],
            reason="Licencia",
            document="RD 12-2026",
            granted_date=timezone.localdate(),
            author=teresa,
        )
        surpluses = Surplus.objects.filter(member=attempt.order.member)
        assert surpluses.filter(resolved_at=None).count() == months
        asked.append(questions(attempt))
        assert not surpluses.filter(resolved_at=None).exists()
        assert Due.objects.filter(member=attempt.order.member, exemption=None).count() == 0
    assert differing(*asked) == {}


def test_a_proposal_is_made_and_approved_in_as_many_questions(
    teresa: User, walter: User, simulator: RunningSimulator
) -> None:
    asked = []
    for months in (2, 36):
        attempt = paid_for(months, simulator)
        lines = list(attempt.order.lines.all())
        with CaptureQueriesContext(connection) as asking:
            proposal = proposals.propose(attempt.pk, author=teresa, reason="Pagó por error", lines=lines)
            proposals.approve(proposal.pk, by=walter)
        asked.append(len(statements(asking)))
    assert asked[0] == asked[1]
