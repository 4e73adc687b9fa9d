"""Many members paying at the same time, from processes of their own."""

import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bench.checkout.browser import Browser
from bench.checkout.journey import Journey, Seen, WentWrong
from simulators.niubiz.server import Control

# Python threads that only wait for answers; more processes than this would take the cores that are measured.
PROCESSES = 2


@dataclass(frozen=True)
class Place:
    """Where members go: host and port of the portal, address of the gateway."""

    portal: str
    gateway: str
    password: str
    proxy: bool = False

    def journey(self, number: int, email: str) -> Journey:
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        return Journey(Browser(self.portal, address, self.proxy), Control(self.gateway), email, self.password)


@dataclass
class Paid:
    """What all members together saw; `wrong` names each page that was not what comes there."""

    seen: list[Seen] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    checkouts: int = 0
    seconds: float = 0.0

    def add(self, other: "Paid") -> None:
        self.seen += other.seen
        self.wrong += other.wrong
        self.checkouts += other.checkouts


Visit = Callable[[Journey], None]


def pay_all(place: Place, emails: Sequence[str], *, at_once: int, visit: Visit = Journey.pay) -> Paid:
    """Every one of `emails` pays once, `at_once` at a time."""
    began = time.monotonic()
    shares = [list(enumerate(emails))[share::PROCESSES] for share in range(PROCESSES)]
    all_paid = Paid()
    # A pool ends its processes by SIGTERM, which must not mean to them what it means to the measurement.
    to_default = (signal.SIGTERM, signal.SIG_DFL)
    with multiprocessing.get_context("fork").Pool(PROCESSES, signal.signal, to_default) as pool:
        work = [(place, share, max(1, at_once // PROCESSES), visit) for share in shares if share]
        for paid in pool.starmap(_pay_share, work):
            all_paid.add(paid)
    all_paid.seconds = time.monotonic() - began
    return all_paid


def _pay_share(place: Place, share: list[tuple[int, str]], at_once: int, visit: Visit) -> Paid:
    paid, lock = Paid(), threading.Lock()

    def one(numbered: tuple[int, str]) -> None:
        done = visit_once(place.journey(*numbered), visit)
        with lock:
            paid.add(done)

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(one, share))
    return paid


def visit_once(journey: Journey, visit: Visit) -> Paid:
    wrong = []
    try:
        visit(journey)
    except (WentWrong, OSError) as trouble:
        wrong.append(f"{journey.email}: {trouble!r}")
    finally:
        journey.browser.close()
    return Paid(journey.seen, wrong, checkouts=not wrong)
