"""A thousand members logged in, a hundred of them paying at any moment, for minutes; and what happens when more come.

Every member logs in once, then comes back to pay as long as it lasts. The measurement stands in for the proxy: it tells
each request when it came. Who is asked to come back (503 with Retry-After on the page of choosing) waits and does.
"""

import argparse
import logging
import queue
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.checkout import table
from bench.checkout.parts import Parts, Size, measured_parts
from bench.measure import ROOT, heading, machine, percentile

LOGINS_AT_ONCE = 12


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="script/bench load", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long members pay (default 5)")
    parser.add_argument("--members", type=int, default=1000, help="members logged in (default 1000)")
    parser.add_argument("--members-at-once", type=int, default=100, help="paying at the same time (default 100)")
    parser.add_argument("--web-workers", type=int, default=4, help="processes of gunicorn, 4 threads each (default 4)")
    parser.add_argument("--scale", type=float, default=0.05, help="1 is 100,000 members (default 0.05)")
    parser.add_argument("--dir", type=Path, default=ROOT / "var" / "bench" / "load", help="its database (emptied)")
    chosen = parser.parse_args(arguments)
    size = Size(web_workers=chosen.web_workers)
    with measured_parts(chosen.dir.resolve(), size, keep=False, proxy=True) as parts:
        import django

        django.setup()
        logging.disable(logging.INFO)
        print(
            f"Load: {chosen.members:,} members logged in, {chosen.members_at_once} paying at once, "
            f"{chosen.minutes:g} minutes\n{machine()}"
        )
        return _run(parts, chosen)


def _run(parts: Parts, chosen: argparse.Namespace) -> int:
    from bench.checkout import crowd, people

    # Three years of both kinds: a thousand members must not run out of what to pay.
    people.found(parts.folder, round(100_000 * chosen.scale), settled=False)
    parts.start_neighbours()
    parts.start_web()
    parts.start_jobs()
    place = crowd.Place(parts.url("web").removeprefix("http://"), parts.url("simulator"), people.PASSWORD, proxy=True)
    emails = people.open_accounts(chosen.members)
    crowd_of = Members([place.journey(number, email) for number, email in enumerate(emails)])
    crowd_of.log_in()
    crowd_of.pay_for(chosen.minutes * 60, at_once=chosen.members_at_once)
    return crowd_of.tell()


class Members:
    """All of them, logged in; `at_once` threads take one after the other through a payment."""

    def __init__(self, journeys: list[Any]) -> None:
        self._journeys = journeys
        self._free: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._wrong: Counter[str] = Counter()
        self._paid = 0
        self._seconds = 0.0
        self._lock = threading.Lock()

    def log_in(self) -> None:
        began = time.monotonic()
        with ThreadPoolExecutor(LOGINS_AT_ONCE) as pool:
            list(pool.map(lambda journey: journey.log_in(), self._journeys))
        print(f"{len(self._journeys):,} logged in, {len(self._journeys) / (time.monotonic() - began):.1f} a second")
        for journey in self._journeys:
            journey.seen.clear()
            self._free.put(journey)

    def pay_for(self, seconds: float, *, at_once: int) -> None:
        began = time.monotonic()
        threads = [threading.Thread(target=self._keep_paying, args=(began + seconds,)) for _ in range(at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._seconds = time.monotonic() - began

    def _keep_paying(self, until: float) -> None:
        while time.monotonic() < until:
            self._pay(self._free.get())

    def _pay(self, journey: Any) -> None:
        wrong = ""
        try:
            journey.choose_and_pay()
        except Exception as trouble:  # whatever a member meets is counted, and the others go on
            wrong = repr(trouble)[:150]
        journey.pages.clear()
        with self._lock:
            self._paid += not wrong
            self._wrong[wrong] += 1
        self._free.put(journey)

    def tell(self) -> int:
        """0 when there was no error; a 503 of the page of choosing is none."""
        seen = [one for journey in self._journeys for one in journey.seen]
        away = sum(one.status == 503 for one in seen)
        failed = sum(one.status >= 500 for one in seen) - away
        heading(f"{'page':20}{'requests':>10}{'median':>12}{'p95':>12}{'most':>12}")
        for page, times in table.by_page([one for one in seen if one.status < 500]).items():
            shown = (percentile(times, 0.5), percentile(times, 0.95), max(times))
            print(f"{page:20}{len(times):10,}" + "".join(f"{seconds * 1000:9.0f} ms" for seconds in shown))
        heading("In all")
        print(f"{'payments':40}{self._paid:10,}{self._paid / self._seconds:12.1f}/s")
        print(f"{'asked to come back (503, choosing only)':40}{away:10,}")
        print(f"{'other answers of 500 and more':40}{failed:10,}")
        for wrong, times in self._wrong.most_common(6):
            if wrong:
                print(f"  - {times:,} × {wrong}")
        return 1 if failed or self._wrong.total() != self._paid else 0


if __name__ == "__main__":
    sys.exit(main())
