"""A cardholder disputes a charge at the bank: the money waits, and each end leaves the books right."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from dues.models import Settlement
from members.models import User
from payments import transfers
from payments.books import daily_close, payouts
from payments.exceptions import (
    ChargebackClosed,
    ChargebackNotPossible,
    ChargebackUndecided,
    RefundNotPossible,
    TransferNotPossible,
)
from payments.models import Attempt, Chargeback, Letter, PayoutLine, Refund
from payments.refunds import chargebacks, proposals, refunds, remaining
from payments.states import AttemptState, ChargebackState, OrderState, RefundState
from receipts.issuing.issue import issue
from receipts.models import Credit
from receipts.notes import owed
from staff.outside import troubles as outside
from tests.builders import a_member, client_of, some_dues
from tests.payments.browser import text
from tests.payments.test_refunds import open_dues
from tests.treasury.test_payouts import a_charge, a_line, load

pytestmark = pytest.mark.django_db(transaction=True)


def a_chargeback(attempt: Attempt, **fields: Any) -> Chargeback:
    notice: dict[str, Any] = {
        "reference": "CB-2026-77",
        "amount": attempt.amount,
        "notified_on": timezone.localdate(),
        "reason": "No reconoce la compra",
    }
    return chargebacks.record(attempt.pk, **(notice | fields))


def lost(chargeback: Chargeback, teresa: User, ursula: User, end: ChargebackState = ChargebackState.LOST) -> Chargeback:
    chargebacks.propose_end(chargeback.pk, end=end, by=teresa, reason="Carta de la pasarela")
    return chargebacks.confirm_end(chargeback.pk, by=ursula)


@pytest.mark.parametrize("end", [ChargebackState.LOST, ChargebackState.ACCEPTED])
def test_ana_gets_her_money_from_the_bank_and_owes_the_dues_again(
    end: ChargebackState, paid: Attempt, ana: User, teresa: User, ursula: User
) -> None:
    issue(paid.order_id)
    chargeback = a_chargeback(paid, author=teresa)

    lost(chargeback, teresa, ursula, end)

    paid.refresh_from_db()
    paid.order.refresh_from_db()
    refund = Refund.objects.get()
    assert (refund.method, refund.state, refund.amount) == ("chargeback", RefundState.DONE, Decimal("90.00"))
    assert (paid.state, paid.given_back, paid.order.state) == (AttemptState.REFUNDED, 90, OrderState.REFUNDED)
    assert {line.due for line in paid.order.lines.all()} <= set(open_dues(ana))
    credit = owed.after_refund(refund.pk)
    assert credit is not None
    assert (credit.reason, len(credit.periods), Credit.objects.count()) == ("06", 3, 1)
    told = Letter.objects.get(key=f"refund:{refund.pk}")
    assert told.to == paid.order.email
    assert "Su banco le devolvió S/ 90.00" in told.body
    assert "vuelven a estar pendientes" in told.body
    entries = [entry.amount for entry in daily_close.entries(timezone.localdate() + timedelta(days=1))]
    assert entries == [Decimal("90.00"), Decimal("-90.00")]


def test_a_won_case_leaves_all_as_before(paid: Attempt, ana: User, teresa: User) -> None:
    chargeback = a_chargeback(paid, author=teresa)
    chargebacks.contest(chargeback.pk, by=teresa, note="Se envió la confirmación")
    chargebacks.win(chargeback.pk, by=teresa, note="Carta 12")
    paid.refresh_from_db()
    assert (paid.state, paid.given_back, Refund.objects.count()) == (AttemptState.APPROVED, 0, 0)
    assert len(open_dues(ana)) == 2
    assert remaining.amount(paid) == Decimal("90.00")


def test_while_it_is_open_nothing_else_takes_the_money(paid: Attempt, teresa: User) -> None:
    a_chargeback(paid)
    carlos = a_member()
    some_dues(carlos, 3)
    with pytest.raises(RefundNotPossible):
        proposals.propose(paid.pk, author=teresa, reason="Pidió")
    with pytest.raises(RefundNotPossible):
        refunds.request(paid.pk, author="x", reason="Pidió")
    with pytest.raises(TransferNotPossible, match="contracargo"):
        transfers.propose(paid.order_id, to=carlos, author=teresa, reason="Se equivocó")
    with pytest.raises(IntegrityError, match="chargeback"), transaction.atomic():
        Refund.objects.create(attempt=paid, method="refund", amount=30, reason="r", author="x")


def test_a_proposal_made_before_it_is_not_approved(paid: Attempt, teresa: User, ursula: User) -> None:
    proposal = proposals.propose(paid.pk, author=teresa, reason="Pidió")
    a_chargeback(paid)
    with pytest.raises(RefundNotPossible):
        proposals.approve(proposal.pk, by=ursula)
    assert Refund.objects.count() == 0


def test_a_refund_that_was_not_sent_is_stopped_and_money_leaves_once(paid: Attempt, teresa: User, ursula: User) -> None:
    refund = refunds.request(paid.pk, author="x", reason="Pidió")
    chargeback = a_chargeback(paid)
    refunds.send(refund.pk)
    refund.refresh_from_db()
    paid.refresh_from_db()
    assert (refund.state, paid.given_back) == (RefundState.REFUSED, 0)
    assert not Letter.objects.filter(key__startswith="refused:").exists()
    lost(chargeback, teresa, ursula)
    assert not remaining.promised().exists()
    assert Refund.objects.filter(state=RefundState.DONE).count() == 1


def test_nobody_gives_money_up_alone(paid: Attempt, teresa: User, ursula: User) -> None:
    chargeback = a_chargeback(paid, author=teresa)
    with pytest.raises(ChargebackUndecided):
        chargebacks.confirm_end(chargeback.pk, by=ursula)
    chargebacks.propose_end(chargeback.pk, end=ChargebackState.ACCEPTED, by=teresa, reason="Tiene razón")
    with pytest.raises(ChargebackUndecided):
        chargebacks.confirm_end(chargeback.pk, by=teresa)
    with pytest.raises(ChargebackUndecided):
        chargebacks.propose_end(chargeback.pk, end=ChargebackState.WON, by=teresa, reason="Ganado")
    with pytest.raises(IntegrityError, match="a_second_person_closes_a_lost_chargeback"), transaction.atomic():
        Chargeback.objects.filter(pk=chargeback.pk).update(
            state="accepted", decided_by=teresa, decided_at=timezone.now()
        )
    chargebacks.confirm_end(chargeback.pk, by=ursula)
    with pytest.raises(ChargebackClosed):
        chargebacks.confirm_end(chargeback.pk, by=ursula)
    with pytest.raises(ChargebackClosed):
        chargebacks.win(chargeback.pk, by=ursula, note="tarde")
    assert Settlement.objects.filter(reference=paid.number, reversed_at=None).count() == 0
    assert Refund.objects.count() == 1


def test_a_part_of_the_charge_reopens_the_newest_dues_that_it_covers(
    paid: Attempt, ana: User, teresa: User, ursula: User
) -> None:
    newest = paid.order.lines.order_by("-period")[0]
    lost(a_chargeback(paid, amount=Decimal("45.00")), teresa, ursula)
    paid.refresh_from_db()
    assert (paid.state, paid.given_back) == (AttemptState.APPROVED, Decimal("45.00"))
    assert [given.line for given in Refund.objects.get().lines.all()] == [newest]
    assert newest.due in open_dues(ana)


def test_what_was_refunded_before_is_not_counted_twice(paid: Attempt, teresa: User, ursula: User) -> None:
    line = paid.order.lines.order_by("-period")[0]
    refund = refunds.request(paid.pk, author="x", reason="Pidió", lines=[line])
    refunds._begin_sending(refund.pk)
    refunds.settle_doubt(refund.pk, came_through=True, actor="x")
    lost(a_chargeback(paid), teresa, ursula)
    paid.refresh_from_db()
    assert paid.given_back == Decimal("90.00")
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [30, 60]
    assert Letter.objects.filter(attempt=paid, body__contains="S/ 30.00 ya se habían devuelto").exists()


def test_a_notice_is_of_a_charge_within_its_amount_and_once(paid: Attempt) -> None:
    with pytest.raises(ChargebackNotPossible):
        a_chargeback(paid, amount=Decimal("90.01"))
    a_chargeback(paid)
    with pytest.raises(ChargebackNotPossible):
        a_chargeback(paid)
    with pytest.raises(ChargebackNotPossible):
        a_chargeback(paid, reference="CB-2")


def test_staff_are_told_when_it_comes_and_before_its_last_day(paid: Attempt) -> None:
    today = timezone.localdate()
    chargeback = a_chargeback(paid, answer_by=today + timedelta(days=5))
    assert [trouble.key for trouble in outside.chargebacks_open(timezone.now())] == [f"chargeback:{chargeback.pk}"]
    Chargeback.objects.filter(pk=chargeback.pk).update(answer_by=today + timedelta(days=2))
    keys = [trouble.key for trouble in outside.chargebacks_open(timezone.now())]
    assert keys == [f"chargeback-due:{chargeback.pk}"]


def test_a_report_that_states_one_opens_it(teresa: User, ursula: User) -> None:
    charge = a_charge()
    load(teresa, [a_line(charge), a_line(charge, "contracargo"), a_line(charge, "contracargo", number="987654321")])
    chargeback = Chargeback.objects.get()
    assert (chargeback.attempt, chargeback.amount, chargeback.state) == (charge, charge.amount, "received")
    assert chargeback.answer_by > chargeback.notified_on == timezone.localdate() or isinstance(
        chargeback.notified_on, date
    )
    lines = PayoutLine.objects.order_by("line")
    assert [line.result for line in lines] == ["matched", "matched", "unknown"]
    totals = payouts.totals(lines[0].report)
    assert (totals.sales, totals.chargebacks) == (charge.amount, charge.amount * 2)
    assert totals.paid_out == charge.amount - charge.amount * 2 - totals.commission
    lost(chargeback, teresa, ursula)
    payouts.compare(lines[0].report)
    assert [line.result for line in PayoutLine.objects.order_by("line")] == ["matched", "matched", "unknown"]


@pytest.mark.parametrize("page", ["devolver", "devuelto"])
def test_a_disputed_charge_offers_no_refund_and_says_why(page: str, paid: Attempt, teresa: User) -> None:
    a_chargeback(paid, author=teresa)

    shown = text(client_of(teresa).get(f"/admin/pagos/intento/{paid.pk}/{page}/"))

    assert "Hay un contracargo abierto de este cobro" in shown
    assert "hasta S/ 0.00" not in shown
    assert "Motivo" not in shown
