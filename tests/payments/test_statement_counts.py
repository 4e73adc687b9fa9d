"""How often each page of a payment waits for PostgreSQL: nobody adds a query unnoticed, nor one for each due."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from members.models import User
from payments.models import Order
from simulators.niubiz.server import RunningSimulator
from tests.builders import PASSWORD
from tests.payments.browser import Browser, CardPage
from tests.payments.test_member_pays import owed
from tests.round_trips import RoundTrips

# Round trips: a pipeline is one. Without BEGIN, COMMIT and savepoints, and PostgreSQL's own checks of foreign keys.
MOST = {
    "login": 7,
    # The session; the order and the dues; the last receipt and the declined cards.
    "menu": 3,
    "greeting": 2,
    "choose": 2,
    "choice": 6,
    "summary": 2,
    "pay": 6,
    "card": 2,
    "return": 6,
    "confirmation": 3,
}


class Counting(Client):
    """Counts the round trips of each request under the page's name."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[str, RoundTrips] = {}

    def at(self, page: str, method: str, path: str, **posted: object) -> HttpResponse:
        with RoundTrips() as self.asked[page]:
            answer: HttpResponse = getattr(self, method)(path, **({"data": posted} if posted else {}))
        return answer


@pytest.mark.django_db(transaction=True)
def test_a_payment_waits_seldom(ana: User, simulator: RunningSimulator, remembering: None) -> None:
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
    counts = {page: asked.count for page, asked in browser.asked.items()}
    over = {page: count for page, count in counts.items() if count > MOST[page]}
    assert over == {}, "\n".join(
        [f"{counts}", *(f"{page}: {q[:600]}" for page in over for q in browser.asked[page].texts)]
    )
