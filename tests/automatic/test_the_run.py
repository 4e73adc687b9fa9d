"""The worker's run: throttled, in office hours, idempotent, and no harm when workers are killed or meet."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import time_machine
from django.conf import settings as portal_settings
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from base.peru.lima import LIMA
from payments.checkout import reconcile
from payments.gateway import for_stored_cards
from payments.models import Attempt, AutomaticCharge, AutomaticTry, Letter
from payments.tasks import charge_automatically
from payments.ways.automatic import outcomes, run
from payments.ways.automatic.claim import claim
from simulators.niubiz.server import RunningSimulator
from staff.outside import automatic as troubles
from tests.automatic.card_on_file import charged
from tests.automatic.due_charges import a_due_charge

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parent.parent.parent


def at(hour: int, minute: int = 0) -> datetime:
    return datetime.now(LIMA).replace(hour=hour, minute=minute)


def queued() -> int:
    return ProcrastinateJob.objects.filter(task_name="payments.charge_automatically").count()


def a_worker(simulator: RunningSimulator) -> "subprocess.Popen[bytes]":
    """The real worker process, which ends when no job is left."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "cmp_portal.settings",
        "DATABASE_URL": database.geturl(),
        "EMAIL_URL": f"smtp://{portal_settings.EMAIL_HOST}:{portal_settings.EMAIL_PORT}",
        "NIUBIZ_SIMULATOR_URL": simulator.url,
        "AUTOMATIC_PAYMENT": "yes",
        "AUTOMATIC_PAYMENT_FROM_HOUR": "0",
        "AUTOMATIC_PAYMENT_UNTIL_HOUR": "24",
        "SUNAT_ENVIRONMENT": "off",
    }
    command = [sys.executable, "manage.py", "procrastinate", "worker", "--one-shot"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_a_worker_killed_while_the_bank_decides_charges_once_and_loses_nothing(simulator: RunningSimulator) -> None:
    charge = a_due_charge(simulator.control)
    simulator.control.fault("authorise", "delay", seconds=8)
    jobs.configure_task("payments.charge_automatically").defer(charge_id=charge.pk)
    worker = a_worker(simulator)
    until = time.monotonic() + 60
    while not charged(simulator) and time.monotonic() < until:
        time.sleep(0.05)
    worker.kill()
    worker.wait()

    attempt = Attempt.objects.get()
    assert (attempt.state, charged(simulator)) == ("authorising", ["60.00"])
    # The job of the dead worker is brought back, and another run hands the charge out again.
    assert not run.make(charge.pk)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert reconcile.ask_all_due() == 1
        assert outcomes.follow_all() == 1
    charge.refresh_from_db()
    assert (charge.state, charged(simulator)) == ("paid", ["60.00"])


def test_a_job_that_waited_into_the_night_charges_in_the_morning(simulator: RunningSimulator) -> None:
    charge = a_due_charge(simulator.control)
    today = timezone.localtime()
    with time_machine.travel(today.replace(hour=23, minute=0)):
        charge_automatically(charge.pk)
    assert charged(simulator) == []

    with time_machine.travel(today.replace(hour=11, minute=0)):
        charge_automatically(charge.pk)
    assert charged(simulator) == ["60.00"]


def test_a_worker_killed_before_the_request_left_loses_nothing(simulator: RunningSimulator) -> None:
    charge = a_due_charge(simulator.control)
    assert claim(charge.pk, merchant_id=for_stored_cards().merchant_id)
    assert not run.make(charge.pk)
    for minutes in (2, 40):
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            reconcile.ask_all_due()
            outcomes.follow_all()
    charge.refresh_from_db()
    assert (charge.state, charged(simulator)) == ("retrying", [])
    assert charge.next_on == timezone.localdate(timezone.now() + timedelta(minutes=40)) + timedelta(days=3)


def test_a_worker_killed_before_its_transaction_ends_leaves_the_charge_to_another(
    simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge = a_due_charge(simulator.control)
    with monkeypatch.context() as patched:
        patched.setattr(AutomaticTry.objects, "create", _killed)
        with pytest.raises(SystemExit):
            run.make(charge.pk)
    assert (Attempt.objects.count(), charged(simulator)) == (0, [])
    assert run.make(charge.pk)
    assert charged(simulator) == ["60.00"]


def _killed(*_: object, **__: object) -> None:
    raise SystemExit("kill -9")


def test_a_worker_killed_after_the_answer_is_followed_by_the_next_run(
    simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge = a_due_charge(simulator.control)
    with monkeypatch.context() as patched:
        patched.setattr(outcomes, "follow", _killed)
        with pytest.raises(SystemExit):
            run.make(charge.pk)
    assert outcomes.follow_all() == 1
    assert outcomes.follow_all() == 0
    charge.refresh_from_db()
    assert (charge.state, charged(simulator)) == ("paid", ["60.00"])


def test_four_workers_with_the_same_charge_make_it_once(simulator: RunningSimulator) -> None:
    charge = a_due_charge(simulator.control)

    def make(_: int) -> bool:
        try:
            return run.make(charge.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        assert sum(workers.map(make, range(8))) == 1
    assert charged(simulator) == ["60.00"]


def test_a_run_hands_out_no_more_than_the_setting_says(simulator: RunningSimulator, settings: Settings) -> None:
    settings.AUTOMATIC_PAYMENT_PER_MINUTE = 2
    for _ in range(5):
        a_due_charge(simulator.control)
    now = at(10)
    assert (run.dispatch(now), queued()) == (2, 2)
    # Nobody made them yet: the workers are slow, and get no more.
    assert run.dispatch(now + timedelta(minutes=1)) == 0
    for charge_id in AutomaticCharge.objects.exclude(queued_at=None).values_list("pk", flat=True):
        run.make(charge_id)
    assert run.dispatch(now + timedelta(minutes=2)) == 2
    # The jobs of the second two are lost.
    assert run.dispatch(now + timedelta(minutes=13)) == 2
    assert charged(simulator) == ["60.00", "60.00"]


def test_a_charge_whose_letter_is_too_young_takes_nobodys_room(simulator: RunningSimulator, settings: Settings) -> None:
    settings.AUTOMATIC_PAYMENT_PER_MINUTE = 1
    young, ready = a_due_charge(simulator.control), a_due_charge(simulator.control)
    Letter.objects.filter(pk=young.letter_id).update(sent_at=at(10) - timedelta(days=3) + timedelta(minutes=5))
    assert run.dispatch(at(10)) == 1
    ready.refresh_from_db()
    assert ready.queued_at
    assert run.make(ready.pk)
    assert run.dispatch(at(10, 6)) == 1


def test_a_charge_that_cannot_be_followed_delays_no_other(
    simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, paid, ready = (a_due_charge(simulator.control) for _ in range(3))
    follow = outcomes.follow
    with monkeypatch.context() as patched:
        patched.setattr(outcomes, "follow", lambda _: False)
        assert run.make(broken.pk)
        assert run.make(paid.pk)

    def breaking(charge_id: int) -> bool:
        if charge_id == broken.pk:
            raise ValueError
        return follow(charge_id)

    monkeypatch.setattr(outcomes, "follow", breaking)
    with pytest.raises(ExceptionGroup):
        run.dispatch(at(10))
    paid.refresh_from_db()
    ready.refresh_from_db()
    assert paid.state == "paid"
    assert ready.queued_at


def test_nobody_is_charged_at_night(simulator: RunningSimulator) -> None:
    a_due_charge(simulator.control)
    assert [run.dispatch(at(hour)) for hour in (0, 8, 19, 23)] == [0, 0, 0, 0]
    assert run.dispatch(at(9)) == 1


def test_a_gateway_that_leaves_charges_in_doubt_gets_no_more(simulator: RunningSimulator) -> None:
    for _ in range(run.MOST_UNCLEAR):
        run.make(a_due_charge(simulator.control, card="4000000000001042").pk)
    a_due_charge(simulator.control)
    Attempt.objects.update(questions_asked=1)
    assert run.gateway_unwell(timezone.now())
    assert run.dispatch(timezone.now()) == 0


def test_staff_are_told_of_charges_that_nobody_made(simulator: RunningSimulator, settings: Settings) -> None:
    a_due_charge(simulator.control)
    assert list(troubles.charges_not_made(at(10))) == []
    [late] = troubles.charges_not_made(at(12))
    assert late.words.startswith("Pago automático: 1 cobros de hoy o de antes no se hicieron")
    settings.AUTOMATIC_PAYMENT = False
    assert list(troubles.charges_not_made(at(12))) == []


def test_staff_are_told_when_many_cards_are_declined(simulator: RunningSimulator) -> None:
    for _ in range(troubles.MANY_TRIES):
        run.make(a_due_charge(simulator.control, card="4041650444437904").pk)
    [many] = troubles.many_declined(timezone.now())
    assert many.key.startswith("automatic-declined:")
    assert "20 de 20 cobros" in many.words
