"""How often PostgreSQL is asked while Ana pays: a page that begins to ask for each due, or twice, shows here."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import User
from payments.models import Order
from payments.simulator.server import RunningSimulator
from tests.builders import a_due, month
from tests.payments.browser import Browser

pytestmark = pytest.mark.django_db(transaction=True)

# Statements with BEGIN, COMMIT and savepoints; PostgreSQL's own checks of foreign keys aside.
MOST = {"greeting": 8, "choose": 11, "choice": 21, "summary": 8, "pay": 24, "card": 4, "return": 27, "confirmation": 8}


def test_ana_pays_with_few_questions_to_the_database(ana: User, simulator: RunningSimulator) -> None:
    member = ana.assignments.get().member
    dues = [a_due(member, period=month(back)) for back in (30, 29, 28)]
    browser, asked = Browser(ana, simulator), dict[str, int]()
    count(asked, "greeting", lambda: browser.client.get(reverse("greeting")))
    count(asked, "choose", lambda: browser.client.get(reverse("choose")))
    order: Order = count(asked, "choice", lambda: browser.order_of(*dues))
    count(asked, "summary", lambda: browser.client.get(reverse("summary", args=[order.ref])))
    count(asked, "pay", lambda: browser.client.post(reverse("open_card_form", args=[order.ref])))
    page = browser.press_pay(order)
    count(asked, "card", lambda: browser.client.get(reverse("card", args=[order.ref])))
    posted = browser.type_card(page)
    count(asked, "return", lambda: browser.client.post(page.action, posted))
    shown = count(asked, "confirmation", lambda: browser.client.get(reverse("order", args=[order.ref])))
    assert "FINALIZAR COMPRA" in shown.content.decode()
    assert {page: number for page, number in asked.items() if number > MOST[page]} == {}


def test_the_limits_of_a_login_take_one_statement_each(client: Client, ana: User) -> None:
    with CaptureQueriesContext(connection) as asked:
        client.post(reverse("account_login"), {"login": ana.email, "password": "wrong"})
    about_limits = [query["sql"] for query in asked if "shared_cache" in query["sql"]]
    assert 0 < len(about_limits) <= 12
    assert not [statement for statement in about_limits if "COUNT" in statement]


def count(asked: dict[str, int], page: str, do: Callable[[], Any]) -> Any:
    with CaptureQueriesContext(connection) as captured:
        done = do()
    asked[page] = len(captured)
    return done
