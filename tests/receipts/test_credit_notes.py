"""Money that went back, a wrong buyer, a rejected number: each ends in a document that SUNAT has, and in one only."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from demo.mailbox import Mailbox
from members.models import User
from payments.models import Attempt, Order, Refund, RefundLine
from payments.states import RefundState
from receipts import authenticity
from receipts.exceptions import NotABoleta, NothingToCredit, NotRejected, TooShort
from receipts.issuing.contents import Buyer
from receipts.issuing.issue import issue
from receipts.models import Credit, Filing, Receipt
from receipts.notes import issue_notes, owed, reissue
from receipts.printing import pdf
from receipts.tax_office import filing
from receipts.tax_office.states import FilingState
from simulators.sunat.server import RunningSunat, serve_in_thread
from tests.builders import a_user, client_of
from tests.receipts.conftest import FACTURA, a_paid_order
from tests.receipts.test_refusals import refused
from tests.receipts.ubl_schemas import complaints

pytestmark = pytest.mark.django_db

CLINIC = Buyer(document_type="6", document_number="20100066603", name="Clínica Ñusta S.A.C.", address="Av. Larco 100")


@pytest.fixture
def office(settings: Settings) -> Iterator[RunningSunat]:
    running = serve_in_thread()
    settings.SUNAT_ENVIRONMENT, settings.SUNAT_SIMULATOR_URL = "simulator", running.url
    settings.SUNAT_TIMEOUTS = (2, 5)
    yield running
    running.stop()


@pytest.fixture
def order(ana: User, office: RunningSunat) -> Order:
    """Ana paid three months, and her boleta is issued."""
    made = a_paid_order(ana, months=3)
    issue(made.pk)
    return made


def sent(receipt: Receipt) -> Filing:
    return filing.file(filing.prepare(receipt).pk)


def rejected(receipt: Receipt) -> Receipt:
    """What SUNAT says of a buyer it does not know."""
    filed = filing.prepare(receipt)
    Filing.objects.filter(pk=filed.pk).update(state=FilingState.SENDING)
    Filing.objects.filter(pk=filed.pk).update(
        state=FilingState.REJECTED, code="3202", message="El RUC no existe", cdr=b"su constancia", next_try_at=None
    )
    return receipt


def given_back(order: Order, months: int | None = None, method: str = Refund.Method.REFUND) -> Refund:
    """The gateway has given back the money of the first so many months that were not given back, of all by default."""
    attempt = Attempt.objects.get(order=order, settles_order=True)
    free = order.lines.exclude(refund_lines__live=True).order_by("period")
    lines = list(free[:months] if months else free)
    amount = sum((line.amount for line in lines), Decimal("0.00"))
    refund = Refund.objects.create(
        attempt=attempt, method=method, amount=amount, reason="Lo pidió por carta", author="teresa@example.com"
    )
    RefundLine.objects.bulk_create(RefundLine(refund=refund, line=line) for line in lines)
    for state in (RefundState.SENDING, RefundState.DONE):
        done = {"concluded_at": timezone.now()} if state == RefundState.DONE else {}
        Refund.objects.filter(pk=refund.pk).update(state=state, **done)
    return refund


def notes_of(order: Order) -> Sequence[Receipt]:
    return list(Receipt.objects.filter(order=order).exclude(corrects=None).order_by("pk"))


def reason_of(note: Receipt) -> str:
    assert note.stated.correction
    return note.stated.correction.reason


# --- A refund and its note


def test_a_note_follows_the_refund_once_sunat_has_the_boleta(order: Order, office: RunningSunat) -> None:
    credit = owed.after_refund(given_back(order, months=1).pk)
    assert credit
    assert issue_notes.issue_waiting() == 0
    assert owed.waits_for(credit) == "Espera a que SUNAT acepte B001-1."

    sent(order.receipt)
    assert issue_notes.issue_waiting() == 1

    [note] = notes_of(order)
    assert (note.name, note.title, note.total) == ("BC01-1", "Nota de crédito electrónica BC01-1", Decimal("30.00"))
    assert reason_of(note) == "07"
    told = sent(note)
    assert (told.state, complaints(bytes(told.xml))) == (FilingState.ACCEPTED, [])
    assert office.control.documents()["07-BC01-1"]["total"] == "30.00"
    assert issue_notes.issue_waiting() == 0


@pytest.mark.parametrize(("method", "reason"), [(Refund.Method.VOID, "01"), (Refund.Method.REFUND, "06")])
def test_all_of_it_is_a_cancelled_operation_or_a_whole_return(order: Order, method: str, reason: str) -> None:
    given_back(order, method=method)
    sent(order.receipt)

    assert issue_notes.issue_waiting() == 1  # found without the job that was lost
    [note] = notes_of(order)
    assert reason_of(note) == reason
    assert note.total == order.total


def test_a_note_of_a_factura_has_a_series_of_its_own(ana: User, office: RunningSunat) -> None:
    order = a_paid_order(ana, **FACTURA)
    sent(issue(order.pk))
    given_back(order)
    issue_notes.issue_waiting()

    [note] = notes_of(order)
    assert (note.name, note.buyer_number) == ("FC01-1", "20100066603")
    assert sent(note).state == FilingState.ACCEPTED


def test_due_by_due_until_nothing_is_left(order: Order) -> None:
    sent(order.receipt)
    for _ in range(3):
        owed.after_refund(given_back(order, months=1).pk)
        issue_notes.issue_waiting()

    assert [note.total for note in notes_of(order)] == [Decimal("30.00")] * 3
    with pytest.raises(NothingToCredit):
        owed.change_to_factura(order, buyer=CLINIC, author="conta@example.com", description="Pidió factura")


def test_asked_twice_it_is_one_note(order: Order) -> None:
    refund = given_back(order)
    sent(order.receipt)
    first, again = owed.after_refund(refund.pk), owed.after_refund(refund.pk)
    assert first
    assert first == again
    assert issue_notes.issue(first.pk) == issue_notes.issue(first.pk)
    assert len(notes_of(order)) == 1


def test_the_member_reads_it_in_the_mail_in_the_history_and_on_paper(
    order: Order, ana: User, mailbox: Mailbox, run_jobs: Callable[..., int]
) -> None:
    sent(order.receipt)
    given_back(order, months=2)
    issue_notes.issue_waiting()
    run_jobs("receipts.deliver")

    [note] = notes_of(order)
    letter = next(mail for mail in mailbox if "Nota de crédito electrónica BC01-1" in mail.subject)
    assert "Adjuntamos su nota de crédito BC01-1 por S/ 60.00" in letter.text
    assert "Importe de la nota: S/ 60.00" in letter.text
    history = client_of(ana).get(reverse("history")).content.decode()
    assert "Nota de crédito electrónica BC01-1, S/ 60.00: corrige a B001-1" in history
    assert client_of(ana).get(reverse("receipt_pdf", args=[note.code])).status_code == 200
    assert pdf.correction_words(note.stated.correction).startswith(  # type: ignore[arg-type]
        "Boleta de venta electrónica B001-1. Motivo 07: Devolución por ítem. Lo pidió por carta"
    )
    found = authenticity.look_up(order.receipt.code)
    assert found
    assert found.taken_back == Decimal("60.00")


def test_a_note_is_nobody_elses(order: Order, carla: User) -> None:
    sent(order.receipt)
    given_back(order)
    issue_notes.issue_waiting()
    [note] = notes_of(order)
    for name in ("receipt_pdf", "receipt_xml", "receipt_cdr"):
        assert client_of(carla).get(reverse(name, args=[note.code])).status_code == 404


# --- A boleta becomes a factura


@pytest.fixture
def accountant(db: None) -> User:
    return a_user(staff_role="Contabilidad")


def exchange(staff: User, order: Order, **fields: str) -> Any:
    typed = {"ruc": "20100066603", "legal_name": "Clínica Ñusta S.A.C.", "address": "Av. Larco 100"}
    typed |= {"reason": "Pidió factura"} | fields
    return client_of(staff).post(reverse("staff_replace", args=[order.pk]), typed, follow=True)


def test_a_boleta_is_changed_for_a_factura(order: Order, accountant: User, ana: User) -> None:
    sent(order.receipt)

    answered = exchange(accountant, order).content.decode()
    assert "En un momento salen la nota de crédito y la factura" in answered
    issue_notes.issue_waiting()

    note, factura = order.documents.filter(receipt_of=None).order_by("pk")
    assert (note.name, factura.name, factura.replaces) == ("BC01-1", "F001-1", order.receipt)
    assert (note.total, factura.total, factura.buyer_number) == (order.total, order.total, "20100066603")
    assert note.buyer_number == order.receipt.buyer_number
    assert {sent(note).state, sent(factura).state} == {FilingState.ACCEPTED}
    assert owed.live(order) == factura
    page = client_of(ana).get(reverse("history")).content.decode()
    assert "Factura electrónica F001-1, S/ 90.00: reemplaza a B001-1" in page
    assert (
        "No hay nada que cambiar"
        in client_of(accountant).get(reverse("staff_replace", args=[order.pk])).content.decode()
    )


def test_a_refund_after_the_change_corrects_the_factura(order: Order) -> None:
    sent(order.receipt)
    given_back(order, months=1)
    issue_notes.issue_waiting()
    owed.change_to_factura(order, buyer=CLINIC, author="conta@example.com", description="Pidió factura")
    issue_notes.issue_waiting()
    factura = owed.live(order)
    assert factura
    assert factura.total == Decimal("60.00")
    sent(factura)
    given_back(order)
    issue_notes.issue_waiting()

    assert [(note.name, note.corrects.name, note.total) for note in notes_of(order) if note.corrects] == [
        ("BC01-1", "B001-1", Decimal("30.00")),
        ("BC01-2", "B001-1", Decimal("60.00")),
        ("FC01-1", "F001-1", Decimal("60.00")),
    ]


def test_what_is_typed_wrong_changes_nothing(order: Order, accountant: User) -> None:
    sent(order.receipt)
    answered = exchange(accountant, order, ruc="20100066604")
    assert (answered.status_code, Credit.objects.count()) == (400, 0)
    assert "El RUC no es válido" in answered.content.decode()


def test_only_an_accepted_boleta_is_changed_and_once(order: Order) -> None:
    def change() -> None:
        owed.change_to_factura(order, buyer=CLINIC, author="conta@example.com", description="Pidió factura")

    with pytest.raises(NotABoleta):
        change()
    sent(order.receipt)
    change()
    with pytest.raises(NothingToCredit):
        change()
    issue_notes.issue_waiting()
    with pytest.raises(NotABoleta):
        change()


# --- A number that SUNAT rejected


def test_a_rejected_factura_is_issued_again_for_the_right_ruc(
    ana: User, office: RunningSunat, accountant: User
) -> None:
    order = a_paid_order(ana, **FACTURA)
    rejected(issue(order.pk))
    page = client_of(accountant).get(reverse("staff_replace", args=[order.pk])).content.decode()
    assert "El RUC no existe" in page
    assert "Ese número ya no vale." in page

    answered = exchange(accountant, order, ruc="20131312955").content.decode()

    assert "Se emitió F001-2 en lugar de F001-1, que SUNAT rechazó. No se cobró nada." in answered
    again = owed.live(order)
    assert again
    assert (again.name, again.buyer_number) == ("F001-2", "20131312955")
    assert sent(again).state == FilingState.ACCEPTED
    with pytest.raises(NotRejected):
        reissue.reissue(order.receipt, buyer=CLINIC)


def test_a_rejected_note_is_issued_again_and_counts_once(order: Order) -> None:
    sent(order.receipt)
    given_back(order)
    issue_notes.issue_waiting()
    [note] = notes_of(order)
    again = reissue.reissue(rejected(note), buyer=note.stated.buyer)

    assert (again.name, again.corrects, again.total) == ("BC01-2", order.receipt, order.total)
    assert sent(again).state == FilingState.ACCEPTED


# --- What the database refuses

NOTE = """
    INSERT INTO receipts_receipt (order_id, {origin}, series_id, number, name, document, code, issued_at, issue_date,
        buyer_number, buyer_name, total, currency, sample, statement)
    SELECT {order}, {value}, (SELECT id FROM receipts_series WHERE code = '{series}'),
        (SELECT next_number FROM receipts_series WHERE code = '{series}'), 'x-1', '{document}', 'another-code',
        issued_at, issue_date, buyer_number, buyer_name, {total}, currency, sample, statement
    FROM receipts_receipt WHERE name = 'B001-1'
"""


def insert(**parts: Any) -> Callable[[], None]:
    def act() -> None:
        with connection.cursor() as cursor:
            cursor.execute(NOTE.format(**parts))

    return act


@pytest.fixture
def partly_credited(order: Order) -> Order:
    sent(order.receipt)
    given_back(order, months=1)
    issue_notes.issue_waiting()
    return order


def test_notes_stay_within_their_document(partly_credited: Order) -> None:
    parts = {"order": partly_credited.pk, "origin": "corrects_id", "value": partly_credited.receipt.pk}
    note = {"series": "BC01", "document": "07"}
    refused("a_note_stays_within_its_document", insert(**parts, **note, total="60.01"))
    insert(**parts, **note, total="60.00")()


def test_what_stands_is_not_replaced(partly_credited: Order) -> None:
    parts = {"order": partly_credited.pk, "origin": "replaces_id", "value": partly_credited.receipt.pk}
    refused("a_replaced_document_is_worth_nothing", insert(**parts, series="B001", document="03", total="90.00"))


def test_a_document_comes_first_corrects_or_replaces(partly_credited: Order) -> None:
    parts = {"order": partly_credited.pk, "origin": "corrects_id", "value": "NULL", "total": "1"}
    refused("a_document_comes_first_corrects_or_replaces", insert(**parts, series="B001", document="03"))
    refused("a_document_comes_first_corrects_or_replaces", insert(**parts, series="BC01", document="07"))


def test_a_credit_keeps_its_wish(order: Order) -> None:
    owed.after_refund(given_back(order).pk)
    refused("a_credit_keeps_its_wish", lambda: Credit.objects.update(description="Otra"))


def test_a_credit_is_issued_once_and_never_deleted(partly_credited: Order) -> None:
    refused("a_credit_is_issued_once", lambda: Credit.objects.update(note=None))
    refused("a_credit_is_never_deleted", lambda: Credit.objects.all().delete())


def test_a_credit_takes_something_back(order: Order) -> None:
    refused("a_credit_takes_something_back", lambda: Credit.objects.create(order=order, reason="01", periods=[]))


def test_an_order_has_one_replacement_under_way(order: Order) -> None:
    wish = {"order": order, "reason": "01", "periods": [order.lines.earliest("pk").period], "instead": {}}
    Credit.objects.create(**wish)
    refused("an_order_has_one_replacement_under_way", lambda: Credit.objects.create(**wish))


# --- Names and reasons that SUNAT finds too short


def test_a_name_or_a_reason_under_three_characters_is_refused(order: Order) -> None:
    sent(order.receipt)
    with pytest.raises(TooShort):
        owed.change_to_factura(order, buyer=replace(CLINIC, name="X "), author="t", description="Pidió factura")
    with pytest.raises(TooShort):
        owed.change_to_factura(order, buyer=CLINIC, author="t", description="no")
    assert not Credit.objects.exists()


def test_a_note_of_a_refund_with_a_short_reason_says_the_reason_of_the_catalogue(
    order: Order, office: RunningSunat
) -> None:
    refund = given_back(order)
    Refund.objects.filter(pk=refund.pk).update(reason="x")
    sent(order.receipt)
    issue_notes.issue_waiting()

    [note] = notes_of(order)
    assert note.stated.correction
    assert note.stated.correction.description == "Devolución total"
    assert sent(note).state == FilingState.ACCEPTED
