"""What the college decides is asked for every few seconds, and decided anew where money waits on it."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from base import remembered
from members.models import User
from payments.models import Order, Pause
from simulators.niubiz.server import RunningSimulator
from tests.payments.browser import Browser
from tests.payments.test_limits import oldest_due

pytestmark = pytest.mark.django_db


def test_it_is_asked_for_again_after_a_few_seconds_and_nothing_is_an_answer_too(remembering: None) -> None:
    answers = iter([None, "hábil", "inhábil"])
    standing = remembered.remembered(lambda month: next(answers))
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        assert [standing("2026-11"), standing("2026-11")] == [None, None]
        assert standing("2026-12") == "hábil"
        clock.shift(remembered.SECONDS + 1)
        assert standing("2026-11") == "inhábil"


def test_who_changes_an_answer_changes_it_for_nobody_else(remembering: None) -> None:
    kinds = remembered.remembered(lambda: {"colegiado", "semefa"})
    kinds().clear()
    assert kinds() == {"colegiado", "semefa"}


def test_a_pause_stops_a_payment_at_once_though_a_page_may_tell_of_it_later(
    remembering: None, ana: User, teresa: User, simulator: RunningSimulator
) -> None:
    browser = Browser(ana, simulator)
    order: Order = browser.order_of(oldest_due(ana))
    greeting = reverse("greeting")
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        browser.client.get(greeting)
        Pause.objects.create(notice="Mantenimiento de Niubiz.", author=teresa)
        assert "Mantenimiento" not in shown(browser.client, greeting)
        refused = browser.client.post(reverse("open_card_form", args=[order.ref]))
        assert refused.status_code == 429
        assert "Mantenimiento de Niubiz." in refused.content.decode()
        clock.shift(timedelta(seconds=remembered.SECONDS + 1))
        assert "Mantenimiento" in shown(browser.client, greeting)


def shown(client: Client, address: str) -> str:
    return client.get(address).content.decode()
