"""Whoever pays by a member's link, in a browser of his own."""

import re
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from payments.models import Order
from simulators.niubiz.server import RunningSimulator
from tests.payments.browser import APPROVED, Browser, CardPage

BROTHER = {
    "document": "03",
    "buyer_document_type": "1",
    "buyer_document_number": "09876543",
    "buyer_name": "Jorge Quispe Rojas",
    "email": "jorge.quispe@example.net",
    "terms": "on",
}


class Payer:
    def __init__(self, address: str, simulator: RunningSimulator) -> None:
        self.address = urlsplit(address).path
        self.client = Client()
        self.simulator = simulator

    def look(self) -> HttpResponse:
        return self.client.get(self.address)

    def type_data(self, **fields: str) -> HttpResponse:
        return self.client.post(self.address, BROTHER | fields, follow=True)

    def type_card(self, page: CardPage, card: str = APPROVED) -> HttpResponse:
        token = self.simulator.control.token(card, page.session_key)
        return self.client.post(page.action, {"transactionToken": token, "channel": "web"}, follow=True)

    def pay(self, card: str = APPROVED, **fields: str) -> HttpResponse:
        return self.type_card(CardPage.of(self.type_data(**fields)), card)


def make_link(browser: Browser, order: Order) -> str:
    """The member presses the button on the summary; the address stands there."""
    page = browser.client.post(reverse("make_link", args=[order.ref]), follow=True).content.decode()
    [address] = re.findall(r'readonly value="([^"]+)"', page)
    return str(address)
