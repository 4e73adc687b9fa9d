"""Wrong tries count by what was typed and from where; a known device has a budget of its own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from members.login import tries
from members.login.tries import TooManyTries
from members.models import Tries


def tried(
    times: int, *, network: str = "192.0.2.1", identifier: str = "cmp-45678", device: str = "", right: bool = False
) -> int:
    """How many of so many tries, twenty seconds apart, were let in."""
    let_in, began = 0, timezone.now()
    for number in range(times):
        with time_machine.travel(began + timedelta(seconds=20 * number)):
            try:
                one = tries.count(network=network, identifier=identifier, device=device)
            except TooManyTries:
                continue
            let_in += 1
            if right:
                tries.forgive(one)
    return let_in


def at_once(times: int, *, network: str = "192.0.2.1", identifier: str = "cmp-45678") -> int:
    let_in = 0
    for _ in range(times):
        try:
            tries.count(network=network, identifier=identifier)
        except TooManyTries:
            continue
        let_in += 1
    return let_in


def test_a_number_is_tried_three_times_at_once_and_then_waits_some_seconds(db: None) -> None:
    assert at_once(5) == 3
    with pytest.raises(TooManyTries) as slowed:
        tries.count(network="192.0.2.1", identifier="cmp-45678")
    assert slowed.value.seconds == 15


def test_a_number_is_tried_five_times_in_five_minutes_from_one_network(db: None) -> None:
    assert tried(8) == 5
    assert tried(1, identifier="CMP-45678") == 0


def test_nobody_elsewhere_is_locked_out(db: None) -> None:
    tried(8)
    assert tried(1, network="198.51.100.7") == 1
    assert tried(1, identifier="cmp-99999") == 1


def test_a_known_device_keeps_its_own_budget_on_the_attackers_network_too(db: None) -> None:
    tried(8)
    assert tried(10, device="f00d") == 10
    assert at_once(40, identifier="cmp-99999") <= 10
    assert tried(1, device="beef") == 1


def test_many_networks_together_close_a_number_to_unknown_devices_only(db: None) -> None:
    assert sum(tried(1, network=f"192.0.2.{number}") for number in range(60)) == 50
    assert tried(1, network="203.0.113.1") == 0
    assert tried(1, network="203.0.113.1", device="f00d") == 1


def test_a_network_tries_ten_numbers_a_minute(db: None) -> None:
    assert sum(at_once(1, identifier=f"cmp-{number}") for number in range(1, 13)) == 10


def test_who_logs_in_rightly_is_not_counted_as_guessing(db: None) -> None:
    assert tried(12, right=True) == 12


def test_a_right_password_now_and_then_hides_no_guessing(db: None) -> None:
    guesses = 0
    for _ in range(6):
        guesses += at_once(2, identifier="cmp-1")
        tried(1, right=True)
    assert guesses == 3


def test_who_waits_may_try_again_however_often_was_tried_meanwhile(db: None) -> None:
    began = timezone.now()
    for minute in range(5):
        with time_machine.travel(began + timedelta(minutes=minute)):
            at_once(6)
    with time_machine.travel(began + timedelta(minutes=9, seconds=1)):
        assert at_once(6) == 3


def test_a_new_password_by_letter_lets_in_at_once(db: None) -> None:
    tried(5)
    tries.forget(["ana@example.com", "cmp-45678"], network="192.0.2.1")
    assert tried(1) == 1


def test_what_no_limit_asks_for_is_swept_out(db: None) -> None:
    with time_machine.travel(timezone.now() - timedelta(minutes=4)):
        at_once(1)
    tries.sweep()
    # Five minutes by number and network, an hour by number alone; the minute and the seconds are over.
    assert sorted(Tries.objects.values_list("seconds", flat=True)) == [300, 3600]


@pytest.mark.django_db(transaction=True)
def test_tries_at_one_instant_are_counted_one_after_the_other() -> None:
    def one(number: int) -> int:
        try:
            return at_once(1, network=f"192.0.2.{number}")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(one, range(60))) == 50
