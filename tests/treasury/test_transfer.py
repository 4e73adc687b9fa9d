"""A payment credited to the wrong physician: looked at first, decided by two, posted sol for sol, told to both."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Sum
from django.utils import timezone

from base.postgres.constraints import broken_constraint
from demo.mailbox import Mailbox
from dues import ledger
from dues.models import Kind, Settlement
from members.models import Member, User
from payments import letters, trail, transfers
from payments.books import daily_close
from payments.checkout import reconcile
from payments.exceptions import AlreadyDecided, AlreadyTransferred, OwnTransfer, TransferNotPossible
from payments.models import Attempt, Event, Letter, Refund, Transfer, TransferLine
from payments.refunds import proposals, refunds
from payments.states import RefundState
from receipts.issuing.issue import issue
from receipts.models import Filing
from receipts.notes import issue_notes
from receipts.tax_office.states import FilingState
from tests.builders import a_due, a_member, a_user, client_of, hold, month
from tests.payments.browser import text
from tests.payments.test_refunds import open_dues

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def diana(db: None) -> Member:
    """Diana owes four months; Ana's payment was meant for her."""
    member = a_member(surnames="Rojas Luna", given_names="Diana")
    for back in (8, 7, 6, 5):
        a_due(member, period=month(back), amount=Decimal("30.00"))
    a_user(member, email="diana@example.com")
    return member


def proposed(paid: Attempt, to: Member, by: User) -> Transfer:
    return transfers.propose(paid.order_id, to=to, author=by, reason="Pagó con el CMP de otra")


def decide(staff: User, move: Transfer, decision: str, reason: str = "") -> str:
    address = f"/admin/pagos/pases/{move.pk}/decidir/"
    return text(client_of(staff).post(address, {"decision": decision, "reason": reason}, follow=True))


def credited(member: Member) -> Decimal:
    live = Settlement.objects.filter(due__member=member, reversed_at=None)
    return live.aggregate(sum=Sum("amount"))["sum"] or Decimal("0.00")


def accepted(paid: Attempt) -> None:
    """SUNAT has the receipts of the order."""
    for document in paid.order.documents.all():
        if not Filing.objects.filter(receipt=document).exists():
            constancy = {"cdr": b"x", "xml": b"x", "digest": "x", "due_on": timezone.localdate()}
            Filing.objects.create(receipt=document, state=FilingState.ACCEPTED, **constancy)


def test_teresa_looks_proposes_and_ursula_approves(
    paid: Attempt, diana: Member, ana: User, teresa: User, ursula: User, mailbox: Mailbox
) -> None:
    issue(paid.order_id)
    before = credited(paid.order.member) + credited(diana)
    desk, address = client_of(teresa), f"/admin/pagos/{paid.order_id}/pasar/"
    asked = {"cmp_number": diana.cmp_number, "reason": "Pagó con el CMP de otra"}

    looked = text(desk.post(address, asked))
    assert "S/ 90.00" in looked
    assert f"Queda pagada del CMP {diana.cmp_number}" in looked
    assert "se anula con una nota de crédito" in looked
    assert Transfer.objects.count() == 0

    told = text(desk.post(address, asked | {"confirmed": diana.cmp_number}, follow=True))
    assert "Nada cambia hasta que otra persona lo apruebe" in told
    move = Transfer.objects.get()
    assert "Lo aprueba otra persona" in decide(teresa, move, "approve")
    assert credited(diana) == 0

    told = decide(ursula, move, "approve")

    assert f"El pago pasó al CMP {diana.cmp_number}. No se cobró ni se devolvió nada" in told
    assert (credited(diana), credited(paid.order.member) + credited(diana)) == (Decimal("90.00"), before)
    assert [due.period for due in ledger.open_dues(diana)] == [month(5)]
    assert set(paid.order.lines.values_list("due", flat=True)) <= {due.pk for due in open_dues(ana)}
    assert trail.verify() > 0
    assert Event.objects.filter(order=paid.order, cause__startswith="pago pasado al CMP").exists()
    for letter in Letter.objects.filter(key__startswith="move:"):
        letters.post(letter.pk)
    letters_by_reader = {str(mail.message["To"]): mail.text for mail in mailbox}
    assert "vuelven a figurar pendientes" in letters_by_reader["ana@example.com"]
    assert "ahora figura en el suyo" in letters_by_reader["diana@example.com"]


def test_the_receipt_gives_way_to_one_that_names_the_right_physician(
    paid: Attempt, diana: Member, teresa: User, ursula: User
) -> None:
    issue(paid.order_id)
    decide(ursula, proposed(paid, diana, teresa), "approve")
    accepted(paid)
    assert issue_notes.issue_waiting() == 1

    note, replacement = paid.order.documents.filter(receipt_of=None).order_by("pk")
    assert (note.name, note.total, note.stated.physician.cmp_number) == (
        "BC01-1",
        Decimal("90.00"),
        paid.order.member.cmp_number,
    )
    assert (replacement.name, replacement.stated.physician.cmp_number) == ("B001-2", diana.cmp_number)
    assert replacement.buyer_number == diana.document_number
    assert [line.period for line in replacement.stated.lines] == [month(8), month(7), month(6)]
    statement = text(client_of(User.objects.get(email="diana@example.com")).get("/estado-de-cuenta/"))
    assert "Boleta B001-2" in statement
    assert "B001-1" not in statement


def test_a_refund_after_the_move_reopens_the_right_due(
    paid: Attempt, diana: Member, ana: User, teresa: User, ursula: User
) -> None:
    issue(paid.order_id)
    decide(ursula, proposed(paid, diana, teresa), "approve")
    accepted(paid)
    issue_notes.issue_waiting()
    newest = paid.order.lines.order_by("-period")[:1]
    proposal = proposals.propose(paid.pk, author=teresa, reason="Lo pidió por carta", lines=list(newest))
    of_ana = set(open_dues(ana))
    proposals.approve(proposal.pk, by=ursula)
    Refund.objects.update(state=RefundState.SENDING)
    Refund.objects.update(state=RefundState.IN_DOUBT, next_question_at=timezone.now())
    refunds.settle_doubt(Refund.objects.get().pk, came_through=True, actor=trail.actor(teresa))

    assert month(6) in [due.period for due in ledger.open_dues(diana)]
    assert set(open_dues(ana)) == of_ana
    accepted(paid)
    issue_notes.issue_waiting()
    last = paid.order.documents.latest("pk")
    assert (last.name, last.corrects and last.corrects.name) == ("BC01-2", "B001-2")
    assert [line.period for line in last.stated.lines] == [month(6)]


def test_the_days_books_still_agree(paid: Attempt, diana: Member, teresa: User, ursula: User) -> None:
    issue(paid.order_id)
    decide(ursula, proposed(paid, diana, teresa), "approve")
    books = daily_close.books(list(daily_close.entries(timezone.localdate())))
    assert books.charged == books.ledger == books.receipts == Decimal("90.00")


def test_without_a_receipt_nothing_changes_yet(paid: Attempt, diana: Member, teresa: User, ursula: User) -> None:
    decide(ursula, proposed(paid, diana, teresa), "approve")
    assert (credited(diana), Transfer.objects.get().decided_at) == (0, None)


# --- What is refused


def other_amount(diana: Member) -> None:
    connection.cursor().execute("UPDATE dues_due SET amount = 28 WHERE member_id = %s", [diana.pk])


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda diana: ledger.open_dues(diana).exclude(period=month(8)).delete(), "debe solo 1 de esas cuotas"),
        (other_amount, "Los montos no coinciden"),
        (
            lambda diana: hold(ledger.open_dues(diana)[0]),
            "se está pagando ahora mismo",
        ),
    ],
)
def test_a_payment_that_does_not_fit_is_refused_with_its_reason(
    paid: Attempt, diana: Member, teresa: User, spoil: Callable[[Member], Any], sentence: str
) -> None:
    spoil(diana)
    asked = {"cmp_number": diana.cmp_number, "reason": "Pagó con el CMP de otra", "confirmed": diana.cmp_number}
    answered = client_of(teresa).post(f"/admin/pagos/{paid.order_id}/pasar/", asked)
    assert (answered.status_code, Transfer.objects.count()) == (400, 0)
    assert sentence in text(answered)


def test_nothing_goes_to_the_same_physician_nor_twice(paid: Attempt, diana: Member, teresa: User, ursula: User) -> None:
    with pytest.raises(TransferNotPossible, match="ya es de ese CMP"):
        proposed(paid, paid.order.member, teresa)
    first = proposed(paid, diana, teresa)
    with pytest.raises(AlreadyTransferred):
        proposed(paid, diana, teresa)
    with pytest.raises(OwnTransfer):
        transfers.approve(first.pk, by=teresa)
    transfers.reject(first.pk, by=ursula, reason="No es de Diana")
    with pytest.raises(AlreadyDecided):
        transfers.approve(first.pk, by=ursula)
    transfers.approve(proposed(paid, diana, teresa).pk, by=ursula)
    with pytest.raises(AlreadyTransferred):
        transfers.propose(paid.order_id, to=a_third(), author=teresa, reason="Otra vez mal")


def test_a_decided_transfer_is_not_rejected_afterwards(
    paid: Attempt, diana: Member, teresa: User, ursula: User
) -> None:
    transfer = proposed(paid, diana, teresa)
    transfers.reject(transfer.pk, by=ursula, reason="No es de Diana")
    with pytest.raises(AlreadyDecided):
        transfers.reject(transfer.pk, by=teresa, reason="Otra razón")
    transfer.refresh_from_db()
    assert (transfer.rejection, transfer.decided_by) == ("No es de Diana", ursula)


def a_third() -> Member:
    member = a_member()
    for back in (8, 7, 6):
        a_due(member, Kind.COLEGIADO, month(back), Decimal("30.00"))
    return member


def test_a_payment_given_back_is_not_moved(paid: Attempt, diana: Member, teresa: User, ursula: User) -> None:
    proposal = proposals.propose(paid.pk, author=teresa, reason="Lo pidió por carta")
    with pytest.raises(TransferNotPossible, match="devolución propuesta"):
        proposed(paid, diana, teresa)
    proposals.approve(proposal.pk, by=ursula)
    with pytest.raises(TransferNotPossible, match="devolución en curso"):
        proposed(paid, diana, teresa)
    reconcile.finish_refunds()
    with pytest.raises(TransferNotPossible):
        proposed(paid, diana, teresa)


# --- What the database refuses


def refused(rule: str, statement: str, *values: object) -> None:
    with pytest.raises(DatabaseError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    named = broken_constraint(refusal.value) if isinstance(refusal.value, IntegrityError) else ""
    assert rule == named or f"pgtrigger_{rule}"[:40] in str(refusal.value)


def test_a_move_is_decided_by_two_once_and_for_good(paid: Attempt, diana: Member, teresa: User, ursula: User) -> None:
    move = proposed(paid, diana, teresa)
    alone = "UPDATE payments_move SET decided_at = now(), decided_by_id = %s"
    refused("a_second_person_approves_a_move", alone, teresa.pk)
    refused("a_decided_move_names_its_person", "UPDATE payments_move SET decided_at = now(), rejection = 'no es'")
    refused("a_move_keeps_what_was_proposed", "UPDATE payments_move SET reason = 'Otro motivo'")
    refused("a_move_is_never_deleted", "DELETE FROM payments_move")
    again = """INSERT INTO payments_move (order_id, member_id, reason, author_id, proposed_at, rejection)
               SELECT order_id, member_id, reason, author_id, now(), '' FROM payments_move"""
    refused("an_order_is_moved_once", again)
    transfers.approve(move.pk, by=ursula)
    refused("a_decided_move_is_final", "UPDATE payments_move SET rejection = 'no es', decided_at = now()")
    refused("a_moved_line_never_changes", "DELETE FROM payments_moveline")


def test_a_moved_line_keeps_its_sum_and_payment(paid: Attempt, diana: Member, teresa: User) -> None:
    move = proposed(paid, diana, teresa)
    [due] = list(ledger.open_dues(diana))[:1]
    ledger.settle([(due.pk, due.amount)], channel="card", reference=paid.number, paid_at=timezone.now())  # type: ignore[arg-type]
    line = paid.order.lines.earliest("period")
    insert = "INSERT INTO payments_moveline (move_id, line_id, settlement_id) VALUES (%s, %s, %s)"
    settled = Settlement.objects.get(due=due)
    refused("a_moved_line_keeps_its_sum_and_payment", insert, move.pk, line.pk, settled.pk)  # Ana's is still paid
    ledger.reverse_paid_by(paid.number, [line.due_id], author="x", reason="x")
    TransferLine.objects.create(transfer=move, line=line, settlement=settled)
