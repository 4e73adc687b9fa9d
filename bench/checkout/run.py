"""One measurement from the first member to the last line of the table."""

import argparse
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from bench.checkout import alone, crowd, limits, people, settlement, table, wire
from bench.checkout.crowd import Paid, Place
from bench.checkout.parts import Parts
from bench.checkout.statements import Statements
from payments.models import Order
from receipts.issuing.issue import LATELY
from receipts.models import Delivery, DeliveryState

WARM_UP = 12
# Every connection of the web server has prepared the queries of every page by then.
ALONE_WARM_UP = 40
COST_ROUNDS = 3
MAILS_SECONDS = 120


@dataclass
class Found:
    """Everything that one run measured; CPU in seconds per checkout."""

    alone: alone.Alone
    paid: Paid
    #: Of a checkout, when many pay at once and the worker beside them: all that PostgreSQL was sent, by how many paid.
    statements: float
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
    alone.wait_for_a_minute()
    crowd.pay_all(place, people.open_accounts(WARM_UP), at_once=4)
    looked = _look_alone(parts, place)
    paid, statements, memory = _pay(parts, place, chosen)
    ours, bare, bare_view = _cost(parts, place, chosen)
    parts.stop("jobs")
    parts.stop("web")
    with settlement.copied_database(parts.server):
        attempts = settlement.prepare(people.open_accounts(2 * chosen.settlements))
        settlements, pgbench = settlement.best_rates(parts.server, attempts, parts.folder)
    return Found(
        alone=looked,
        paid=paid,
        statements=statements,
        cpu=ours.each(),
        memory=memory,
        bare=bare.paid,
        bare_cpu=bare.each(),
        bare_view=bare_view,
        hash=limits.hash_seconds(),
        pdf=ours.printing / max(1, ours.paid.checkouts),
        settlements=settlements,
        pgbench=pgbench,
    )


def _look_alone(parts: Parts, place: Place) -> alone.Alone:
    """One member on a portal behind the relay that counts round trips; nobody else's figures pass through it."""
    with wire.tapped(parts.server) as (tap, url), _database_url(url):
        parts.start_web()
        crowd.pay_all(place, people.open_accounts(ALONE_WARM_UP), at_once=1)
        statements = Statements(parts.server.url(), tap)
        found = alone.look(place.journey(1, people.open_accounts(1)[0]), statements)
        statements.close()
        parts.stop("web")
    parts.start_web()
    alone.write(found, parts.folder / "statements.txt")
    return found


@contextmanager
def _database_url(url: str) -> Iterator[None]:
    """Of the processes that are started meanwhile."""
    before = os.environ["DATABASE_URL"]
    os.environ["DATABASE_URL"] = url
    try:
        yield
    finally:
        os.environ["DATABASE_URL"] = before


def _pay(parts: Parts, place: Place, chosen: argparse.Namespace) -> tuple[Paid, float, dict[str, Any]]:
    """The crowd, with the worker beside it."""
    statements = Statements(parts.server.url())
    emails = people.open_accounts(chosen.checkouts + WARM_UP)
    parts.start_jobs()
    crowd.pay_all(place, emails[:WARM_UP], at_once=4)
    wait_for_letters()
    statements.forget()
    paid = crowd.pay_all(place, emails[WARM_UP:], at_once=chosen.members_at_once)
    wait_for_letters()
    sent = statements.counted().statements
    statements.close()
    return paid, sent / max(1, paid.checkouts), parts.memory()


def _cost(parts: Parts, place: Place, chosen: argparse.Namespace) -> tuple["Spent", "Spent", float]:
    """CPU of the portal and of the bare flow, in turns: what else the machine does meanwhile falls on both. The worker
    does its part when the members have paid: beside them it would slow the portal's web server and not the bare one's.
    """
    ours, bare = Spent(), Spent()
    for _ in range(COST_ROUNDS):
        parts.start_web()
        emails = _warmed_up(place, chosen.checkouts // COST_ROUNDS)
        with parts.worker_paused(), ours.counting(parts):
            ours.pay(place, emails, chosen.members_at_once)
        with ours.counting(parts):
            wait_for_letters()
        parts.start_web(bare=True)
        emails = _warmed_up(place, chosen.checkouts // COST_ROUNDS)
        with bare.counting(parts):
            bare.pay(place, emails, chosen.members_at_once)
    somebody = place.journey(0, emails[0])
    somebody.log_in()
    return ours, bare, limits.bare_view_seconds(parts, somebody.browser.cookies)


def _warmed_up(place: Place, members: int) -> list[str]:
    """Accounts of so many members, after others have paid on a web server that just started."""
    emails = people.open_accounts(members + WARM_UP)
    crowd.pay_all(place, emails[:WARM_UP], at_once=4)
    wait_for_letters()
    return emails[WARM_UP:]


@dataclass
class Spent:
    """What some members' payments cost in CPU-seconds; `paid` is what they saw."""

    paid: Paid = field(default_factory=Paid)
    cpu: Counter[str] = field(default_factory=Counter)
    printing: float = 0.0

    @contextmanager
    def counting(self, parts: Parts) -> Iterator[None]:
        before, printing = parts.cpu(), parts.printing()
        yield
        self.cpu.update({name: spent - before[name] for name, spent in parts.cpu().items()})
        self.printing += parts.printing() - printing

    def pay(self, place: Place, emails: Sequence[str], at_once: int) -> None:
        paid = crowd.pay_all(place, emails, at_once=at_once)
        self.paid.add(paid)
        self.paid.seconds += paid.seconds

    def each(self) -> dict[str, float]:
        return {name: spent / max(1, self.paid.checkouts) for name, spent in self.cpu.items()}


def wait_for_letters() -> None:
    """Until every paid order's receipt was mailed, for MAILS_SECONDS at most."""
    give_up = time.monotonic() + MAILS_SECONDS
    while time.monotonic() < give_up:
        waiting = Order.objects.filter(paid_at__gt=timezone.now() - LATELY, receipt=None).exists()
        if not waiting and not Delivery.objects.filter(state=DeliveryState.QUEUED).exists():
            return
        time.sleep(1)  # asking costs PostgreSQL what is being measured
