"""What a first visit costs: the bytes of a page with all it loads, over the wire, the gateway's own aside."""

import gzip
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page, Response, expect

from members.models import User
from members.numbers import assignments
from tests.builders import a_due, month
from tests.journeys.steps import card_form, choose_boleta, come_as, finish, go_to_choose, type_card

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_BYTES = 45_000
APPROVED = "4551708161768059"


def test_every_page_of_the_journey_weighs_little_on_a_first_visit(open_page: Callable[..., Page], ana: User) -> None:
    owe_three_years(ana)
    page = open_page()
    weights = {"home": weigh(open_page, page, "/"), "login": weigh(open_page, page, reverse("account_login"))}
    come_as(page, ana)
    for name in ("home", "greeting", "choose", "history", "statement"):
        weights[name] = weigh(open_page, page, reverse(name))
    go_to_choose(page)
    page.locator("[data-kind=colegiado] input[type=checkbox]").last.check()
    choose_boleta(page)
    weights["summary"] = weigh(open_page, page, page.url)
    page.get_by_role("button", name="PAGA AQUÍ").click()
    form = card_form(page)
    weights["card"] = weigh(open_page, page, page.url)
    type_card(form, APPROVED)
    finish(page)
    weights["finish"] = weigh(open_page, page, page.url)
    assert {name: weight for name, weight in weights.items() if not 3_000 < weight <= MOST_BYTES} == {}


def owe_three_years(user: User) -> None:
    """The longest page there is: 36 open months and this one."""
    member = assignments.current_member(user)
    assert member
    for back in range(5, 37):
        a_due(member, period=month(back), amount=Decimal("30.00"))


def weigh(open_page: Callable[..., Page], member: Page, address: str) -> int:
    """Bytes of headers and bodies that a browser with the member's cookies and an empty cache takes from the portal."""
    visitor = open_page(storage_state=member.context.storage_state())
    answers: list[Response] = []
    visitor.on("response", lambda answer: answers.append(answer))
    visitor.goto(address, wait_until="load")
    expect(visitor.get_by_role("heading", level=1)).to_be_visible()
    ours = [answer for answer in answers if answer.url.startswith(settings.PORTAL_URL)]
    weight = sum(on_the_wire(answer) for answer in ours)
    visitor.context.close()
    return weight


def on_the_wire(answer: Response) -> int:
    """Bytes as production sends them: its static files were compressed when they were collected, these were not."""
    sizes = answer.request.sizes()
    body = sizes["responseBodySize"]
    if answer.url.endswith((".css", ".js", ".svg")):
        body = min(body, len(gzip.compress(answer.body())))
    return body + sizes["responseHeadersSize"]
