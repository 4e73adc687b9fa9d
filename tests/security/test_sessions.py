"""A session ends: without use soon, for staff sooner, and some hours after its login however much it is used."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.models import Session, User
from tests.builders import PASSWORD, a_code

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counters(db: None) -> None:
    cache.clear()


def logged_in(user: User) -> Client:
    browser = Client()
    browser.post("/cuenta/login/", {"login": user.email, "password": PASSWORD})
    if user.is_staff:
        browser.post(reverse("mfa_authenticate"), {"code": a_code()})
    return browser


def opens(browser: Client, page: str, *, minutes: float) -> bool:
    """Whether the page opens so many minutes from now."""
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        return browser.get(page).status_code == 200


def test_a_member_may_pause_for_two_hours(ana: User) -> None:
    browser = logged_in(ana)
    assert opens(browser, "/pago/", minutes=118)
    assert not opens(browser, "/pago/", minutes=118 + 121)


def test_staff_may_pause_for_half_an_hour(teresa: User) -> None:
    browser = logged_in(teresa)
    assert opens(browser, "/admin/", minutes=29)
    assert not opens(browser, "/admin/", minutes=29 + 31)


def test_no_use_takes_a_session_past_its_eight_hours(ana: User) -> None:
    browser = logged_in(ana)
    for minutes in range(0, 480, 60):
        assert opens(browser, "/pago/", minutes=minutes)
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})  # writes the session
    assert opens(browser, "/pago/", minutes=479)
    assert not opens(browser, "/pago/", minutes=481)


def test_whoever_is_given_a_role_meanwhile_has_the_shorter_pause(ana: User, teresa: User) -> None:
    browser = logged_in(ana)
    browser.get("/pago/")
    ana.groups.set(teresa.groups.all())
    browser.get("/pago/")
    assert Session.objects.get(account=ana).expire_date < timezone.now() + timedelta(minutes=31)


def test_a_page_in_between_costs_no_write(ana: User) -> None:
    browser = logged_in(ana)
    browser.get("/pago/")
    before = Session.objects.get(account=ana).expire_date
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        browser.get("/pago/")
    assert Session.objects.get(account=ana).expire_date == before


def test_every_page_of_an_account_says_when_it_ends(ana: User, teresa: User) -> None:
    assert 'data-idle="7200"' in logged_in(ana).get("/pago/").content.decode()
    assert 'data-idle="1800"' in logged_in(teresa).get("/admin/").content.decode()
    assert "session.js" not in Client().get("/").content.decode()
