"""The bank says no, or the answer is lost: what follows, and that the card is never charged twice."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from pytest_django import Settings

from dues.models import Channel
from members.models import User
from payments.checkout import charge as checkout
from payments.checkout import reconcile
from payments.gateway import Approved
from payments.models import Attempt, AutomaticCharge, AutomaticPlan, Order
from payments.ways.automatic import consent, outcomes, run
from receipts.issuing.issue import issue_pending
from receipts.models import Receipt
from simulators.niubiz.server import RunningSimulator
from tests.automatic.card_on_file import (
    LOST_AFTER_CHARGE,
    LOST_BEFORE_CHARGE,
    NO_FUNDS,
    STOLEN,
    a_plan,
    announce,
    announced_and_charged,
    asked,
    attempt_of,
    charge,
    charged,
    letters_to,
    on,
    open_months,
    page_of,
)
from tests.builders import a_settlement
from tests.gateway.till import EXCHANGE
from tests.payments.browser import text

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_funds_is_tried_twice_more_on_later_days_and_then_it_stops_itself(
    ana: User, simulator: RunningSimulator
) -> None:
    made = announced_and_charged(ana, simulator, NO_FUNDS)
    assert made.state == "retrying"
    assert made.next_on == made.charge_on + timedelta(days=3)
    assert Order.objects.get().state == "cancelled"
    [letter] = letters_to(ana, "No se pudo cobrar")
    assert "No se cobró nada." in letter.body
    assert f"Lo intentaremos otra vez el {made.next_on:%d/%m/%Y}" in letter.body

    charge(11)
    charge(13, hour=10)
    assert asked(simulator) == 1  # the letter of the decline is not three days old yet
    charge(13, hour=12)
    made.refresh_from_db()
    assert (made.state, asked(simulator)) == ("retrying", 2)
    charge(16, hour=13)
    made.refresh_from_db()
    plan = AutomaticPlan.objects.get()
    assert (made.state, asked(simulator)) == ("failed", 3)
    assert (plan.stop_reason, plan.card_token) == ("declined", "")
    charge(19, hour=14)
    assert asked(simulator) == 3
    assert letters_to(ana, "Su pago automático quedó detenido")
    assert open_months(ana) == 5
    assert len(set(Order.objects.values_list("attempts__purchase_number", flat=True))) == 3


def test_a_stolen_card_is_not_tried_again(ana: User, simulator: RunningSimulator) -> None:
    made = announced_and_charged(ana, simulator, STOLEN)
    assert (made.state, AutomaticPlan.objects.get().stop_reason) == ("failed", "card_refused")
    assert "robada" not in letters_to(ana, "No se pudo cobrar")[0].body
    assert "No lo intentaremos más" in letters_to(ana, "No se pudo cobrar")[0].body


def test_nothing_is_tried_again_unless_the_letter_of_the_decline_left(
    ana: User, simulator: RunningSimulator, settings: Settings
) -> None:
    a_plan(ana, simulator, NO_FUNDS)
    announce()
    settings.EMAIL_PORT = 1
    charge()
    for day in (13, 14, 15):
        charge(day, hour=18)
    assert asked(simulator) == 1
    charge(16)
    made = AutomaticCharge.objects.get()
    assert (made.state, made.reason) == ("dropped", "la carta que lo anunciaba no le llegó")


def test_she_skips_the_next_try(ana: User, simulator: RunningSimulator) -> None:
    made = announced_and_charged(ana, simulator, NO_FUNDS)
    with on(11):
        assert consent.skip(made.pk, actor="cuenta:1")
        assert not consent.skip(made.pk, actor="cuenta:1")
    charge(13, hour=12)
    made.refresh_from_db()
    assert (made.state, asked(simulator)) == ("skipped", 1)
    assert AutomaticPlan.objects.get().active


def test_a_lost_answer_is_asked_about_and_the_dues_are_paid_once(ana: User, simulator: RunningSimulator) -> None:
    made = announced_and_charged(ana, simulator, LOST_AFTER_CHARGE)
    assert (made.state, attempt_of(made).state) == ("charging", "in_doubt")
    with on(10, hour=11, minute=1):
        assert "Un cobro está en curso" in text(page_of(ana))
        announce(10)
        reconcile.ask_all_due()
        run.dispatch(timezone.now())
    made.refresh_from_db()
    assert (made.state, charged(simulator)) == ("paid", ["60.00"])
    assert open_months(ana) == 3
    issue_pending()
    assert Receipt.objects.get().total == Decimal("60.00")


def test_a_charge_that_never_was_is_tried_again_days_later(ana: User, simulator: RunningSimulator) -> None:
    made = announced_and_charged(ana, simulator, LOST_BEFORE_CHARGE)
    with on(10, hour=12):
        reconcile.ask_all_due()
        assert outcomes.follow_all() == 1
    made.refresh_from_db()
    assert (attempt_of(made).state, made.state, charged(simulator)) == ("absent", "retrying", [])
    assert made.next_on == made.charge_on + timedelta(days=3)


def test_while_in_doubt_nothing_else_of_the_kind_is_charged(ana: User, simulator: RunningSimulator) -> None:
    announced_and_charged(ana, simulator, LOST_AFTER_CHARGE)
    charge(11)
    assert asked(simulator) == 1
    assert AutomaticCharge.objects.count() == 1


def test_a_double_payment_is_given_back_as_any(ana: User, simulator: RunningSimulator) -> None:
    """The lost answer is asked about after she paid the same months at the bank."""
    made = announced_and_charged(ana, simulator, LOST_AFTER_CHARGE)
    for line in attempt_of(made).order.lines.all():
        a_settlement(line.due, Channel.BANK, f"BCO-{line.pk}")
    with on(10, hour=12):
        reconcile.ask_all_due()
        reconcile.finish_refunds()
        outcomes.follow_all()
    attempt = attempt_of(made)
    assert (attempt.state, attempt.settles_order, charged(simulator)) == ("voided", False, [])
    assert letters_to(ana, "Recibimos un pago de más")


def test_the_gateway_is_down_and_no_charge_is_handed_out(ana: User, simulator: RunningSimulator) -> None:
    a_plan(ana, simulator)
    [announced] = announce()
    simulator.stop()
    with on(10, hour=11):
        assert run.dispatch(timezone.now()) == 0
    announced.refresh_from_db()
    assert (announced.state, announced.queued_at) == ("announced", None)


def test_what_is_with_the_bank_when_she_stops_ends_as_the_bank_decides(ana: User, simulator: RunningSimulator) -> None:
    made = announced_and_charged(ana, simulator, LOST_AFTER_CHARGE)
    with on(10, hour=12):
        consent.stop(made.plan_id, actor="cuenta:1")
        assert "Un último cobro seguía en curso" in text(page_of(ana))
        reconcile.ask_all_due()
        outcomes.follow_all()
    made.refresh_from_db()
    assert (made.state, charged(simulator)) == ("paid", ["60.00"])
    assert AutomaticPlan.objects.get().card_token == ""


def test_after_she_stopped_a_charge_that_never_was_is_not_tried_again(ana: User, simulator: RunningSimulator) -> None:
    made = announced_and_charged(ana, simulator, LOST_BEFORE_CHARGE)
    with on(10, hour=12):
        consent.stop(made.plan_id, actor="cuenta:1")
        reconcile.ask_all_due()
        outcomes.follow_all()
    made.refresh_from_db()
    assert (made.state, letters_to(ana, "No se pudo cobrar")) == ("failed", [])
    charge(13)
    assert asked(simulator) == 0


def test_an_approval_that_appears_after_all_pays_and_is_not_charged_again(
    ana: User, simulator: RunningSimulator
) -> None:
    """The gateway did not know the charge, and shows it later: the next try finds nothing owed."""
    made = announced_and_charged(ana, simulator, LOST_BEFORE_CHARGE)
    with on(10, hour=12):
        reconcile.ask_all_due()
        outcomes.follow_all()
        reconcile.post_letters()
    attempt = attempt_of(made)
    with on(11):
        checkout.conclude(attempt.pk, an_approval(attempt), actor="conciliación")
    charge(13, hour=13)
    made.refresh_from_db()
    assert (made.state, made.reason, asked(simulator)) == ("dropped", "esas cuotas ya no se deben", 0)
    assert open_months(ana) == 3


def an_approval(attempt: Attempt) -> Approved:
    texts = ("action_code", "action_description", "card", "brand", "card_type", "authorization_code")
    more = ("transaction_id", "signature", "trace_number", "transaction_date", "eci", "status")
    return Approved(
        purchase_number=attempt.number,
        amount=attempt.amount,
        currency="PEN",
        decided_at=None,
        exchange=EXCHANGE,
        **dict.fromkeys(texts + more, ""),
    )
