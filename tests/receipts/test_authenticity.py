"""Whoever holds a boleta may ask whether it is genuine, and learns no more than stands on it."""

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


def test_it_says_nothing_of_who_paid(receipt: Receipt) -> None:
    page = ask(receipt.code)

    for secret in ("Quispe", "Ana", "41234567", "45678", "enero", "4551"):
        assert secret not in page


def test_the_address_as_printed_may_be_typed(receipt: Receipt) -> None:
    assert "Sí:" in ask(f" pagos.example.com/verificar/{receipt.code}/ ")


def test_what_the_qr_says_is_compared_with_what_was_issued(receipt: Receipt) -> None:
    assert "Sí:" in ask(qr_of(receipt))


@pytest.mark.parametrize(
    ("printed", "forged", "named"),
    [("|60.00|", "|600.00|", "el importe total"), ("|41234567|", "|99999999|", "el documento del comprador")],
)
def test_a_forged_figure_is_named(receipt: Receipt, printed: str, forged: str, named: str) -> None:
    page = ask(qr_of(receipt).replace(printed, forged))

    assert "lo impreso no es lo que se emitió" in page
    assert f"No coincide {named}" in page


def test_whoever_counts_through_the_numbers_learns_no_amount_and_no_day(receipt: Receipt) -> None:
    page = ask(f"{receipt.stated.issuer.ruc}|03|B001|1|0.00|1.00|2024-01-01|1|1|")

    assert "lo impreso no es lo que se emitió" in page
    for secret in ("S/ 60.00", f"{receipt.issue_date:%d/%m/%Y}", "Pendiente de envío"):
        assert secret not in page


def test_a_forged_digest_is_named(receipt: Receipt) -> None:
    assert "el valor resumen" in ask(f"{qr_of(receipt).rpartition('|')[0]}|AAAA")


@pytest.mark.parametrize(
    "typed", ["nada", "B001-1", "a" * 22, "|" * 9, "20000000001|03|B001|77|0|1|x|1|1|", "\x00|" * 9]
)
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
