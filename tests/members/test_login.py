"""Logging in by e-mail or CMP number, over HTTP; what the answers must never tell."""

import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from members.models import User
from tests.builders import PASSWORD, a_member, a_user, an_ended_assignment

LOGIN = "/cuenta/login/"


@pytest.fixture(autouse=True)
def fresh_counters(db: None) -> None:
    """Failed logins are counted in the shared cache; each story starts at zero."""
    cache.clear()


def log_in(login: str, password: str = PASSWORD) -> tuple[Client, str]:
    """The browser afterwards and what its page says; empty when it was sent on."""
    client = Client()
    response = client.post(LOGIN, {"login": login, "password": password})
    return client, "" if response.status_code == 302 else response.content.decode()


def errors_of(page: str) -> list[str]:
    return re.findall(r"<li>([^<]*(?:coinciden|intentos)[^<]*)</li>", page)


@pytest.mark.parametrize(
    "typed",
    [
        "ana@example.com",
        "ANA@Example.com",
        " ana@example.com ",
        "45678",
        "045678",
        "CMP 045678",
        "cmp-45678",
        "CMP45678",
    ],
)
def test_ana_logs_in_however_she_writes_who_she_is(ana: User, typed: str) -> None:
    client, page = log_in(typed)

    assert page == ""
    assert client.session["_auth_user_id"] == str(ana.pk)


def test_the_field_asks_for_either(db: None) -> None:
    page = Client().get(LOGIN).content.decode()

    assert "Correo electrónico o número CMP" in page
    assert 'type="email"' not in page


def test_a_wrong_password_an_unknown_cmp_and_an_unknown_address_read_the_same(ana: User) -> None:
    answers = [
        errors_of(log_in(login, "no-es-esta-clave")[1])
        for login in ("ana@example.com", "45678", "nadie@example.com", "99999")
    ]

    assert answers[0] == ["El usuario o la contraseña no coinciden. ¿Olvidó su contraseña?"]
    assert all(answer == answers[0] for answer in answers)


def test_an_unclaimed_cmp_costs_a_password_check_like_any_other(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(User, "set_password", lambda _, raw: hashed.append(raw))
    monkeypatch.setattr(User, "check_password", lambda _, raw: bool(hashed.append(raw)))

    for login in ("45678", "99999", "ana@example.com", "nadie@example.com"):
        log_in(login, "no-es-esta-clave")

    assert hashed == ["no-es-esta-clave"] * 4


def test_failed_tries_count_against_what_was_typed_in_whatever_spelling(ana: User) -> None:
    for login in ("45678", "045678", "CMP 45678"):
        log_in(login, "no-es-esta-clave")

    _, page = log_in("0045678")

    assert errors_of(page) == ["Varios intentos fallidos seguidos. Espere unos segundos y vuelva a intentarlo."]
    assert log_in("ana@example.com")[1] == "", "the lock of a number tells nothing of an address"


def test_a_member_of_that_number_without_account_opens_nothing(db: None) -> None:
    a_member(cmp_number=55_555)

    _, page = log_in("55555")

    assert errors_of(page)


def test_an_ended_assignment_no_longer_logs_in(ana: User) -> None:
    an_ended_assignment(ana)

    _, page = log_in("45678")

    assert errors_of(page)


def test_the_backend_takes_a_cmp_number_as_well(ana: User) -> None:
    assert Client().login(email="CMP 45678", password=PASSWORD)


def test_an_unverified_address_must_be_verified_first(db: None) -> None:
    newcomer = a_user(email="nueva@example.com")
    newcomer.emailaddress_set.update(verified=False)

    response = Client().post(LOGIN, {"login": "nueva@example.com", "password": PASSWORD})

    assert response["Location"] == reverse("account_email_verification_sent")


def test_staff_log_in_to_the_admin_on_the_same_page(teresa: User) -> None:
    response = Client().get("/admin/", follow=True)

    assert response.redirect_chain[-1][0].startswith(LOGIN)
