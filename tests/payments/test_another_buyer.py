"""A third person pays: the boleta names whoever the member says, and the dues stay the member's."""

from io import BytesIO

import pytest
from django.urls import reverse
from lxml import etree
from pypdf import PdfReader

from dues import ledger
from dues.models import Due, Settlement
from members.models import User
from members.numbers import assignments
from payments.models import Order
from receipts.issuing.issue import issue
from receipts.printing import pdf
from receipts.tax_office.filing import document_of
from receipts.tax_office.ubl.documents import document_xml
from receipts.tax_office.ubl.elements import NAMESPACES
from simulators.niubiz.server import RunningSimulator
from tests.payments.browser import Browser, text

pytestmark = pytest.mark.django_db(transaction=True)

BROTHER = {
    "other_buyer": "on",
    "buyer_document_type": "4",
    "buyer_document_number": "00-1234 567",
    "buyer_name": "João Quispe  Mamani",
}


@pytest.fixture
def oldest(ana: User) -> Due:
    member = assignments.current_member(ana)
    assert member
    return ledger.open_dues(member, kind="colegiado")[0]


def test_anas_brother_pays_and_the_boleta_is_his_while_the_month_is_hers(
    ana: User, oldest: Due, simulator: RunningSimulator
) -> None:
    browser = Browser(ana, simulator)
    order = browser.order_of(oldest, **BROTHER)
    summary = text(browser.client.get(reverse("summary", args=[order.ref])))
    browser.pay(order)
    receipt = issue(order.pk)
    document = document_of(receipt)
    xml = etree.fromstring(etree.tostring(document_xml(document)))
    customer = "cac:AccountingCustomerParty/cac:Party"
    [number] = xml.findall(f"{customer}/cac:PartyIdentification/cbc:ID", NAMESPACES)
    printed = PdfReader(BytesIO(pdf.render(receipt))).pages[0].extract_text()

    assert "A nombre de João Quispe Mamani, Carné de extranjería 001234567" in summary
    assert (number.get("schemeID"), number.text) == ("4", "001234567")
    assert xml.findtext(f"{customer}/cac:PartyLegalEntity/cbc:RegistrationName", None, NAMESPACES) == (
        "João Quispe Mamani"
    )
    assert "João Quispe Mamani" in printed
    assert "CMP 45678 · Ana Quispe Mamani" in printed
    assert document.statement.physician.cmp_number == 45_678
    assert Settlement.objects.get(due=oldest).due.member == order.member


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"buyer_document_number": ""}, "Escriba el número de documento de la otra persona."),
        ({"buyer_name": " "}, "Escriba el nombre completo de la otra persona."),
        ({"buyer_document_type": "1"}, "El DNI tiene 8 dígitos."),
        ({"buyer_document_type": "6"}, "no es una de las opciones disponibles"),
        ({"buyer_document_number": "12/34"}, "Escriba solo las letras y los números del documento."),
    ],
)
def test_what_is_wrong_with_the_other_person_is_said_beside_it(
    ana: User, oldest: Due, fields: dict[str, str], sentence: str
) -> None:
    answer = Browser(ana).choose(oldest, **BROTHER | fields)
    assert answer.status_code == 200
    assert sentence in text(answer)
    assert not Order.objects.exists()


def test_without_the_tick_what_was_typed_of_another_person_does_not_count(ana: User, oldest: Due) -> None:
    order = Browser(ana).order_of(oldest, **BROTHER | {"other_buyer": ""})
    assert order.buyer == "Ana Quispe Mamani, DNI 41234567"


def test_the_other_person_is_still_there_when_the_selection_is_changed(ana: User, oldest: Due) -> None:
    browser = Browser(ana)
    browser.order_of(oldest, **BROTHER)
    form = browser.client.get(reverse("choose")).context["form"]
    assert form["other_buyer"].value() is True
    assert [form[name].value() for name in list(BROTHER)[1:]] == ["4", "001234567", "João Quispe Mamani"]
