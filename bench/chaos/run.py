"""Conduct one run: parts up, members paying, faults by plan, quiet, verdict."""

import argparse
import contextlib
import math
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.chaos.apps import PLANT
from bench.chaos.parts import Parts, fresh_parts
from bench.chaos.plan import GATEWAY, KILLS, Plan, make_plan
from bench.chaos.plan import LAST as LAST_PLANNED
from demo.ports import HOST

SWEEP_SECONDS = 2.0
QUIET_FOR_SECONDS = 3.0
# A run that is not quiet after this is judged as it stands.
LONGEST_CROWD_SECONDS_PER_PAYMENT, LEAST_CROWD_SECONDS = 1.5, 120
LONGEST_QUIET_SECONDS_PER_PAYMENT, LEAST_QUIET_SECONDS = 0.4, 120
DUES_OF_A_VISIT = 3
# A few never strike: the member leaves first, or the process to be killed is down already.
SPARE_FAULTS = 0.02


@dataclass
class Injected:
    """What was really done to the portal, by kind."""

    counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, fault: str) -> None:
        with self._lock:
            self.counts[fault] += 1

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def run(chosen: argparse.Namespace) -> int:
    """0 when every count is 0, else 1."""
    # Imported late: they need Django, which needs the database's address.
    with fresh_parts(chosen.dir, lambda ports, url: _environment(chosen, ports, url)) as parts:
        os.environ.update(parts.servers.environment)
        parts.start_servers()
        accounts = _prepare(chosen)
        parts.start_workers()
        return Conductor(chosen, parts, accounts).conduct()


def _environment(chosen: argparse.Namespace, ports: dict[str, int], database_url: str) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "bench.chaos.settings",
        "PORTAL_MODE": "local",
        "PYTHONUNBUFFERED": "1",
        "DEBUG": "false",
        "LOG_LEVEL": "WARNING",
        "DATABASE_URL": database_url,
        "PORTAL_URL": f"http://{HOST}:{ports['web']}",
        "NIUBIZ_ENVIRONMENT": "simulator",
        "SUNAT_ENVIRONMENT": "off",
        "NIUBIZ_SIMULATOR_URL": f"http://{HOST}:{ports['simulator']}",
        "EMAIL_URL": f"smtp://{HOST}:{ports['smtp']}",
        "STATIC_ROOT": str(chosen.dir / "static"),
        PLANT: chosen.plant or "",
    }


def _prepare(chosen: argparse.Namespace) -> list[Any]:
    import django

    django.setup()
    from django.core.management import call_command

    from bench.chaos.crowd import bulk_create

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    months = min(36, 3 + DUES_OF_A_VISIT * -(-chosen.payments // chosen.members) // 2)
    return bulk_create(chosen.members, months=months)


class Conductor:
    """Holds the baton: the only thread that starts, kills and revives processes."""

    def __init__(self, chosen: argparse.Namespace, parts: Parts, accounts: list[Any]) -> None:
        from bench.chaos.browser import Witness
        from simulators.niubiz.server import Control

        self.chosen = chosen
        self.parts = parts
        self.accounts = accounts
        faults = math.ceil(chosen.faults * (1 + SPARE_FAULTS))
        self.plan: Plan = make_plan(payments=chosen.payments, faults=faults, seed=chosen.seed)
        self.chance = random.Random(f"conductor {chosen.seed}")
        self.witness = Witness()
        self.gateway = Control(parts.url("simulator"))
        self.injected = Injected()
        self.over = threading.Event()
        self.began = time.monotonic()
        self._swept_at = self._told_at = 0.0
        self._replaced = False
        self._waiting: list[tuple[int, str]] = list(self.plan.conducted)

    def conduct(self) -> int:
        from bench.chaos import table

        crowd = self._send_the_crowd()
        try:
            crowd_seconds = self._while_they_pay(crowd)
        finally:
            crowd.leave()
        self._count_gateway_faults()
        with contextlib.suppress(Exception):
            self.gateway.clear_faults()
        quiet_seconds = self._until_quiet(crowd)
        counts = self._verdict()
        table.show(self, crowd, counts, crowd_seconds, quiet_seconds)
        return 1 if any(count.value for count in counts) else 0

    def _send_the_crowd(self) -> Any:
        from bench.chaos.browser import Device
        from bench.chaos.crowd import Crowd, bank_pays
        from bench.chaos.member import Account, Scene

        def device(account: Account, place: int) -> Device:
            return Device(
                self.parts.url("web"),
                session_key=account.session_keys[place],
                address=account.address,
                witness=self.witness,
            )

        form = f"{self.parts.url('simulator')}/env/simulator/token"
        scene = Scene(device, self.gateway, form, bank_pays, self.injected.count, self.over)
        crowd = Crowd(self.accounts, scene, troubles=self.plan.visits, seed=self.chosen.seed)
        crowd.come(self.chosen.payments, workers=self.chosen.workers)
        return crowd

    def _while_they_pay(self, crowd: Any) -> float:
        began = time.monotonic()
        longest = LEAST_CROWD_SECONDS + LONGEST_CROWD_SECONDS_PER_PAYMENT * self.chosen.payments
        while not crowd.gone and time.monotonic() - began < longest:
            self._break_what_is_due(crowd.done)
            if not self._replaced and crowd.done >= LAST_PLANNED * self.chosen.payments and not self._waiting:
                self._replaced = True
                self._replace_what_will_not_strike()
            self._tend(crowd)
            time.sleep(0.1)
        return time.monotonic() - began

    def _replace_what_will_not_strike(self) -> None:
        """There may be fewer voids or questions than troubles for them: the last payments get as many others."""
        waiting = self.gateway.faults()["waiting"]
        idle = [fault for fault in waiting if fault["operation"] != "authorise"]
        self.gateway.clear_faults()
        names = [name for name, fault in GATEWAY.items() if fault[0] == "authorise"]
        for name in self.chance.choices(names, k=len(idle)):
            self._trouble_gateway(name)
        for fault in waiting:
            if fault not in idle:
                self.gateway.fault(**fault)

    def _tend(self, crowd: Any) -> None:
        self.parts.revive()
        self._sweep()
        self._tell(crowd)

    # --- Breaking

    def _break_what_is_due(self, done: int) -> None:
        while self._waiting and self._waiting[0][0] <= done:
            fault = self._waiting.pop(0)[1]
            if fault in KILLS:
                self._kill(fault)
                return  # one at a time, so that what died is seen to before the next
            self._trouble_gateway(fault)

    def _kill(self, fault: str) -> None:
        place = self.chance.randrange(100)
        kills: dict[str, Callable[[], bool]] = {
            "kill -9 a web worker": lambda: self.parts.kill_web_worker(place),
            "kill -9 a job worker": lambda: self.parts.kill_job_worker(place),
            "kill -9 PostgreSQL": self.parts.kill_postgresql,
        }
        if kills[fault]():
            self.injected.count(fault)

    def _trouble_gateway(self, fault: str) -> None:
        operation, kind, seconds, _ = GATEWAY[fault]
        self.gateway.fault(operation, kind, seconds=seconds)  # type: ignore[arg-type]

    def _count_gateway_faults(self) -> None:
        """Those that struck. A delay of a bank's story is counted there and not here."""
        struck = Counter(self.gateway.faults()["struck"])
        struck["authorise:delay"] -= self.injected.counts["bank: during the charge"]
        for name, (operation, kind, _, _) in GATEWAY.items():
            self.injected.counts[name] += max(0, struck[f"{operation}:{kind}"])

    # --- Healing

    def _sweep(self) -> None:
        """The cron's minute comes every few seconds."""
        if time.monotonic() - self._swept_at < SWEEP_SECONDS:
            return
        self._swept_at = time.monotonic()
        from procrastinate.contrib.django import app as jobs
        from procrastinate.exceptions import AlreadyEnqueued

        with self._database():
            for name in ("payments.sweep", "receipts.sweep", "portal.bring_back_jobs"):
                with contextlib.suppress(AlreadyEnqueued):
                    jobs.configure_task(name).defer(timestamp=int(time.time()))

    @contextlib.contextmanager
    def _database(self) -> Iterator[None]:
        """Ours may be cut off too."""
        from django.db import Error, connection
        from procrastinate.exceptions import AlreadyEnqueued, ConnectorException

        try:
            yield
        except AlreadyEnqueued:
            pass
        except (Error, ConnectorException):
            connection.close()

    def _until_quiet(self, crowd: Any) -> float:
        began = time.monotonic()
        longest = LEAST_QUIET_SECONDS + LONGEST_QUIET_SECONDS_PER_PAYMENT * self.chosen.payments
        quiet_since = None
        while time.monotonic() - began < longest:
            self._tend(crowd)
            if self._unsettled():
                quiet_since = None
            elif quiet_since is None:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > QUIET_FOR_SECONDS:
                break
            time.sleep(0.5)
        return time.monotonic() - began

    def _unsettled(self) -> dict[str, int]:
        from bench.chaos import quiet

        return quiet.unsettled()

    def _verdict(self) -> list[Any]:
        from bench.chaos.verdict import Verdict
        from demo.mailbox import Mailbox

        self.judged = Verdict(
            books=self.gateway.books(),
            mailbox=Mailbox(self.parts.folder / "mail"),
            witness=self.witness,
            outages=self.parts.outages,
        )
        return self.judged.counts()

    # --- Telling

    def _tell(self, crowd: Any) -> None:
        every = 1.0 if sys.stderr.isatty() else 10.0
        if time.monotonic() - self._told_at < every:
            return
        self._told_at = time.monotonic()
        from bench.chaos import quiet

        with self._database():
            waiting = ", ".join(f"{count} {name}" for name, count in quiet.unsettled().items()) or "nothing open"
            done = f"{crowd.done}/{self.chosen.payments} visits, {self.injected.total} faults of members and kills"
            line = f"{time.monotonic() - self.began:4.0f} s  {done}; {waiting}"
            end = "\x1b[K\r" if sys.stderr.isatty() else "\n"
            print(line, end=end, file=sys.stderr, flush=True)


def default_folder() -> Path:
    return Path(__file__).resolve().parent.parent.parent / "var" / "chaos"
