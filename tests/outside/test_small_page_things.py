"""A pasted mark of no width, an address no letter reaches, a return from another site without our cookie."""

import pytest
from django.test import Client
from django.urls import reverse

from base.forms import MailboxField
from members.models import User
from payments.views import return_path
from simulators.niubiz.server import RunningSimulator
from tests.builders import PASSWORD
from tests.payments.browser import Browser, attempt_of, text
from tests.payments.test_refunds import open_dues

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("typed", ["\u200bana@example.com", "ana@example.com\ufeff ", "4567\u200d8"])
def test_a_pasted_mark_of_no_width_does_not_spoil_a_login(typed: str, ana: User) -> None:
    answer = Client().post(reverse("account_login"), {"login": typed, "password": PASSWORD})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("ana@localhost", False),
        ("ana@ejemplo", False),
        (f"{'a' * 65}@example.com", False),
        (f"{'a' * 64}@example.com", True),
        ("ana@example.com\u200b", True),
    ],
)
def test_addresses_that_no_letter_reaches_are_refused(typed: str, taken: bool, ana: User) -> None:
    browser = Browser(ana)
    status = browser.choose(open_dues(ana)[0], email=typed).status_code
    assert status == (302 if taken else 200)
    if taken:
        assert MailboxField().clean(typed) == typed.rstrip("\u200b")


def test_a_return_without_our_cookie_does_not_say_that_a_living_session_ended(
    ana: User, simulator: RunningSimulator
) -> None:
    browser = Browser(ana, simulator)
    order = browser.order_of(open_dues(ana)[0])
    page = browser.press_pay(order)
    posted = browser.type_card(page)
    answer = Client().post(page.action, posted)
    address = return_path(order, attempt_of(order))
    assert (answer.status_code, answer.url) == (302, address)
    assert browser.client.get(address).url == reverse("order", args=[order.ref])
    assert "Su sesión terminó" in text(Client().get(address))
    order.refresh_from_db()
    assert order.state == "paid"
