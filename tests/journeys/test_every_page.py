"""Every page of the journey in every state: axe finds nothing, nobody scrolls sideways, and each weighs little."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, Response, expect
from pytest_django.live_server_helper import LiveServer

from dues.models import Due
from members import assignment
from members.models import User
from payments.models import Attempt, Order, Pause
from payments.views import RETURN_SIGNER
from tests.builders import a_due, an_order, month
from tests.journeys.steps import card_form, come_as, problems

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_BYTES = 40_000


def anas_dues() -> list[Due]:
    return list(Due.objects.filter(kind="colegiado").order_by("period")[:2])


def an_outcome(user: User, order_state: str, attempt_state: str = "", **fields: object) -> Order:
    """An order of Ana's in some state, with one attempt that is in another."""
    now = timezone.now()
    paid = {"paid_at": now} if order_state in ("paid", "partly_refunded", "refunded") else {}
    order = an_order(user, *anas_dues(), state=order_state, **paid)
    if attempt_state:
        Attempt.objects.create(
            order=order,
            environment="simulator",
            merchant_id="100000001",
            amount=order.total,
            state=attempt_state,
            concluded_at=now,
            authorising_since=now,
            next_question_at=now + timedelta(minutes=5),
            card="455170******8059",
            **{"action_code": "000", **fields},
        )
    return order


OUTCOMES = {
    "paid": ("paid", "approved", {"settles_order": True}),
    "refunded": ("refunded", "voided", {"settles_order": True}),
    "verifying": ("awaiting_payment", "in_doubt", {}),
    "declined": ("awaiting_payment", "declined", {"action_code": "116"}),
    "absent": ("awaiting_payment", "absent", {"action_code": ""}),
    "double payment": ("cancelled", "approved", {}),
    "expired": ("expired", "", {}),
    "cancelled": ("cancelled", "abandoned", {}),
    "unfinished": ("awaiting_payment", "form_open", {}),
}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_axe_finds_nothing_on_the_page_of_an_outcome(outcome: str, page: Page, ana: User) -> None:
    order_state, attempt_state, fields = OUTCOMES[outcome]
    order = an_outcome(ana, order_state, attempt_state, **fields)
    come_as(page, ana)
    page.goto(reverse("order", args=[order.ref]))
    assert problems(page) == []


def test_axe_finds_nothing_on_the_way_to_the_card(open_page: Callable[..., Page], ana: User, teresa: User) -> None:
    page = open_page(bypass_csp=True)  # axe itself writes inline styles where the gateway's frame was
    member = assignment.current_member(ana)
    assert member
    a_due(member, period=month(40))  # beyond three years: the notice about it is on the page too
    come_as(page, ana)
    for name in ("home", "greeting", "choose", "history", "statement", "report_cmp"):
        page.goto(reverse(name))
        assert problems(page) == [], name
    order = an_outcome(ana, "draft")
    page.goto(reverse("summary", args=[order.ref]))
    assert problems(page) == []
    page.get_by_role("button", name="PAGA AQUÍ").click()
    card_form(page).get_by_role("button", name=re.compile("cerrar|cancelar", re.IGNORECASE)).first.click()
    expect(page.locator("#visaNetJS")).to_have_count(0)
    assert problems(page) == []
    page.goto(reverse("greeting"))
    assert problems(page) == []
    Pause.objects.create(notice="Mantenimiento hasta las 6:00.", author=teresa)
    page.goto(reverse("summary", args=[order.ref]))
    page.get_by_role("button", name="PAGA AQUÍ").click()
    assert "en pausa" in page.inner_text("main")
    assert problems(page) == []
    page.goto(reverse("choose"))
    assert problems(page) == []


def test_axe_finds_nothing_where_a_payment_is_not_ones_own(page: Page, ana: User, carla: User) -> None:
    order = an_outcome(ana, "awaiting_payment", "form_open")
    back = reverse("payment_return", args=[RETURN_SIGNER.sign(str(order.attempts.get().pk))])
    page.goto(back)
    assert "Ingrese para ver el resultado" in page.inner_text("main")
    assert problems(page) == []
    come_as(page, carla)
    page.goto(back)
    assert "otra cuenta" in page.inner_text("main")
    assert problems(page) == []


def test_axe_finds_nothing_when_the_gateway_does_not_answer(page: Page, ana: User, portal: LiveServer) -> None:
    settings.NIUBIZ_SIMULATOR_URL = "http://127.0.0.1:9"
    order = an_outcome(ana, "draft")
    come_as(page, ana)
    page.goto(reverse("summary", args=[order.ref]))
    page.get_by_role("button", name="PAGA AQUÍ").click()
    assert "No se cobró nada" in page.inner_text("main")
    assert problems(page) == []


@pytest.mark.parametrize("name", ["home", "greeting", "choose", "summary", "order", "history", "statement"])
def test_a_first_visit_weighs_little_and_asks_nobody_else(
    name: str, open_page: Callable[..., Page], ana: User, portal: LiveServer
) -> None:
    order = an_outcome(ana, "draft") if name == "summary" else an_outcome(ana, "expired")
    page = open_page()
    come_as(page, ana)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(reverse(name, args=[order.ref] if name in ("summary", "order") else []), wait_until="networkidle")
    sizes = [answer.request.sizes() for answer in answers]
    weight = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
    assert 0 < weight <= MOST_BYTES, f"{weight} bytes"
    assert all(answer.url.startswith(portal.url) for answer in answers)
