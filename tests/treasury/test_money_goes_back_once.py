"""Ways to have one sol twice: as a credit and a refund, as a refund and a move, as a voiding and a note."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from dues import exemptions, ledger
from dues.exceptions import LedgerRule, MoneyUnderWay
from dues.models import Due, Settlement, Surplus
from members.models import Member, User
from payments import transfers
from payments.exceptions import AlreadyCredited, CheckoutRule, TransferNotPossible
from payments.models import Attempt, OrderLine, Refund
from payments.refunds import proposals, refunds
from payments.states import RefundState
from receipts.exceptions import NotABoleta, ReceiptRule
from receipts.issuing.contents import Buyer
from receipts.issuing.issue import issue
from receipts.models import Credit, Receipt
from receipts.notes import issue_notes, owed
from receipts.tax_office import voiding
from staff.treasury import transferring
from tests.receipts.test_credit_notes import CLINIC
from tests.treasury.test_transfer import accepted, diana, proposed  # noqa: F401 - diana is a fixture

pytestmark = pytest.mark.django_db(transaction=True)


def oldest(paid: Attempt) -> OrderLine:
    return paid.order.lines.select_related("due").earliest("period")


def exempted(paid: Attempt, author: User) -> Surplus:
    """An act of the college frees the oldest month that Ana paid: its money is owed to her."""
    line = oldest(paid)
    exemptions.grant(
        member=paid.order.member,
        act="exemption",
        kind=paid.order.kind,
        first_period=line.period,
        last_period=line.period,
        reason="Residencia en el extranjero",
        document="Resolución de muestra 12-2024",
        granted_date=line.period,
        author=author,
    )
    return Surplus.objects.get(due=line.due)


def asked_back(paid: Attempt) -> Refund:
    return refunds.request(paid.pk, author="teresa@example.com", reason="Lo pidió por carta", lines=[oldest(paid)])


def given_back(paid: Attempt) -> Refund:
    """The gateway has given back the oldest month."""
    refund = asked_back(paid)
    Refund.objects.filter(pk=refund.pk).update(state=RefundState.SENDING)
    Refund.objects.filter(pk=refund.pk).update(state=RefundState.IN_DOUBT, next_question_at=timezone.now())
    return refunds.settle_doubt(refund.pk, came_through=True, actor="teresa@example.com")


# --- A credit and a refund


def test_a_credit_that_ana_has_had_neither_goes_to_her_card_nor_to_diana(
    paid: Attempt,
    diana: Member,  # noqa: F811
    teresa: User,
) -> None:
    exempted(paid, teresa).resolve(author=teresa.email, how="Devuelto por transferencia 0012345")
    with pytest.raises(AlreadyCredited):
        asked_back(paid)
    with pytest.raises(AlreadyCredited):
        proposals.propose(paid.pk, author=teresa, reason="Lo pidió por carta")
    with pytest.raises(TransferNotPossible, match="ya se devolvió o abonó"):
        proposed(paid, diana, teresa)
    assert Refund.objects.count() == 0
    rest = list(paid.order.lines.order_by("period")[1:])
    assert refunds.request(paid.pk, author="x", reason="Lo pidió por carta", lines=rest).amount == Decimal("60.00")


def test_while_money_is_on_its_way_to_the_card_its_credit_waits_and_then_closes_by_itself(
    paid: Attempt, teresa: User
) -> None:
    surplus = exempted(paid, teresa)
    asked_back(paid)
    # The rule that PostgreSQL keeps is a_surplus_waits_for_its_refund.
    with pytest.raises(MoneyUnderWay):
        surplus.resolve(author=teresa.email, how="Devuelto por transferencia 0012345")
    Refund.objects.update(state=RefundState.SENDING)
    Refund.objects.update(state=RefundState.IN_DOUBT, next_question_at=timezone.now())
    refunds.settle_doubt(Refund.objects.get().pk, came_through=True, actor=teresa.email)
    surplus.refresh_from_db()
    assert surplus.resolution.startswith("El pago se revirtió")


# --- A refund and a move


def test_what_went_back_before_a_move_has_its_own_note(
    paid: Attempt,
    diana: Member,  # noqa: F811
    teresa: User,
    ursula: User,
) -> None:
    """The job that records a refund's credit is late; the documents still say S/ 60.00 for two months of Diana."""
    issue(paid.order_id)
    accepted(paid)
    given_back(paid)
    transferring._decide(proposed(paid, diana, teresa), ursula, decision="approve", reason="")
    assert issue_notes.issue_waiting() == 2
    assert [(note.name, note.total) for note in Receipt.objects.exclude(corrects=None).order_by("pk")] == [
        ("BC01-1", Decimal("30.00")),
        ("BC01-2", Decimal("60.00")),
    ]
    standing = owed.live(paid.order)
    assert standing
    assert (standing.total, standing.stated.physician.cmp_number) == (Decimal("60.00"), diana.cmp_number)


def test_the_note_of_an_earlier_credit_comes_first(
    paid: Attempt,
    diana: Member,  # noqa: F811
    teresa: User,
    ursula: User,
) -> None:
    issue(paid.order_id)
    accepted(paid)
    given_back(paid)
    transferring._decide(proposed(paid, diana, teresa), ursula, decision="approve", reason="")
    of_refund, of_move = Credit.objects.order_by("pk")
    assert issue_notes.issue(of_move.pk) is None
    assert issue_notes.issue(of_refund.pk)
    assert issue_notes.issue(of_move.pk)


def test_a_due_that_diana_begins_to_pay_while_the_move_is_approved_is_not_paid_by_it(
    paid: Attempt,
    diana: Member,  # noqa: F811
    teresa: User,
    ursula: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    move, lock = proposed(paid, diana, teresa), ledger.lock

    def a_moment_later(due_ids: list[int]) -> list[Due]:
        locked = lock(due_ids)
        ledger.hold_locked(locked[:1], holder=uuid4())
        return locked

    monkeypatch.setattr(ledger, "lock", a_moment_later)
    with pytest.raises(TransferNotPossible, match="se está pagando ahora mismo"):
        transfers.approve(move.pk, by=ursula)


# --- A voiding and a note


def test_what_is_being_voided_is_not_credited_as_well(paid: Attempt, teresa: User) -> None:
    issue(paid.order_id)
    accepted(paid)
    voiding.request(paid.order.receipt, author=teresa, reason="RUC de otra empresa")
    given_back(paid)
    assert issue_notes.issue_waiting() == 0
    assert "Se pidió la baja de B001-1" in owed.waits_for(Credit.objects.get())
    with pytest.raises(NotABoleta):
        owed.change_to_factura(paid.order, buyer=CLINIC, author=teresa.email, description="Es de la clínica")


def test_what_is_to_be_credited_is_not_voided_as_well(paid: Attempt) -> None:
    issue(paid.order_id)
    accepted(paid)
    owed.after_refund(given_back(paid).pk)
    assert "Hay una nota de crédito por emitir" in voiding.obstacle(paid.order.receipt)


# --- Everything at once


def test_of_a_refund_a_move_a_factura_and_a_voiding_at_once_no_two_take_the_same_money(
    paid: Attempt,
    diana: Member,  # noqa: F811
    teresa: User,
    ursula: User,
) -> None:
    issue(paid.order_id)
    accepted(paid)
    move = proposed(paid, diana, teresa)
    proposal = proposals.propose(paid.pk, author=teresa, reason="Lo pidió por carta")
    clinic: Buyer = CLINIC
    done = at_once(
        lambda: proposals.approve(proposal.pk, by=ursula),
        lambda: proposals.approve(proposal.pk, by=ursula),
        lambda: transferring._decide(move, ursula, decision="approve", reason=""),
        lambda: transferring._decide(move, ursula, decision="approve", reason=""),
        lambda: voiding.request(paid.order.receipt, author=teresa, reason="RUC de otra empresa"),
        lambda: owed.change_to_factura(paid.order, buyer=clinic, author="teresa", description="De la clínica"),
    )

    assert (done[0] or done[1], done[0] and done[1], done[2] or done[3]) == (True, False, False)
    assert done[4] != done[5]
    [refund] = Refund.objects.all()
    assert (refund.amount, paid.order.transfers.get().done) == (Decimal("90.00"), False)
    live = Settlement.objects.filter(reference=paid.number, reversed_at=None)
    assert {settlement.due.member for settlement in live} == {paid.order.member}


def at_once(*acts: Callable[[], object]) -> list[bool]:
    """Which of these went through, each in a connection of its own; what stops one is a rule with its sentence."""
    ready = Barrier(len(acts))

    def do(act: Callable[[], object]) -> bool:
        ready.wait()
        try:
            act()
        except (CheckoutRule, LedgerRule, ReceiptRule):
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(acts)) as people:
        return list(people.map(do, acts))
