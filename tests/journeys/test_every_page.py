"""Every page of the journey in every state: axe finds nothing and nobody scrolls sideways."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from dues.models import Due
from members.models import User
from members.numbers import assignments
from payments.checkout import limits
from payments.models import Attempt, Order, Pause
from payments.views import return_path
from receipts.issuing.issue import issue
from tests.builders import a_due, a_user, an_order, month
from tests.journeys.steps import card_form, close_card_form, come_as
from tests.page_problems import problems

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def an_outcome(user: User, order_state: str, attempt_state: str = "", months: int = 2, **fields: object) -> Order:
    """An order of the first so many unclaimed months, with one attempt that is in another state."""
    now = timezone.now()
    paid = {"paid_at": now} if order_state in ("paid", "partly_refunded", "refunded") else {}
    dues = Due.objects.filter(kind="colegiado", order_lines=None).order_by("period")[:months]
    order = an_order(user, *dues, state=order_state, **paid)
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


def test_axe_finds_nothing_on_the_way_to_the_card(open_page: Callable[..., Page], ana: User) -> None:
    page = open_page(bypass_csp=True)  # axe itself writes inline styles where the gateway's frame was
    member = assignments.current_member(ana)
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
    card_form(page)
    assert problems(page, beside=["#visaNetWrapper"]) == []
    close_card_form(page)
    assert problems(page) == []
    for name in ("home", "greeting", "choose"):  # now with the offer to go on with the order
        page.goto(reverse(name))
        assert problems(page) == [], name


def test_axe_finds_nothing_on_a_form_sent_in_empty(page: Page, ana: User) -> None:
    come_as(page, ana)
    page.goto(reverse("choose"))
    page.locator("[data-kind=colegiado] input[type=checkbox]").nth(0).uncheck()
    page.get_by_text("Factura", exact=True).first.click()
    page.get_by_role("button", name="Continuar").click()
    expect(page.locator(".errors li")).to_have_count(5)
    assert problems(page) == []


def test_axe_finds_nothing_while_payments_pause(page: Page, ana: User, teresa: User) -> None:
    order = an_outcome(ana, "draft")
    Pause.objects.create(notice="Mantenimiento hasta las 6:00.", author=teresa)
    come_as(page, ana)
    page.goto(reverse("choose"))
    assert problems(page) == []
    page.goto(reverse("summary", args=[order.ref]))
    page.get_by_role("button", name="PAGA AQUÍ").click()
    assert "en pausa" in page.inner_text("main")
    assert problems(page) == []


def test_axe_finds_nothing_on_what_a_member_looks_back_at(page: Page, ana: User) -> None:
    paid = an_outcome(ana, "paid", "approved", months=1, settles_order=True)
    issue(paid.pk)
    an_outcome(ana, "expired", months=1)
    an_outcome(ana, "awaiting_payment", "in_doubt", months=1)
    come_as(page, ana)
    page.goto(reverse("history"))
    page.locator("summary").first.click()
    assert problems(page) == []
    page.goto(reverse("order", args=[paid.ref]))
    expect(page.get_by_role("link", name="Descargar PDF")).to_be_visible()
    assert problems(page) == []
    page.goto(reverse("statement"))
    assert problems(page) == []


def test_axe_finds_nothing_where_there_is_nothing_to_pay(page: Page, bruno: User) -> None:
    come_as(page, bruno)
    for name in ("choose", "history", "statement"):
        page.goto(reverse(name))
        assert problems(page) == [], name


def test_axe_finds_nothing_where_the_cmp_is_wrong_or_missing(page: Page, ana: User) -> None:
    assignments.report(ana, "Mi CMP es otro.")
    for user in (ana, a_user(email="nuevo@example.com")):
        come_as(page, user)
        for name in ("greeting", "report_cmp", "statement"):
            page.goto(reverse(name))
            assert problems(page) == [], f"{name} of {user}"


def test_axe_finds_nothing_where_a_payment_is_not_ones_own(page: Page, ana: User, carla: User) -> None:
    order = an_outcome(ana, "awaiting_payment", "form_open")
    back = return_path(order, order.attempts.get())
    page.goto(back)
    assert "Ingrese para ver el resultado" in page.inner_text("main")
    assert problems(page) == []
    come_as(page, carla)
    page.goto(back)
    assert "otra cuenta" in page.inner_text("main")
    assert problems(page) == []


def test_axe_finds_nothing_when_the_gateway_does_not_answer(
    page: Page, ana: User, portal: LiveServer, settings: Settings
) -> None:
    settings.NIUBIZ_SIMULATOR_URL = "http://127.0.0.1:9"
    order = an_outcome(ana, "draft")
    come_as(page, ana)
    page.goto(reverse("summary", args=[order.ref]))
    page.get_by_role("button", name="PAGA AQUÍ").click()
    assert "No se cobró nada" in page.inner_text("main")
    assert problems(page) == []


@pytest.mark.parametrize(
    ("trouble", "status"),
    [(SuspiciousOperation("meddled with"), 400), (PermissionDenied("not yours"), 403), (RuntimeError("broken"), 500)],
)
def test_axe_finds_nothing_on_the_page_of_an_error(
    trouble: Exception, status: int, page: Page, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise trouble

    monkeypatch.setattr(limits, "announced_pause", fail)
    come_as(page, ana)
    answer = page.goto(reverse("greeting"))
    assert answer
    assert answer.status == status
    assert problems(page) == []


def test_axe_finds_nothing_where_a_form_is_refused(page: Page, portal: LiveServer, settings: Settings) -> None:
    page.goto(reverse("account_login"))
    page.context.clear_cookies()
    page.get_by_label("Correo electrónico o número CMP").fill("ana@example.com")
    page.get_by_label("Contraseña", exact=True).fill("no es esta")
    with page.expect_navigation() as refused:
        page.get_by_role("button", name="Ingresar", exact=True).click()
    assert refused.value.status == 403
    assert problems(page) == []
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/h/ip"}
    for _ in range(2):
        page.goto(reverse("account_login"))
        page.get_by_label("Correo electrónico o número CMP").fill("ana@example.com")
        page.get_by_label("Contraseña", exact=True).fill("no es esta")
        with page.expect_navigation() as refused:
            page.get_by_role("button", name="Ingresar", exact=True).click()
    assert refused.value.status == 429
    assert problems(page) == []
