"""How many cards on file four workers charge in an hour against the stand-in, and whether a killed one loses any.

The members, their plans and the letters of four days ago are made first. Then the run hands out charges, and four real
worker processes make them; one of them is killed with -9 halfway and replaced. In life a minute passes between two runs
and ten until a lost job is handed out again; here they take no time and half a minute. Beside it stands the bound: as
many bare authorisations of cards on file, by four threads, without the portal.
"""

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import ROOT, database, heading, machine, row

if TYPE_CHECKING:
    from simulators.niubiz.server import Control

WORKERS = 4
GOAL_AN_HOUR = 20_000
#: Without progress for so long, the run is stuck.
STUCK_SECONDS = 120
LOST_SECONDS = 30


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="script/bench automatic", description=__doc__)
    parser.add_argument("--charges", type=int, default=600, help="cards to charge (default 600)")
    parser.add_argument("--dir", type=Path, default=ROOT / "var" / "bench" / "automatic", help="its database (emptied)")
    chosen = parser.parse_args(arguments)
    from simulators.niubiz.server import serve_in_thread

    gateway = serve_in_thread()
    os.environ |= {"NIUBIZ_SIMULATOR_URL": gateway.url, "AUTOMATIC_PAYMENT": "yes", "SUNAT_ENVIRONMENT": "off"}
    try:
        with database(chosen.dir.resolve()):
            return _measure(chosen.charges, gateway.control)
    finally:
        gateway.stop()


def _measure(charges: int, control: "Control") -> int:
    print(f"Charging {charges:,} cards on file by {WORKERS} workers\n{machine()}")
    _make(charges, control)
    bare = _bare(charges, control)
    seconds = _charge()
    twice, lost = _wrong(control)
    rate, bound = charges / seconds * 3600, charges / bare * 3600
    heading("Charges an hour")
    row("bare authorisations by four threads", f"{bound:,.0f}/h", ratio=1.0)
    row("four workers of the portal", f"{rate:,.0f}/h", ratio=rate / bound)
    print(f"{f'at least {GOAL_AN_HOUR:,}/h':46}{'ok' if rate >= GOAL_AN_HOUR else 'MISSED':>18}")
    heading("With one worker killed by -9")
    row("cards charged twice", str(twice), ratio=twice, limit=0)
    row("charges neither paid nor asked about", str(lost), ratio=lost, limit=0)
    return int(rate < GOAL_AN_HOUR or twice or lost)


def _make(charges: int, control: "Control") -> None:
    from tests.automatic.due_charges import a_due_charge

    for _ in range(charges):
        a_due_charge(control)


def _bare(charges: int, control: "Control") -> float:
    """Seconds for as many charges of one card by four threads that do nothing else."""
    from decimal import Decimal

    from payments.gateway import Approved, for_stored_cards
    from tests.automatic.due_charges import a_kept_card

    gateway, token = for_stored_cards(), a_kept_card(control).token

    def charge(number: int) -> None:
        answer = gateway.charge_stored_card(
            purchase_number=str(900_000_000 + number),
            amount=Decimal("60.00"),
            currency="PEN",
            card_token=token,
            first=number == 0,
            email="a@example.com",
        )
        assert isinstance(answer, Approved), answer

    charge(0)
    began = time.monotonic()
    with ThreadPoolExecutor(WORKERS) as threads:
        list(threads.map(charge, range(1, charges + 1)))
    return time.monotonic() - began


def _charge() -> float:
    """Seconds from the first charge until none waits any more."""
    from django.conf import settings
    from django.utils import timezone

    from payments.models import AutomaticCharge
    from payments.ways.automatic import run

    settings.AUTOMATIC_PAYMENT_PER_MINUTE = 6000
    settings.AUTOMATIC_PAYMENT_FROM_HOUR, settings.AUTOMATIC_PAYMENT_UNTIL_HOUR = 0, 24
    run.LOST_AFTER = timedelta(seconds=LOST_SECONDS)
    waiting = AutomaticCharge.objects.waiting()
    total, began, killed = waiting.count(), 0.0, False
    workers = [_worker() for _ in range(WORKERS)]
    started = time.monotonic()
    while (left := waiting.count()) and time.monotonic() < started + STUCK_SECONDS + total:
        run.dispatch(timezone.now())
        began = began or (time.monotonic() if left < total else 0.0)
        if not killed and left < total / 2:
            _kill(workers.pop())
            workers.append(_worker())
            killed = True
        time.sleep(0.1)
    ended = time.monotonic()
    for worker in workers:
        worker.terminate()
        worker.wait()
    return ended - began


def _kill(worker: "subprocess.Popen[bytes]") -> None:
    worker.kill()
    worker.wait()


def _worker() -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(ROOT / "manage.py"), "procrastinate", "worker", "--queues", "payments"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _wrong(control: "Control") -> tuple[int, int]:
    """Members charged more than once, and charges that nobody will ask about."""
    from django.db.models import Count

    from payments.checkout import reconcile
    from payments.models import Attempt, AutomaticCharge
    from payments.states import UNKNOWN_ATTEMPT_STATES
    from payments.ways.automatic import outcomes

    for attempt in Attempt.objects.filter(state__in=UNKNOWN_ATTEMPT_STATES):
        reconcile.ask(attempt.pk)
    outcomes.follow_all()
    tried = AutomaticCharge.objects.annotate(orders=Count("tries"))
    numbers = set(Attempt.objects.values_list("purchase_number", flat=True))
    booked = [charge for charge in control.books()["authorisations"] if charge["state"] == "authorised"]
    ours = sum(int(charge["purchase_number"]) in numbers for charge in booked)
    paid = tried.filter(state="paid").count()
    return tried.filter(orders__gt=1).count() + max(ours - paid, 0), tried.filter(state="announced").count()


if __name__ == "__main__":
    sys.exit(main())
