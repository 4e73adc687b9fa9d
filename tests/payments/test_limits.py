"""Stolen cards are not tried out here, and staff can pause payments while all else works."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from dues.models import Due
from members.models import User
from payments.checkout import limits
from payments.exceptions import TooManyAttempts
from payments.models import Attempt, Letter, Pause
from simulators.niubiz.server import RunningSimulator
from tests.builders import a_due, a_member, a_user
from tests.payments.browser import NO_FUNDS, Browser, attempt_of, text

pytestmark = pytest.mark.django_db(transaction=True)


def oldest_due(user: User) -> Due:
    due = Due.objects.filter(member__assignments__user=user, kind="colegiado").order_by("period").first()
    assert due
    return due


def told(moment: datetime) -> str:
    """The hour, and the day unless it is today."""
    named = timezone.localtime(moment)
    return f"{named:%H:%M}" if named.date() == timezone.localdate() else f"{named:%H:%M del %d/%m}"


def test_after_six_declined_cards_an_account_waits_and_staff_are_told_once(
    ana: User, simulator: RunningSimulator, settings: Settings
) -> None:
    browser = Browser(ana, simulator)
    order = browser.order_of(oldest_due(ana))
    for _ in range(limits.OF_AN_ACCOUNT):
        assert "No se cobró nada a su tarjeta." in text(browser.pay(order, NO_FUNDS))
    for _ in range(2):
        answer = browser.client.post(reverse("open_card_form", args=[order.ref]))
        assert answer.status_code == 429
        assert "demasiados intentos denegados. No se cobró nada" in text(answer)
    alerts = Letter.objects.filter(to=settings.TREASURY_EMAIL)
    assert [letter.body.splitlines()[0] for letter in alerts] == [
        "Posible prueba de tarjetas: cuenta con muchas tarjetas denegadas"
    ]
    first = Attempt.objects.earliest("concluded_at").concluded_at
    assert first
    again = first + timedelta(minutes=61)
    assert f"podrá intentarlo otra vez desde las {told(again)}." in text(answer)
    with time_machine.travel(again.replace(second=0)):
        order = browser.order_of(oldest_due(ana))
        assert browser.press_pay(order)


def test_who_opens_the_card_form_again_and_again_waits_and_staff_are_told_once(
    ana: User, simulator: RunningSimulator, settings: Settings
) -> None:
    browser = Browser(ana, simulator)
    order = browser.order_of(oldest_due(ana))
    browser.press_pay(order)
    Attempt.objects.filter(order=order).update(forms_opened=limits.FORMS_OF_AN_ACCOUNT - 1)
    browser.press_pay(order)
    with time_machine.travel(timezone.now() + timedelta(minutes=20)):
        for _ in range(2):
            answer = browser.client.post(reverse("open_card_form", args=[order.ref]))
            assert answer.status_code == 429
            assert "demasiadas veces. No se cobró nada" in text(answer)
    assert Letter.objects.filter(to=settings.TREASURY_EMAIL, body__contains="abre muchos formularios").count() == 1
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        order = browser.order_of(oldest_due(ana))
        assert browser.press_pay(order)


def test_one_card_declined_in_three_accounts_stops_each_of_them(simulator: RunningSimulator) -> None:
    for _ in range(limits.ACCOUNTS_OF_A_CARD):
        member = a_member()
        browser = Browser(a_user(member), simulator)
        order = browser.order_of(a_due(member))
        browser.pay(order, NO_FUNDS)
    assert browser.client.post(reverse("open_card_form", args=[order.ref])).status_code == 429
    declined = Attempt.objects.latest("concluded_at").concluded_at
    assert declined
    with time_machine.travel(declined + timedelta(hours=3)):
        browser = Browser(order.user, simulator)  # the session of before has ended
        order = browser.order_of(order.lines.get().due)
        answer = browser.client.post(reverse("open_card_form", args=[order.ref]))
        assert answer.status_code == 429
        assert f"{told(declined + timedelta(hours=24, minutes=1))}." in text(answer)


def test_an_address_has_a_limit_across_accounts(
    ana: User, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OF_AN_ADDRESS", 1)
    browser = Browser(ana, simulator)
    order = browser.order_of(oldest_due(ana))
    browser.pay(order, NO_FUNDS)
    assert attempt_of(order).client_address == "127.0.0.1"
    member = a_member()
    other = Browser(a_user(member), simulator)
    order = other.order_of(a_due(member))
    assert other.client.post(reverse("open_card_form", args=[order.ref])).status_code == 429


def test_a_pause_stops_new_payments_with_its_notice_and_lets_started_ones_finish(
    ana: User, teresa: User, simulator: RunningSimulator
) -> None:
    browser = Browser(ana, simulator)
    order = browser.order_of(oldest_due(ana))
    page = browser.press_pay(order)
    posted = browser.type_card(page)
    pause = Pause.objects.create(notice="Mantenimiento de Niubiz hasta las 6:00.", author=teresa)

    assert "Mantenimiento de Niubiz" in text(browser.client.get(reverse("greeting")))
    answer = browser.client.post(reverse("open_card_form", args=[order.ref]))
    assert "Los pagos en línea están en pausa. No se cobró nada." in text(answer)
    assert "Su pago fue aprobado" in text(browser.finish(page, posted))
    assert browser.client.get(reverse("history")).status_code == 200

    pause.ended_at = timezone.now()
    pause.save()
    assert limits.current_pause() is None
    assert Attempt.objects.count() == 1


def test_an_ipv6_network_is_one_address(
    ana: User, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OF_AN_ADDRESS", 1)
    browser = Browser(ana, simulator)
    order = browser.order_of(oldest_due(ana))
    browser.pay(order, NO_FUNDS)
    Attempt.objects.filter(order=order).update(client_address="2001:db8:1:2::1")
    stranger = a_user(a_member())
    for address, refused in {
        "2001:db8:1:2:ffff::9": True,
        "2001:db8:1:3::1": False,
        "192.0.2.1": False,
        "": False,
    }.items():
        try:
            limits.check(stranger, address)
        except TooManyAttempts:
            assert refused, address
        else:
            assert not refused, address
