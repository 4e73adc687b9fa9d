"""What people type reaches documents, mails and lists: none of it may become markup, headers or a disguise."""

from io import BytesIO

import pytest
from django.utils import timezone
from pypdf import PdfReader

from dues import ledger
from dues.models import Due
from members.models import User
from members.numbers import assignments
from payments.models import Order
from receipts.delivery import letters
from receipts.issuing.issue import issue
from receipts.printing import pdf
from simulators.niubiz.server import RunningSimulator
from tests.payments.browser import Browser, text

pytestmark = pytest.mark.django_db(transaction=True)

FACTURA = {"document": "01", "ruc": "20100070970", "address": "Av. Arequipa 123, Lima"}
MARKUP = '<img src="file:///etc/hostname"><link rel=attachment href="file:///etc/passwd"><b>Clínica & Cía'


@pytest.fixture
def oldest(ana: User) -> Due:
    member = assignments.current_member(ana)
    assert member
    return ledger.open_dues(member, kind="colegiado")[0]


def test_markup_in_a_name_is_printed_and_mailed_as_text(ana: User, oldest: Due, simulator: RunningSimulator) -> None:
    browser = Browser(ana, simulator)
    order = browser.order_of(oldest, **FACTURA | {"legal_name": MARKUP})
    page = browser.pay(order)
    receipt = issue(order.pk)
    printed = PdfReader(BytesIO(pdf.render(receipt)))

    assert MARKUP.encode() not in page.content
    assert "".join(MARKUP.split()) in "".join(printed.pages[0].extract_text().split())
    assert not printed.attachments
    assert "<img" not in str(letters.letter(receipt.deliveries.get()).alternatives[0])


@pytest.mark.parametrize(
    "disguised",
    [
        "Clínica\x01 Norte",
        "Clínica \u202eetroN\u202c",
        "Clínica\u200b Norte",
        "\u2066Norte\u2069",
        "\ue000",
    ],
)
@pytest.mark.parametrize("field", ["legal_name", "address"])
def test_characters_that_nobody_sees_are_refused_in_what_a_receipt_states(
    ana: User, oldest: Due, field: str, disguised: str
) -> None:
    answer = Browser(ana).choose(oldest, **FACTURA | {"legal_name": "Clínica Norte"} | {field: disguised})
    assert answer.status_code == 200
    assert "caracteres que no se pueden mostrar" in text(answer)
    assert not Order.objects.exists()


def test_a_name_typed_over_two_lines_becomes_one(ana: User, oldest: Due) -> None:
    order = Browser(ana).order_of(oldest, **FACTURA | {"legal_name": "Clínica\r\n  Norte\u00a0SAC"})
    assert order.buyer_name == "Clínica Norte SAC"


@pytest.mark.parametrize(
    "address",
    ["ana@example.com\nBcc: todos@example.com", "ana@example.com\r\nSubject: x", "a@b@c"],
)
def test_an_address_with_a_line_of_its_own_is_no_address(ana: User, oldest: Due, address: str) -> None:
    assert Browser(ana).choose(oldest, email=address).status_code == 200
    assert not Order.objects.exists()


def test_a_member_whose_name_has_a_line_break_is_written_to_all_the_same(
    ana: User, oldest: Due, simulator: RunningSimulator
) -> None:
    User.objects.filter(pk=ana.pk).update(name="Ana\r\nBcc: todos@example.com", date_joined=timezone.now())
    browser = Browser(ana, simulator)
    order = browser.order_of(oldest)
    browser.pay(order)
    receipt = issue(order.pk)
    mail = letters.letter(receipt.deliveries.get()).message()
    assert mail["Bcc"] is None
