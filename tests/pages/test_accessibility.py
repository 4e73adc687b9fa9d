"""Account pages, texts and errors in a real browser: axe at two widths, the keyboard, and one click on a form."""

from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from members.models import User
from tests.builders import PASSWORD
from tests.page_problems import problems

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("account pages"), pytest.mark.django_db(transaction=True)]

PUBLIC = [
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "account_email_verification_sent",
    "account_inactive",
    "refund_policy",
    "terms",
    "privacy",
    "contact",
    "accessibility",
]
OWN = [
    "account_email",
    "account_change_password",
    "account_logout",
    "mfa_index",
    "mfa_list_webauthn",
    "open_sessions",
]


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer) -> Iterator[Page]:
    context = chromium.new_context(base_url=live_server.url, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def log_in(page: Page, user: User, password: str = PASSWORD) -> None:
    page.goto(reverse("account_login"))
    page.get_by_label("Correo electrónico o número CMP").fill(user.email)
    page.get_by_label("Contraseña", exact=True).fill(password)
    page.get_by_role("button", name="Ingresar", exact=True).click()


@pytest.mark.parametrize("name", PUBLIC)
def test_axe_finds_nothing_on_a_public_page(name: str, page: Page) -> None:
    page.goto(reverse(name))
    assert problems(page) == []


def test_axe_finds_nothing_on_a_wrong_address(page: Page) -> None:
    page.goto("/no-existe/")
    assert problems(page) == []


def test_axe_finds_nothing_on_anas_account_pages(page: Page, ana: User) -> None:
    log_in(page, ana)
    expect(page.get_by_role("button", name="Cerrar sesión")).to_be_visible()
    for name in OWN:
        page.goto(reverse(name))
        assert problems(page) == [], name


def test_a_wrong_password_is_told_in_a_summary_that_has_the_focus(page: Page, ana: User) -> None:
    log_in(page, ana, "no es esta")
    expect(page.locator(".errors")).to_be_focused()
    expect(page).to_have_title("Error: Ingresar — CMP Digital")
    assert problems(page) == []


def test_the_summary_has_the_focus_without_javascript_too(
    chromium: Browser, live_server: LiveServer, ana: User
) -> None:
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    log_in(page, ana, "no es esta")
    expect(page.locator(".errors:focus")).to_be_visible()
    context.close()


def test_a_password_is_shown_and_hidden_again(page: Page) -> None:
    page.goto(reverse("account_login"))
    typed = page.get_by_label("Contraseña", exact=True)
    page.get_by_role("button", name="Mostrar la contraseña").click()
    expect(typed).to_have_attribute("type", "text")
    page.get_by_role("button", name="Ocultar la contraseña").click()
    expect(typed).to_have_attribute("type", "password")


def test_the_first_stop_of_the_keyboard_skips_to_the_content(page: Page) -> None:
    page.goto(reverse("terms"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Ir al contenido")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_form_marked_once_is_sent_once_however_often_it_is_pressed(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto(reverse("account_reset_password"))
    # 204 leaves the page where it is, as a slow line would; without the guard each press would send again.
    page.route("**/*", lambda route: route.fulfill(status=204))
    button = page.locator("main form button.button")
    for _ in range(3):
        button.dispatch_event("click")
        page.wait_for_timeout(200)
    expect(button).to_have_text("Enviando…")
    expect(button).to_have_attribute("aria-disabled", "true")
    assert len(sent) == 1


def test_a_long_address_is_broken_rather_than_the_page_made_wider(page: Page) -> None:
    page.goto(reverse("account_signup"))
    named = {"cmp_number": "12345", "document_number": "40404040", "given_names": "Rosa", "surnames": "Luna"}
    secret = {"password1": "una-clave-muy-larga", "password2": "una-clave-muy-larga"}
    address = "maria.del.rosario.fernandez-baca.de.la.torre@hospitalregional.example.com"
    for name, value in (named | secret | {"email": address}).items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Crear cuenta").click()
    expect(page.locator(".notice").first).to_contain_text(address)
    assert problems(page) == []
