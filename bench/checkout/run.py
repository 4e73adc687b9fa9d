"""One measurement from the first member to the last line of the table."""

import argparse
import time
from dataclasses import dataclass
from typing import Any

from bench.checkout import alone, crowd, limits, people, settlement, table
from bench.checkout.crowd import Paid, Place
from bench.checkout.parts import Parts
from bench.checkout.statements import Statements
from payments.models import Order
from receipts.models import Delivery, DeliveryState

WARM_UP = 12
MAILS_SECONDS = 120


@dataclass
class Found:
    """Everything that one run measured; CPU in seconds per checkout."""

    alone: alone.Alone
    paid: Paid
    cpu: dict[str, float]
    memory: dict[str, list[float]]
    bare: Paid
    bare_cpu: dict[str, float]
    bare_view: float
    hash: float
    pdf: float
    settlements: float
    pgbench: float


def run(parts: Parts, chosen: argparse.Namespace) -> int:
    """0 when every goal is met, else 1."""
    if chosen.keep:
        people.prepare()
    else:
        people.found(parts.folder, round(100_000 * chosen.scale))
    parts.start_neighbours()
    found = _measure(parts, chosen)
    table.show(found)
    return 0 if table.goals(found) else 1


def _measure(parts: Parts, chosen: argparse.Namespace) -> Found:
    place = Place(parts.url("web").removeprefix("http://"), parts.url("simulator"), people.PASSWORD)
    parts.start_web()
    crowd.pay_all(place, people.open_accounts(WARM_UP), at_once=4)
    looked = _look_alone(parts, place)
    paid, cpu, memory = _pay(parts, place, chosen)
    parts.stop("jobs")
    parts.start_web(bare=True)
    bare_paid, bare_cpu, bare_view = _bare(parts, place, chosen)
    parts.stop("web")
    attempts = settlement.prepare(people.open_accounts(2 * chosen.settlements))
    settlements, pgbench = settlement.best_rates(parts.server, attempts, parts.folder)
    return Found(
        alone=looked,
        paid=paid,
        cpu=cpu,
        memory=memory,
        bare=bare_paid,
        bare_cpu=bare_cpu,
        bare_view=bare_view,
        hash=limits.hash_seconds(),
        pdf=limits.pdf_seconds(),
        settlements=settlements,
        pgbench=pgbench,
    )


def _look_alone(parts: Parts, place: Place) -> alone.Alone:
    statements = Statements(parts.server.url())
    found = alone.look(place.journey(1, people.open_accounts(1)[0]), statements)
    statements.close()
    alone.write(found, parts.folder / "statements.txt")
    return found


def _pay(parts: Parts, place: Place, chosen: argparse.Namespace) -> tuple[Paid, dict[str, float], dict[str, Any]]:
    """The crowd, with the worker; the CPU is taken when the last letter has left."""
    emails = people.open_accounts(chosen.checkouts + WARM_UP)
    parts.start_jobs()
    crowd.pay_all(place, emails[:WARM_UP], at_once=4)
    wait_for_letters()
    before = parts.cpu()
    paid = crowd.pay_all(place, emails[WARM_UP:], at_once=chosen.members_at_once)
    wait_for_letters()
    cpu = _each(before, parts.cpu(), paid)
    return paid, cpu, parts.memory()


def _bare(parts: Parts, place: Place, chosen: argparse.Namespace) -> tuple[Paid, dict[str, float], float]:
    emails = people.open_accounts(chosen.checkouts + WARM_UP)
    crowd.pay_all(place, emails[:WARM_UP], at_once=4)
    before = parts.cpu()
    paid = crowd.pay_all(place, emails[WARM_UP:], at_once=chosen.members_at_once)
    cpu = _each(before, parts.cpu(), paid)
    somebody = place.journey(0, emails[0])
    somebody.log_in()
    return paid, cpu, limits.bare_view_seconds(parts, somebody.browser.cookies)


def _each(before: dict[str, float], after: dict[str, float], paid: Paid) -> dict[str, float]:
    return {name: (after[name] - before[name]) / max(1, paid.checkouts) for name in before}


def wait_for_letters() -> None:
    """Until every paid order's receipt was mailed, for MAILS_SECONDS at most."""
    give_up = time.monotonic() + MAILS_SECONDS
    while time.monotonic() < give_up:
        waiting = Order.objects.filter(paid_at__isnull=False, receipt=None).exists()
        if not waiting and not Delivery.objects.filter(state=DeliveryState.QUEUED).exists():
            return
        time.sleep(0.2)
