"""Whoever holds a boleta may ask whether it is genuine and whose it is, and learns no more than stands on it."""

import re

import pytest
from django.test import Client

from members.models import User
from receipts import authenticity
from receipts.issuing.contents import Contents
from receipts.issuing.issue import issue
from receipts.models import Receipt
from receipts.printing.pdf import qr_content
from receipts.tax_office import filing
from tests.receipts.conftest import a_paid_order

pytestmark = pytest.mark.django_db

PAGE = "/verificar/"


@pytest.fixture
def receipt(ana: User) -> Receipt:
    return issue(a_paid_order(ana).pk)


def ask(typed: str) -> str:
    return Client().post(PAGE, {"code": typed}).content.decode()


def qr_of(receipt: Receipt) -> str:
    return qr_content(receipt, Contents.from_json(receipt.statement), filing.prepare(receipt).digest)


def test_the_printed_code_finds_it_without_a_login(receipt: Receipt) -> None:
    page = Client().get(f"{PAGE}{receipt.code}/").content.decode()

    assert "Sí: este comprobante fue emitido aquí." in page
    for told in ("B001-1", "S/ 60.00", f"{receipt.issue_date:%d/%m/%Y}"):
        assert told in page


def test_a_copy_with_another_name_does_not_pass(receipt: Receipt) -> None:
    page = ask(receipt.code)

    assert "CMP 45678, A. Q. M." in page
    assert "A. Q. M., DNI •••••567" in page


def test_it_says_no_more_of_the_person(receipt: Receipt) -> None:
    page = ask(receipt.code)

    for secret in ("Quispe", "Ana", "41234567", "enero", "4551", "ana@example.com"):
        assert secret not in page


def test_the_address_as_printed_may_be_typed(receipt: Receipt) -> None:
    assert "Sí:" in ask(f" pagos.example.com/verificar/{receipt.code}/ ")


@pytest.fixture
def signed(receipt: Receipt) -> Receipt:
    filing.prepare(receipt)
    return Receipt.objects.get(pk=receipt.pk)


def test_what_the_qr_of_a_signed_document_says_is_compared_with_what_was_issued(signed: Receipt) -> None:
    assert "Sí:" in ask(qr_of(signed))


FORGED = {
    "total": ("|60.00|", "|600.00|"),
    "document": ("|41234567|", "|99999999|"),
    "type of document": ("|1|41234567|", "|6|41234567|"),
    "number": ("|B001|1|", "|B001|77|"),
    "issuer": ("20000000001|", "20999999999|"),
}


@pytest.mark.parametrize("what", FORGED)
def test_whatever_differs_the_answer_is_the_same(signed: Receipt, what: str) -> None:
    printed, forged = FORGED[what]
    qr = qr_of(signed)
    assert printed in qr
    page = ask(qr.replace(printed, forged))
    assert "No coincide con ningún comprobante emitido aquí." in page
    assert visible(page) == visible(ask(f"{qr.rpartition('|')[0]}|AAAA"))
    for secret in ("S/ 60.00", f"{signed.issue_date:%d/%m/%Y}", "A. Q. M.", "45678"):
        assert secret not in visible(page)


def visible(page: str) -> str:
    """The page without what was typed and the form's token."""
    return re.sub(r'value="[^"]*"', "", page)


def test_a_document_is_not_guessed_by_a_qr_without_digest(signed: Receipt) -> None:
    right = f"{qr_of(signed).rpartition('|')[0]}|"
    wrong = right.replace("41234567", "41234568")
    assert visible(ask(right)) == visible(ask(wrong))
    assert "escriba el código de 22 caracteres" in ask(right)


def test_a_copy_printed_before_it_was_signed_is_checked_by_its_code(receipt: Receipt) -> None:
    assert "no se puede comprobar" in ask(qr_content(receipt, Contents.from_json(receipt.statement)))
    assert "Sí:" in ask(receipt.code)


@pytest.mark.parametrize("typed", ["nada", "B001-1", "a" * 22, "\x00|" * 9])
def test_what_is_not_there_is_not_found(receipt: Receipt, typed: str) -> None:
    answer = Client().post(PAGE, {"code": typed})

    assert answer.status_code == 404
    assert "No encontramos ese comprobante." in answer.content.decode()


def test_the_empty_page_asks(db: None) -> None:
    answer = Client().get(PAGE)

    assert answer.status_code == 200
    assert "Código impreso al pie" in answer.content.decode()
    assert 'content="noindex"' in answer.content.decode()


def test_one_address_may_ask_only_so_often(receipt: Receipt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authenticity, "TRIES", 2)
    browser = Client()

    answers = [browser.post(PAGE, {"code": receipt.code}).status_code for _ in range(3)]

    assert answers == [200, 200, 429]


def test_an_ipv6_network_is_one_address(receipt: Receipt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authenticity, "TRIES", 2)
    answers = [
        Client(REMOTE_ADDR=f"2001:db8:1:2::{number}").post(PAGE, {"code": receipt.code}).status_code
        for number in range(1, 4)
    ]

    assert answers == [200, 200, 429]
    assert Client(REMOTE_ADDR="2001:db8:1:3::1").post(PAGE, {"code": receipt.code}).status_code == 200
