"""A member at the browser without the browser: each method is one thing a person does, over Django's HTTP client."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from dues.models import Due
from members.models import User
from payments.models import Attempt, Order
from simulators.niubiz.server import RunningSimulator
from tests.builders import client_of

APPROVED = "4551708161768059"
NO_FUNDS = "4041650444437904"
CHARGED_BUT_ANSWER_LOST = "4000000000001034"
NOT_CHARGED_AND_ANSWER_LOST = "4000000000001042"


@dataclass
class CardPage:
    """What the page of PAGA AQUÍ hands to the gateway's script."""

    action: str
    session_key: str
    purchase_number: str
    amount: str

    @classmethod
    def of(cls, answer: HttpResponse) -> "CardPage":
        assert answer.status_code == 200, answer
        named = dict(re.findall(r'data-(action|sessiontoken|purchasenumber|amount)="([^"]*)"', answer.content.decode()))
        return cls(named["action"], named["sessiontoken"], named["purchasenumber"], named["amount"])


class Browser:
    def __init__(self, user: User, simulator: RunningSimulator | None = None, client: Client | None = None) -> None:
        self.client = client or client_of(user)
        self.simulator = simulator

    def choose(self, *dues: Due, **fields: Any) -> HttpResponse:
        """Tick these dues, take a boleta by e-mail, accept the terms and continue."""
        form = {
            "kind": dues[0].kind,
            "document": "03",
            "dues": [due.pk for due in dues],
            "email": "ana@example.com",
            "terms": "on",
        }
        return self.client.post(reverse("choose"), form | fields)

    def order_of(self, *dues: Due, **fields: Any) -> Order:
        answer = self.choose(*dues, **fields)
        assert answer.status_code == 302, answer.content.decode()
        return Order.objects.get(ref=UUID(answer.url.split("/")[2]))

    def press_pay(self, order: Order) -> CardPage:
        """PAGA AQUÍ."""
        return CardPage.of(self.client.post(reverse("open_card_form", args=[order.ref]), follow=True))

    def type_card(self, page: CardPage, card: str = APPROVED) -> dict[str, str]:
        """What the gateway's form would post after the card was typed."""
        assert self.simulator is not None
        token = self.simulator.control.token(card, page.session_key, email="ana@example.com")
        return {"transactionToken": token, "customerEmail": "ana@example.com", "channel": "web"}

    def type_yape(self, page: CardPage, phone: str, otp: str) -> dict[str, str]:
        """What the gateway's form would post after telephone and code of Yape were typed."""
        assert self.simulator is not None
        token = self.simulator.control.token(phone, page.session_key, email="ana@example.com", otp=otp)
        return {"transactionToken": token, "customerEmail": "ana@example.com", "channel": "web"}

    def yapear(self, order: Order, phone: str = "969929157", otp: str = "557454") -> HttpResponse:
        page = self.press_pay(order)
        return self.finish(page, self.type_yape(page, phone, otp))

    def finish(self, page: CardPage, posted: dict[str, str]) -> HttpResponse:
        """The gateway's form posts, and the browser follows to the outcome."""
        return self.client.post(page.action, posted, follow=True)

    def pay(self, order: Order, card: str = APPROVED) -> HttpResponse:
        page = self.press_pay(order)
        return self.finish(page, self.type_card(page, card))


def attempt_of(order: Order) -> Attempt:
    return order.attempts.latest("pk")


def text(answer: HttpResponse) -> str:
    """What a person reads of a page: no tags, single spaces."""
    body = re.sub(r"<(script|style|head).*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).strip()
