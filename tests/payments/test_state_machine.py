"""Random sequences of what members, gateway, clock, jobs and staff do. After each step the books and the tables agree.

Ana owes four months. The gateway is the simulator over HTTP and shares this process' clock, so that time passes for
both. STATE_MACHINE_EXAMPLES=500 searches longer, along other paths than the fixed ones of the suite.
"""

import os
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as search
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pytest_django import Settings

from demo.mailbox import Mailbox
from dues import ledger
from dues.exceptions import AlreadySettled, LedgerRule
from dues.models import Channel, Hold, Settlement
from members.models import DocumentType
from payments import trail
from payments.checkout import card_form, charge, give_up, reconcile, start
from payments.checkout.offer import Choice
from payments.exceptions import CheckoutRule, RefundNotPossible
from payments.gateway import GatewayUnavailable, Niubiz, Payer, from_settings
from payments.models import Attempt, Event, Order, Pause, Refund, TaxDocument
from payments.refunds import refunds
from payments.states import (
    ATTEMPT_TRANSITIONS,
    LIVE_REFUND_STATES,
    ORDER_TRANSITIONS,
    REFUND_TRANSITIONS,
    UNFINISHED_ORDER_STATES,
    UNKNOWN_ATTEMPT_STATES,
    AttemptState,
    RefundState,
)
from receipts.issuing.issue import issue_pending
from receipts.models import Receipt
from simulators.niubiz import gateway_api
from simulators.niubiz.server import RunningSimulator
from tests.builders import a_member, a_user, some_dues
from tests.payments.browser import APPROVED, CHARGED_BUT_ANSWER_LOST, NO_FUNDS, NOT_CHARGED_AND_ANSWER_LOST

EXAMPLES = int(os.environ.get("STATE_MACHINE_EXAMPLES", "0"))
CARDS = (
    APPROVED,
    APPROVED,
    APPROVED,
    APPROVED,
    NO_FUNDS,
    CHARGED_BUT_ANSWER_LOST,
    NOT_CHARGED_AND_ANSWER_LOST,
    "4000000000001059",  # charged, and seen in the gateway's own query only after LATE
    "4000000000001067",  # charged, and answered with 500
    "4000000000001075",  # not charged, and answered with 500
    "4285975261967724",  # 666: communication broke down behind the gateway
)
TROUBLES = ("cut_before", "cut_after_charge", "cut_mid_answer", "http_500_before", "http_500_after", "garbage")
# Later than the portal believes in absence (35 minutes), so that it is proved wrong now and then.
LATE = 40 * 60.0
MORNING, NEAR_MIDNIGHT = datetime(2026, 3, 10, 15, 0, tzinfo=UTC), datetime(2026, 3, 11, 4, 20, tzinfo=UTC)
MONEY_CAME = (AttemptState.APPROVED, AttemptState.VOIDED, AttemptState.REFUNDED)
TERESA = "personal:1"


class KilledError(BaseException):
    """The process ended here: nothing after the gateway's answer was done."""


class Dying(Niubiz):
    """A gateway client whose process is killed once the gateway has acted."""

    def authorise(self, **asked: Any) -> Any:
        super().authorise(**asked)
        raise KilledError

    def void(self, **asked: Any) -> Any:
        super().void(**asked)
        raise KilledError

    def refund(self, **asked: Any) -> Any:
        super().refund(**asked)
        raise KilledError


def dying() -> Niubiz:
    gateway = from_settings()
    gateway.__class__ = Dying
    return gateway


class Payments(RuleBasedStateMachine):
    simulator: RunningSimulator

    forms = Bundle("forms")  # (attempt, session key)
    tokens = Bundle("tokens")  # (attempt, transaction token), never consumed: a return may be posted again

    @initialize(target=tokens, now=st.sampled_from([MORNING, NEAR_MIDNIGHT]), card=st.sampled_from(CARDS))
    def ana_owes_four_months_and_pays(self, now: datetime, card: str) -> Any:
        self.simulator.control.clear_faults()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.checked: tuple[int, ...] = ()
        self.clock = time_machine.travel(now)
        self.now = self.clock.start()
        self.member = a_member("Ana", "Quispe Mamani")
        self.dues = some_dues(self.member, 4)
        self.user = a_user(self.member)
        return self.pay(card, 2)

    # --- What members do

    @rule(months=st.integers(1, 3))
    def choose(self, months: int) -> None:
        dues = list(ledger.open_dues(self.member))[:months]
        if not dues:
            return
        choice = Choice(
            kind="colegiado",
            document=TaxDocument.BOLETA,
            dues=dues,
            email=self.user.email,
            buyer_document_type=DocumentType.DNI,
            buyer_document_number=self.member.document_number,
            buyer_name=self.member.full_name,
        )
        with suppress(LedgerRule, CheckoutRule):
            start.start_order(user=self.user, member=self.member, choice=choice)

    @rule(target=forms)
    def press_pay(self) -> Any:
        payer = Payer(
            email=self.user.email,
            client_ip="10.0.0.1",
            document_type="DNI",
            document_number=self.member.document_number,
            customer_id="CMP1",
            days_registered=0,
        )
        order = Order.objects.order_by("pk").last()
        with suppress(CheckoutRule, GatewayUnavailable):
            if order:
                attempt, session = card_form.open_form(order, user=order.user, payer=payer, gateway=from_settings())
                return (attempt.pk, session.key)
        return multiple()

    @rule(target=tokens, form=forms, card=st.sampled_from(CARDS))
    def type_card(self, form: tuple[int, str], card: str) -> tuple[int, str]:
        attempt, session_key = form
        return (attempt, self.simulator.control.token(card, session_key))

    @rule(target=tokens, card=st.sampled_from(CARDS), months=st.integers(1, 2))
    def pay(self, card: str, months: int) -> Any:
        """Several steps in one, or few sequences would come as far as a charge."""
        if not Order.objects.filter(state__in=UNFINISHED_ORDER_STATES).exists():
            self.choose(months)
        form = self.press_pay()
        if not isinstance(form, tuple):
            return multiple()
        token = self.type_card(form, card)
        self.return_posted(token)
        return token

    @rule(token=tokens)
    def return_posted(self, token: tuple[int, str]) -> None:
        """Also again, also late: it raises nothing, whatever happened meanwhile."""
        attempt, transaction_token = token
        charge.authorise(attempt, transaction_token=transaction_token, gateway=from_settings())

    @rule(which=st.integers(0, 2))
    def cancel(self, which: int) -> None:
        """Also an order that is finished, from an old page."""
        newest = Order.objects.order_by("-pk")[: which + 1]
        with suppress(CheckoutRule):
            give_up.cancel(newest[len(newest) - 1].pk, actor="cuenta:1")

    # --- What goes wrong

    @rule(token=tokens)
    def web_process_dies_after_charging(self, token: tuple[int, str]) -> None:
        attempt, transaction_token = token
        with suppress(KilledError):
            charge.authorise(attempt, transaction_token=transaction_token, gateway=dying())

    @precondition(lambda self: Refund.objects.filter(state=RefundState.REQUESTED).exists())
    @rule()
    def worker_dies_while_giving_back(self) -> None:
        for refund in Refund.objects.filter(state=RefundState.REQUESTED):
            with suppress(KilledError):
                refunds.send(refund.pk, gateway=dying())

    @rule(
        operation=st.sampled_from(["session", "authorise", "authorise", "retrieve", "void", "refund"]),
        kind=st.sampled_from(TROUBLES),
    )
    def gateway_is_about_to_fail(self, operation: str, kind: Any) -> None:
        self.simulator.control.fault(operation, kind)

    @rule(span=st.sampled_from([5, 40, 130, 20 * 60, 36 * 60, 24 * 3600]), worker_runs=st.booleans())
    def time_passes(self, span: int, worker_runs: bool) -> None:
        self.now.shift(timedelta(seconds=span))
        if worker_runs:
            self.sweep()

    # --- What jobs do

    @rule(job=st.sampled_from(["sweep", "sweep", "receipts", "doubts"]))
    def a_job_runs_or_teresa_settles_doubts(self, job: str) -> None:
        {"sweep": self.sweep, "receipts": issue_pending, "doubts": self.settle_doubts}[job]()

    def sweep(self) -> None:
        reconcile.ask_all_due()
        reconcile.expire_lapsed()
        reconcile.finish_refunds()
        reconcile.post_letters()

    # --- What staff and the bank do

    @precondition(lambda self: Attempt.objects.filter(state=AttemptState.APPROVED).exists())
    @rule(which=st.integers(0, 3), lines=st.one_of(st.none(), st.integers(1, 2)), worker_runs=st.booleans())
    def give_back(self, which: int, lines: int | None, worker_runs: bool) -> None:
        approved = list(Attempt.objects.filter(state=AttemptState.APPROVED).order_by("pk"))
        attempt = approved[which % len(approved)]
        chosen = None if lines is None else list(attempt.order.lines.order_by("-period"))[:lines]
        with suppress(RefundNotPossible):
            refunds.request(attempt.pk, author=TERESA, reason="Pidió devolución", lines=chosen)
        if worker_runs:
            self.sweep()

    def settle_doubts(self) -> None:
        """Teresa reads the gateway's own page and tells the portal."""
        done = {undo["reference"] for undo in self.simulator.control.books()["refunds"]}
        for refund in Refund.objects.filter(state=RefundState.IN_DOUBT, method=Refund.Method.REFUND):
            refunds.settle_doubt(refund.pk, came_through=refund.number in done, actor=TERESA)

    @precondition(lambda self: Attempt.objects.exclude(authorising_since=None).exists())
    @rule(which=st.integers(0, 5))
    def ask_the_gateway(self, which: int) -> None:
        sent = list(Attempt.objects.exclude(authorising_since=None).order_by("pk"))
        reconcile.ask(sent[which % len(sent)].pk, actor=TERESA)

    @rule(then_card=st.sampled_from(CARDS))
    def nobody_starts_to_pay_while_payments_are_paused(self, then_card: str) -> None:
        pause = Pause.objects.create(notice="Mantenimiento", author=self.user)
        assert not isinstance(self.press_pay(), tuple)
        pause.ended_at = timezone.now()
        pause.save()
        self.pay(then_card, 1)

    @rule(which=st.integers(0, 3))
    def bank_payment_arrives(self, which: int) -> None:
        due = self.dues[which]
        with suppress(AlreadySettled), transaction.atomic():
            ledger.settle([(due.pk, due.amount)], channel=Channel.BANK, reference="BCO-1", paid_at=timezone.now())

    # --- What must hold after every step

    @invariant()
    def books_and_tables_agree(self) -> None:
        """All of the below, if anything moved since the last step."""
        if not hasattr(self, "undone") or (now := _how_much_happened()) == self.checked:
            return
        self.checked = now
        self.every_charge_is_accounted_for()
        self.a_due_has_one_live_settlement()
        self.unfinished_orders_hold_their_dues_and_nobody_else_does()
        self.a_paid_order_has_one_settling_attempt_and_at_most_one_receipt()
        self.every_move_is_legal_and_follows_the_last()
        trail.verify()

    def every_charge_is_accounted_for(self) -> None:
        books = {row["purchase_number"]: row for row in self.simulator.control.books()["authorisations"]}
        for attempt in Attempt.objects.all():
            charged, back_at_gateway = _booked(books.get(attempt.number))
            given_back, on_its_way = _given_back(attempt)
            settled = _settled_by(attempt)
            if attempt.state in MONEY_CAME:
                assert charged == attempt.amount
                assert given_back <= back_at_gateway <= given_back + on_its_way
                assert settled == (charged - given_back if attempt.settles_order else 0)
                assert (attempt.state != AttemptState.APPROVED) == (given_back == charged)
            else:
                assert settled == 0
            if attempt.state == AttemptState.ABSENT:
                assert attempt.concluded_at - attempt.authorising_since >= charge.ABSENT_AFTER
            if attempt.state in (AttemptState.DECLINED, AttemptState.ABANDONED, AttemptState.CREATED):
                assert not charged

    def a_due_has_one_live_settlement(self) -> None:
        live = list(Settlement.objects.filter(reversed_at=None).values_list("due", flat=True))
        assert len(live) == len(set(live))

    def unfinished_orders_hold_their_dues_and_nobody_else_does(self) -> None:
        held = {(hold.holder, hold.due_id) for hold in Hold.objects.all()}
        unfinished = Order.objects.filter(state__in=UNFINISHED_ORDER_STATES)
        assert held == {(order.ref, line.due_id) for order in unfinished for line in order.lines.all()}

    def a_paid_order_has_one_settling_attempt_and_at_most_one_receipt(self) -> None:
        settling = Counter(Attempt.objects.filter(settles_order=True).values_list("order", flat=True))
        receipts = Counter(Receipt.objects.exclude(receipt_of=None).values_list("order", flat=True))
        for order in Order.objects.all():
            paid = order.paid_at is not None
            assert settling[order.pk] == paid
            assert receipts[order.pk] <= paid

    def every_move_is_legal_and_follows_the_last(self) -> None:
        stands: dict[tuple[str, object], str] = {}
        for event in Event.objects.exclude(to_state="").order_by("order", "sequence"):
            kind, moves = _what_moved(event)
            before = stands.get(kind, "")
            assert event.from_state == before, f"{kind}: from {event.from_state}, but it was {before}"
            assert not before or event.to_state in moves[before]
            stands[kind] = event.to_state

    def teardown(self) -> None:
        """However it went: once the gateway answers again and time passes, all comes to rest."""
        if not hasattr(self, "undone"):
            return
        try:
            self._comes_to_rest()
        finally:
            self.clock.stop()
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

    def _comes_to_rest(self) -> None:
        self.simulator.control.clear_faults()
        for _ in range(4):
            self.now.shift(timedelta(hours=1))
            self.sweep()
            self.settle_doubts()
            issue_pending()
        assert not Attempt.objects.filter(state__in=UNKNOWN_ATTEMPT_STATES).exists()
        assert not Order.objects.filter(state__in=UNFINISHED_ORDER_STATES).exists()
        assert not Refund.objects.filter(state__in=LIVE_REFUND_STATES).exists()
        assert not Order.objects.filter(paid_at__isnull=False, receipt=None).exists()
        for attempt in Attempt.objects.filter(state=AttemptState.APPROVED, settles_order=False):
            assert attempt.staff_reason, "a double payment that nobody was told of"
        self.books_and_tables_agree()


def _how_much_happened() -> tuple[int, ...]:
    """One question for all, because it is asked after every step."""
    tables = [rows._meta.db_table for rows in (Event, Settlement, Hold, Receipt)]
    counts = [f"(SELECT count(*) FROM {table})" for table in tables]
    counts += ["(SELECT count(reversed_at) FROM dues_settlement)"]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)}")
        return tuple(cursor.fetchone())


def _booked(row: dict[str, Any] | None) -> tuple[Decimal, Decimal]:
    """Soles that the gateway's books say were charged, and given back."""
    if row is None or row["action_code"] != "000":
        return Decimal(0), Decimal(0)
    charged = Decimal(row["amount"])
    return charged, charged if row["state"] == "voided" else Decimal(row["refunded"])


def _given_back(attempt: Attempt) -> tuple[Decimal, Decimal]:
    """Soles that the portal says were given back, and may be on their way."""
    every = list(attempt.refunds.all())
    done = sum((refund.amount for refund in every if refund.state == RefundState.DONE), Decimal(0))
    return done, sum((refund.amount for refund in every if refund.state in LIVE_REFUND_STATES), Decimal(0))


def _settled_by(attempt: Attempt) -> Decimal:
    live = Settlement.objects.filter(channel=Channel.CARD, reference=attempt.number, reversed_at=None)
    return sum((settlement.amount for settlement in live), Decimal(0))


def _what_moved(event: Event) -> tuple[tuple[str, object], Any]:
    if "refund" in event.details:
        return ("refund", event.details["refund"]), REFUND_TRANSITIONS
    if event.attempt_id:
        return ("attempt", event.attempt_id), ATTEMPT_TRANSITIONS
    return ("order", event.order_id), ORDER_TRANSITIONS


@pytest.mark.django_db
def test_whatever_happens_in_whatever_order_no_money_is_lost(
    simulator: RunningSimulator, mailbox: Mailbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_api, "LATE_SECONDS", LATE)
    machine = type("WithSimulator", (Payments,), {"simulator": simulator})
    run_state_machine_as_test(machine, settings=_how_long())


def _how_long() -> search:
    return search(
        max_examples=EXAMPLES or 16,
        stateful_step_count=25,
        derandomize=not EXAMPLES,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
