"""Each rule of money that moves outside the portal is kept by the database, whatever the code does."""

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from dues.models import DataLoad, Settlement
from members.models import Absence, User
from payments.models import (
    Attempt,
    Chargeback,
    ChargebackPaper,
    FileReversal,
    Letter,
    MismatchDecision,
    Refund,
    RefundProposal,
    Transfer,
    TransferLine,
)
from tests.builders import a_due, a_member, a_settlement, month
from tests.payments.test_refusals import refused
from tests.treasury.payments_of import a_payment

pytestmark = pytest.mark.django_db


def rows(model: Any) -> Any:
    return model._base_manager


@pytest.fixture
def charge() -> Attempt:
    return a_payment(order_state="paid", state="approved", settles_order=True)


def a_case(charge: Attempt, **fields: Any) -> Chargeback:
    notice = {"reference": "CB-1", "amount": 30, "notified_on": date(2026, 11, 1), "reason": "No reconoce"}
    return Chargeback.objects.create(attempt=charge, answer_by=date(2026, 11, 8), **(notice | fields))


def test_chargebacks(charge: Attempt, teresa: User) -> None:
    case = a_case(charge)
    one = rows(Chargeback).filter(pk=case.pk)
    closed = {"decided_by": teresa, "decided_at": timezone.now()}
    refused("a_chargeback_is_more_than_nothing", lambda: a_case(a_payment(), amount=0))
    refused("a_charge_has_one_open_chargeback", lambda: a_case(charge, reference="CB-2"))
    refused("a_closed_chargeback_names_its_person", lambda: one.update(state="won"))
    refused("a_chargeback_keeps_what_was_notified", lambda: one.update(amount=1))
    refused("a_chargeback_is_never_deleted", case.delete)
    paper = ChargebackPaper.objects.create(chargeback=case, note="Carta", author=teresa)
    refused("a_chargeback_paper_never_changes", lambda: rows(ChargebackPaper).filter(pk=paper.pk).update(note="otra"))
    refused("a_disputed_charge_gives_nothing_back", lambda: a_refund(charge))
    refused("a_second_person_closes_a_lost_chargeback", lambda: one.update(state="lost", **closed))
    one.update(state="won", **closed)
    refused("a_chargeback_moves_legally", lambda: one.update(state="received", decided_by=None, decided_at=None))
    refund = a_refund(charge)
    refused("only_a_lost_chargeback_takes_money", lambda: one.update(refund=refund))
    refused("a_chargeback_is_recorded_once", lambda: a_case(charge))


def a_refund(charge: Attempt) -> Refund:
    return Refund.objects.create(attempt=charge, method="refund", amount=1, reason="r", author="x")


def test_a_disputed_charge_is_not_moved(charge: Attempt, teresa: User) -> None:
    line, right = charge.order.lines.get(), a_member()
    move = Transfer.objects.create(order=charge.order, member=right, reason="No era", author=teresa)
    paid = a_settlement(a_due(right, period=month(3)))
    a_case(charge)
    refused(
        "a_disputed_charge_is_not_moved",
        lambda: TransferLine.objects.create(transfer=move, line=line, settlement=paid),
    )


def test_money_given_back_elsewhere(charge: Attempt, teresa: User) -> None:
    stated = {"reference": "0012", "given_back_on": date(2026, 11, 1), "evidence": "Constancia"}
    proposal = {"attempt": charge, "amount": 30, "reason": "Pidió", "author": teresa, "means": "transfer"}
    refused(
        "money_given_back_elsewhere_has_its_evidence",
        lambda: RefundProposal.objects.create(**(proposal | stated | {"evidence": ""})),
    )
    RefundProposal.objects.create(**proposal, **stated)
    again = proposal | stated | {"attempt": a_payment(), "reference": "00-12"}
    refused("an_operation_gives_back_once", lambda: RefundProposal.objects.create(**again))


def test_decisions_about_a_mismatch(charge: Attempt, teresa: User, walter: User) -> None:
    decision = MismatchDecision.objects.create(attempt=charge, outcome="accept", reason="Carta", author=teresa)
    one, again = rows(MismatchDecision).filter(pk=decision.pk), {"attempt": charge, "outcome": "disown"}
    refused(
        "an_attempt_has_one_open_decision",
        lambda: MismatchDecision.objects.create(reason="Carta", author=walter, **again),
    )
    refused("a_mismatch_decision_names_its_person", lambda: one.update(rejected=True))
    refused("a_second_person_confirms_a_mismatch", lambda: one.update(decided_by=teresa, decided_at=timezone.now()))
    refused("a_mismatch_decision_keeps_what_was_proposed", lambda: one.update(outcome="disown"))
    refused("a_mismatch_decision_is_never_deleted", decision.delete)
    one.update(decided_by=walter, decided_at=timezone.now())
    refused("a_mismatch_decision_is_final", lambda: one.update(rejected=True))


def test_file_reversals(teresa: User) -> None:
    paid: Settlement = a_settlement(a_due(a_member()))
    load = DataLoad.objects.create(content="payments", file_name="x", sha256="x", rows=1, added=1, changed=0)
    row = {"reason": "No era", "author": teresa}
    refused("a_file_reversal_is_of_a_row_or_a_load", lambda: FileReversal.objects.create(**row))
    reversal = FileReversal.objects.create(settlement=paid, **row)
    FileReversal.objects.create(load=load, **row)
    one = rows(FileReversal).filter(pk=reversal.pk)
    refused("a_file_payment_is_taken_back_once", lambda: FileReversal.objects.create(settlement=paid, **row))
    refused("a_load_is_taken_back_once", lambda: FileReversal.objects.create(load=load, **row))
    refused("a_file_reversal_names_its_person", lambda: one.update(rejected=True))
    refused("a_file_reversal_is_never_deleted", reversal.delete)


def test_letters() -> None:
    letter = Letter.objects.create(key="a", to="a@example.com", subject="a", body="a")
    one = rows(Letter).filter(pk=letter.pk)
    refused("a_letter_is_sent_exactly_when_it_says_when", lambda: one.update(sent_at=timezone.now()))
    refused("a_letter_not_sent_says_why", lambda: one.update(state="failed"))
    one.update(state="sent", sent_at=timezone.now())
    refused("a_letter_moves_legally", lambda: one.update(state="queued", sent_at=None))


def test_absences() -> None:
    days = {"left_on": date(2026, 6, 15), "returned_on": date(2026, 9, 1)}
    absence = Absence.objects.create(member=a_member(), **days)
    refused(
        "an_absence_ends_after_it_begins",
        lambda: Absence.objects.create(member=absence.member, left_on=date(2026, 6, 2), returned_on=date(2026, 6, 1)),
    )
    refused("an_absence_is_recorded_once", lambda: Absence.objects.create(member=absence.member, **days))
    refused("an_absence_never_changes", lambda: rows(Absence).update(left_on=date(2026, 6, 1)))
