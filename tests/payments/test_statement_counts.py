"""How often each page of a payment asks PostgreSQL: nobody adds a question unnoticed, nor one for each due."""

import re

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import User
from payments.models import Order
from simulators.niubiz.server import RunningSimulator
from tests.builders import PASSWORD
from tests.payments.browser import Browser, CardPage
from tests.payments.test_member_pays import owed

BRACKETS = re.compile(r"BEGIN|COMMIT|SAVEPOINT|RELEASE")
# Without BEGIN, COMMIT and savepoints, and PostgreSQL's own checks of foreign keys.
MOST = {
    "login": 7,
    "menu": 2,
    "greeting": 2,
    "choose": 4,
    "choice": 8,
    "summary": 3,
    "pay": 7,
    "card": 2,
    "return": 8,
    "confirmation": 4,
}


class Counting(Client):
    """Counts the statements of each request under the page's name."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[str, list[str]] = {}

    def at(self, page: str, method: str, path: str, **posted: object) -> HttpResponse:
        with CaptureQueriesContext(connection) as queries:
            answer: HttpResponse = getattr(self, method)(path, **({"data": posted} if posted else {}))
        self.asked[page] = [query["sql"] for query in queries if not BRACKETS.match(query["sql"])]
        return answer


@pytest.mark.django_db(transaction=True)
def test_a_payment_asks_few_questions(ana: User, simulator: RunningSimulator, remembering: None) -> None:
    browser = Counting()
    # What the college decides is asked for now, and remembered for all.
    browser.force_login(ana)
    browser.at("choose", "get", "/pago/cuotas/")
    browser.logout()
    browser.at("login", "post", "/cuenta/login/", login=ana.email, password=PASSWORD)
    for page, path in {"menu": "/", "greeting": "/pago/", "choose": "/pago/cuotas/"}.items():
        browser.at(page, "get", path)
    chosen = {"kind": "colegiado", "document": "03", "email": ana.email, "terms": "on"}
    browser.at("choice", "post", "/pago/cuotas/", dues=[due.pk for due in owed(ana)[:3]], **chosen)
    order = Order.objects.get()
    browser.at("summary", "get", reverse("summary", args=[order.ref]))
    browser.at("pay", "post", reverse("open_card_form", args=[order.ref]))
    card = CardPage.of(browser.at("card", "get", reverse("card", args=[order.ref])))
    browser.at("return", "post", card.action, **Browser(ana, simulator).type_card(card))
    confirmation = browser.at("confirmation", "get", reverse("order", args=[order.ref]))

    assert "FINALIZAR COMPRA" in confirmation.content.decode()
    over = {page: len(asked) for page, asked in browser.asked.items() if len(asked) > MOST[page]}
    assert over == {}, "\n".join(["", *(f"{page}: {sql[:600]}" for page in over for sql in browser.asked[page])])
