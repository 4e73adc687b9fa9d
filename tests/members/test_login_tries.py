"""Five wrong tries at an account in five minutes, ten by an address in one; thirty of any kind by an address."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from members.login import tries
from members.login.tries import TooManyTries
from members.models import Tries


def tried(times: int, *, address: str = "192.0.2.1", account: str = "ana@example.com", right: bool = False) -> int:
    """How many of so many tries were let in."""
    let_in = 0
    for _ in range(times):
        try:
            one = tries.count(address=address, account=account)
        except TooManyTries:
            continue
        let_in += 1
        if right:
            tries.forgive(one)
    return let_in


def test_an_account_is_tried_five_times_from_wherever(db: None) -> None:
    assert sum(tried(1, address=f"192.0.2.{number}") for number in range(8)) == 5
    assert tried(1, address="192.0.2.99", account="ANA@example.com") == 0
    assert tried(1, address="192.0.2.99", account="bruno@example.com") == 1


def test_an_address_tries_ten_accounts_a_minute(db: None) -> None:
    assert sum(tried(1, account=f"{number}@example.com") for number in range(12)) == 10


def test_who_logs_in_rightly_may_do_so_thirty_times_a_minute(db: None) -> None:
    assert tried(40, right=True) == 30
    with pytest.raises(TooManyTries) as refused:
        tries.count(address="192.0.2.1", account="bruno@example.com")
    assert refused.value.by_address


def test_a_right_password_now_and_then_hides_no_guessing(db: None) -> None:
    guesses = 0
    for number in range(12):
        guesses += tried(1, account=f"{number}@example.com")
        tried(1, right=True)
    assert guesses == 10


def test_who_waits_may_try_again_however_often_was_tried_meanwhile(db: None) -> None:
    began = timezone.now()
    for minute in range(5):
        with time_machine.travel(began + timedelta(minutes=minute)):
            tried(6)
    with time_machine.travel(began + timedelta(minutes=5, seconds=1)):
        assert tried(6) == 5


def test_a_new_password_by_letter_lets_in_at_once(db: None) -> None:
    tried(5)
    tries.forget("ana@example.com")
    assert tried(1, address="192.0.2.2") == 1


def test_what_no_limit_asks_for_is_swept_out(db: None) -> None:
    with time_machine.travel(timezone.now() - timedelta(minutes=4)):
        tried(1)
    tried(1, right=True, account="bruno@example.com")
    tries.sweep()
    # Ana's account is asked for five minutes; of this minute only that the address tried stays.
    assert sorted(Tries.objects.values_list("most", flat=True)) == [5, 30]


@pytest.mark.django_db(transaction=True)
def test_tries_at_one_instant_are_counted_one_after_the_other() -> None:
    def one(number: int) -> int:
        try:
            return tried(1, address=f"192.0.2.{number}")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(one, range(16))) == 5
