"""Flame graphs of the five pages that cost the web server most CPU.

So many members go through the journey in step: nobody opens the next page before all have had this one, and meanwhile
py-spy looks at gunicorn. What the pages cost is told by the kernel, the pictures show of what it consists.
"""

import argparse
import logging
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bench.checkout.parts import Parts, Size, measured_parts
from bench.measure import ROOT, heading, machine
from bench.processes import cpu_seconds

PICTURES = 5
SAMPLES_PER_SECOND = 400
STEP_SECONDS = 120


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="script/bench profile", description=__doc__)
    parser.add_argument("--scale", type=float, default=0.01, help="1 is 100,000 members (default 0.01)")
    parser.add_argument("--members", type=int, default=40, help="members who go in step (default 40)")
    parser.add_argument(
        "--dir", type=Path, default=ROOT / "var" / "bench" / "profile", help="database (emptied), *.svg"
    )
    chosen = parser.parse_args(arguments)
    with measured_parts(chosen.dir.resolve(), Size(web_workers=1), keep=False) as parts:
        import django

        django.setup()
        logging.disable(logging.INFO)
        print(f"{chosen.members} members in step\n{machine()}")
        _run(parts, chosen.members, round(100_000 * chosen.scale))
    return 0


def _run(parts: Parts, members: int, of: int) -> None:
    from bench.checkout import crowd, people

    people.found(parts.folder, of)
    parts.start_neighbours()
    parts.start_web()
    place = crowd.Place(parts.url("web").removeprefix("http://"), parts.url("simulator"), people.PASSWORD)
    crowd.pay_all(place, people.open_accounts(8), at_once=4)
    step = Step(parts.web_pid(), parts.folder, members)
    _in_step(step, [place.journey(n, email) for n, email in enumerate(people.open_accounts(members))])
    _tell(step.costs, members, parts.folder)


def _in_step(step: "Step", journeys: list) -> None:  # type: ignore[type-arg]  # Django must be set up to import it
    with ThreadPoolExecutor(len(journeys)) as pool:
        for journey in journeys:
            journey.before = step.wait_for_all
            pool.submit(_pay, journey, step)


def _pay(journey, step: "Step") -> None:  # type: ignore[no-untyped-def]
    journey.pay()
    step.wait_for_all("")


@dataclass
class Step:
    """Where all members are: between two pages the last one to arrive changes py-spy over to the next."""

    web: int
    folder: Path
    members: int
    costs: dict[str, float] = field(default_factory=dict)
    _page: str = ""
    _began_at: float = 0.0
    _next: str = ""
    _spy: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        self._barrier = threading.Barrier(self.members, action=self._change, timeout=STEP_SECONDS)

    def wait_for_all(self, page: str) -> None:
        self._next = page
        self._barrier.wait()

    def _change(self) -> None:
        if self._page:
            self.costs[self._page] = cpu_seconds(self.web) - self._began_at
            self._stop_looking()
        self._page = self._next
        if self._page:
            self._look()
            self._began_at = cpu_seconds(self.web)

    def _look(self) -> None:
        picture = self.folder / f"{self._page.replace(' ', '-')}.svg"
        how = ("--rate", str(SAMPLES_PER_SECOND), "--subprocesses", "--gil", "--output", str(picture))
        spy = ROOT / ".venv" / "bin" / "py-spy"
        self._spy = subprocess.Popen(
            [spy, "record", "--pid", str(self.web), *how], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        threading.Event().wait(1.0)  # it reads the interpreter's symbols first

    def _stop_looking(self) -> None:
        if self._spy:
            self._spy.send_signal(signal.SIGINT)  # it writes the picture then
            self._spy.wait(60)


def _tell(costs: dict[str, float], members: int, folder: Path) -> None:
    """The costliest keep their pictures."""
    heading("CPU of the web server for one request")
    for place, (page, cost) in enumerate(sorted(costs.items(), key=lambda found: -found[1])):
        picture = folder / f"{page.replace(' ', '-')}.svg"
        if place >= PICTURES:
            picture.unlink(missing_ok=True)
        shown = picture.relative_to(ROOT) if picture.exists() and picture.is_relative_to(ROOT) else ""
        print(f"{page:20}{cost / members * 1000:10.1f} ms   {shown}")


if __name__ == "__main__":
    sys.exit(main())
