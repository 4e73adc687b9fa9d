"""What the gateway's card form is told of the payer, and the months that the confirmation names."""

from datetime import date

import pytest
from django.urls import reverse

from base.peru import months
from dues.models import Due
from members.models import User
from payments.checkout.card_holder import CardHolder, card_holder
from payments.gateway import action_codes
from simulators.niubiz.server import RunningSimulator
from tests.builders import an_order
from tests.payments.browser import NO_FUNDS, Browser, text

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_form_gets_the_members_names_in_plain_letters(bruno: User) -> None:
    assert card_holder(an_order(bruno)) == CardHolder("Bruno", "Salazar Nahui", "comprobantes@example.com")


def test_a_name_that_the_roll_does_not_have_ends_in_two_surnames(ana: User) -> None:
    ana.name = "Lucía María Quispe-Ramos Peña"
    assert card_holder(an_order(ana)).last_name == "Quispe Ramos Pena"


def test_a_document_for_somebody_else_leaves_the_name_to_the_form(ana: User) -> None:
    other = an_order(ana, buyer_document_type="1", buyer_document_number="40404040", buyer_name="Rosa Luna")
    assert card_holder(other) == CardHolder("", "", "comprobantes@example.com")


def test_the_card_page_hands_them_over(ana: User, simulator: RunningSimulator) -> None:
    browser = Browser(ana, simulator)
    order = browser.order_of(*Due.objects.filter(kind="colegiado").order_by("period")[:1])
    page = browser.client.post(reverse("open_card_form", args=[order.ref]), follow=True).content.decode()
    assert 'data-cardholderemail="ana@example.com"' in page
    assert 'data-cardholdername="Ana" data-cardholderlastname="Quispe Mamani"' in page


def declined(ana: User, simulator: RunningSimulator, kind: str) -> str:
    """The page after a declined card whose code is of this kind of refusal."""
    code = next(code for code, (of, _, _) in action_codes._TABLE.items() if of == kind)
    browser = Browser(ana, simulator)
    order = browser.order_of(*Due.objects.filter(kind="colegiado").order_by("period")[:1])
    browser.pay(order, NO_FUNDS)
    order.attempts.update(action_code=code)
    return text(browser.client.get(reverse("order", args=[order.ref])))


@pytest.mark.parametrize(
    ("kind", "button", "whom"),
    [
        ("card", "Usar otra tarjeta", "El teléfono de su banco está al reverso de su tarjeta."),
        ("bank", "Intentar otra vez", "El teléfono de su banco está al reverso de su tarjeta."),
        ("college", "Intentar otra vez", "Llame al (01) 000-0000 : código"),
        ("funds", "Intentar otra vez", "Código"),
    ],
)
def test_a_decline_can_be_followed(ana: User, simulator: RunningSimulator, kind: str, button: str, whom: str) -> None:
    page = declined(ana, simulator, kind)
    assert button in page
    assert whom in page
    assert "Le quedan 5 intentos antes de una pausa de una hora." in page


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "marzo 2025"), (2, "marzo 2025 y abril 2025"), (3, "3 meses, de marzo 2025 a mayo 2025")],
)
def test_months_are_named(count: int, words: str) -> None:
    assert months.several([date(2025, 3 + place, 1) for place in range(count)]) == words
