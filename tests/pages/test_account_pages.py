"""Every page of allauth that a person can reach: in the portal's look, in Spanish, and none forgotten."""

import re
from collections.abc import Callable
from pathlib import Path

import allauth.urls
import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from demo.mailbox import Mailbox
from members.models import User
from tests.builders import PASSWORD, a_second_factor

pytestmark = pytest.mark.django_db

# Words of allauth's own English pages, and of Django's forms.
ENGLISH = re.compile(
    r"\b(your|you|the|sign|password|email address|e-mail address|account|security key|recovery codes|authenticator|"
    r"submit|cancel|required|invalid|please|confirm|verify|this field|log in|log out)\b",
    re.IGNORECASE,
)


@pytest.fixture(autouse=True)
def fresh_counters(db: None) -> None:
    cache.clear()


def nobody(user: User) -> Client:
    return Client()


def member(user: User) -> Client:
    """Logged in, and has just given the password again."""
    client = Client()
    client.post("/cuenta/login/", {"login": user.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def with_codes(user: User) -> Client:
    client = member(user)
    a_second_factor(user)
    Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "", "used_mask": 0})
    return client


def with_key(user: User) -> Client:
    client = member(user)
    Authenticator.objects.create(pk=7_777, user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Llave azul"})
    return client


def at_the_second_step(user: User) -> Client:
    a_second_factor(user)
    client = Client()
    client.post("/cuenta/login/", {"login": user.email, "password": PASSWORD})
    return client


def without_password(user: User) -> Client:
    client = Client()
    User.objects.filter(pk=user.pk).update(password="!")
    client.force_login(User.objects.get(pk=user.pk))
    return client


def confirmation(user: User) -> dict[str, str]:
    address = EmailAddress.objects.create(user=user, email="otra@example.com")
    return {"key": EmailConfirmationHMAC(address).key}


Visitor = Callable[[User], Client]
# Name of the page, who sees it, and what is in its address.
PAGES: list[tuple[str, Visitor, Callable[[User], dict[str, object]]]] = [
    ("account_login", nobody, lambda _: {}),
    ("account_signup", nobody, lambda _: {}),
    ("account_inactive", nobody, lambda _: {}),
    ("account_email_verification_sent", nobody, lambda _: {}),
    ("account_confirm_email", nobody, confirmation),
    ("account_confirm_email", nobody, lambda _: {"key": "no-such-key"}),
    ("account_reset_password", nobody, lambda _: {}),
    ("account_reset_password_done", nobody, lambda _: {}),
    ("account_reset_password_from_key", nobody, lambda _: {"uidb36": "1", "key": "x-y"}),
    ("account_reset_password_from_key_done", nobody, lambda _: {}),
    ("account_logout", member, lambda _: {}),
    ("account_reauthenticate", member, lambda _: {}),
    ("account_email", member, lambda _: {}),
    ("account_change_password", member, lambda _: {}),
    ("account_set_password", without_password, lambda _: {}),
    ("mfa_index", member, lambda _: {}),
    ("mfa_index", with_codes, lambda _: {}),
    ("mfa_authenticate", at_the_second_step, lambda _: {}),
    ("mfa_reauthenticate", with_codes, lambda _: {}),
    ("mfa_activate_totp", member, lambda _: {}),
    ("mfa_deactivate_totp", with_codes, lambda _: {}),
    ("mfa_view_recovery_codes", with_codes, lambda _: {}),
    ("mfa_generate_recovery_codes", with_codes, lambda _: {}),
    ("mfa_list_webauthn", member, lambda _: {}),
    ("mfa_list_webauthn", with_key, lambda _: {}),
    ("mfa_add_webauthn", member, lambda _: {}),
    ("mfa_remove_webauthn", with_key, lambda _: {"pk": 7_777}),
    ("mfa_edit_webauthn", with_key, lambda _: {"pk": 7_777}),
    ("open_sessions", member, lambda _: {}),
]
NO_PAGES = {
    "mfa_download_recovery_codes": "a file of text",
    "mfa_reauthenticate_webauthn": "needs a key that answers: tests/journeys/test_accounts_in_chromium.py",
    "mfa_login_webauthn": "what a key answers is posted here from the login, and leads back to it",
    "account_confirm_login_code": "logging in by mailed code is off; it leads to the login",
}


def names() -> set[str]:
    """Every page that allauth has here."""
    found: set[str] = set()

    def walk(patterns: list[URLPattern | URLResolver]) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns)
            else:
                found.add(str(pattern.name))

    walk(allauth.urls.urlpatterns)
    return found


def test_no_page_of_allauth_is_forgotten() -> None:
    assert {*names(), "open_sessions"} == {name for name, _, _ in PAGES} | set(NO_PAGES)


def words_of(page: str) -> str:
    """What one reads: no scripts, no tags, nothing marked as another language, no address, no name of a product."""
    page = re.sub(r"<script.*?</script>|<(\w+)[^>]* lang=\"en\"[^>]*>.*?</\1>", " ", page, flags=re.DOTALL)
    main = page[page.index("<main") :]
    return prose(re.sub(r"<[^>]+>", " ", main))


def prose(text: str) -> str:
    return re.sub(r"https?://\S+|(Google|Microsoft) Authenticator", " ", text)


@pytest.mark.parametrize(
    ("name", "visitor", "address"), PAGES, ids=[f"{number}-{page[0]}" for number, page in enumerate(PAGES)]
)
def test_it_is_in_spanish_and_in_the_portals_look(
    name: str, visitor: Visitor, address: Callable[[User], dict[str, object]], ana: User
) -> None:
    client = visitor(ana)
    answer = client.get(reverse(name, kwargs=address(ana)), follow=name == "account_reset_password_from_key")
    page = answer.content.decode()

    assert answer.status_code == 200, answer.headers.get("Location")
    assert 'href="/static/css/portal.css"' in page
    assert '<html lang="es-PE">' in page
    assert "<footer>" in page
    assert re.search(r"<h1>[^<]+</h1>", page)
    assert ENGLISH.findall(words_of(page)) == []
    assert "style=" not in page


@pytest.mark.parametrize(
    ("name", "visitor", "typed"),
    [
        ("account_login", nobody, {}),
        ("account_signup", nobody, {}),
        ("account_signup", nobody, {"email": "x", "password1": "1234", "password2": "12345"}),
        ("account_reset_password", nobody, {"email": "x"}),
        ("account_email", member, {"action_add": "", "email": "x"}),
        ("account_email", member, {"action_add": "", "email": "ana@example.com"}),
        ("account_change_password", member, {"oldpassword": "no", "password1": "1", "password2": "2"}),
        ("account_reauthenticate", member, {"password": "no"}),
        ("mfa_activate_totp", member, {"code": "000000"}),
        ("mfa_activate_totp", member, {}),
        ("mfa_authenticate", at_the_second_step, {"code": "000000"}),
        ("mfa_reauthenticate", with_codes, {"code": "000000"}),
        ("mfa_add_webauthn", member, {"name": "", "credential": "{}"}),
        ("mfa_edit_webauthn", with_key, {"name": ""}),
    ],
)
def test_what_is_wrong_is_said_in_spanish(name: str, visitor: Visitor, typed: dict[str, str], ana: User) -> None:
    client = visitor(ana)
    page = client.post(reverse(name, kwargs={"pk": 7_777} if "edit" in name else {}), typed).content.decode()

    assert 'class="errors"' in page
    assert ENGLISH.findall(words_of(page)) == []


def test_after_each_act_the_message_is_in_spanish(ana: User, mailbox: Mailbox) -> None:
    client = member(ana)
    pages = [
        client.post(reverse("account_email"), {"action_add": "", "email": "otra@example.com"}, follow=True),
        client.post(reverse("account_email"), {"action_remove": "", "email": "ana@example.com"}, follow=True),
        client.post(reverse("account_email"), {"action_remove": "", "email": "otra@example.com"}, follow=True),
        client.post(reverse("close_other_sessions"), follow=True),
    ]
    for page in pages:
        assert ENGLISH.findall(words_of(page.content.decode())) == []
    for letter in mailbox:
        assert ENGLISH.findall(prose(letter.subject + letter.text)) == []


def test_every_letter_of_allauth_is_ours_and_plain_text() -> None:
    theirs = Path(allauth.__file__).parent / "templates"
    ours = settings.BASE_DIR / "templates"
    letters = [file.relative_to(theirs) for app in ("account", "mfa") for file in (theirs / app / "email").glob("*")]
    missing = [str(letter) for letter in letters if letter.suffix == ".txt" and not (ours / letter).exists()]
    assert missing == []
    assert not list(ours.glob("account/email/*.html"))
