"""One member alone, page by page: how many statements PostgreSQL gets, how often
the portal waits for it, and how many bytes a cold cache takes."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench.checkout.browser import Browser
from bench.checkout.journey import Journey
from bench.checkout.statements import Counted, Statements
from bench.measure import run

#: Of a minute: a journey and two short lives of the worker fit into the rest.
LATEST_SECOND = 15
STATIC = re.compile(r'(?:href|src)="(/static/[^"]+)"')


@dataclass
class Alone:
    """Of one journey: statements and bytes by page, what the worker added, and the files each page links to."""

    pages: dict[str, Counted] = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    worker: int = 0
    worker_round_trips: int = 0
    worker_text: str = ""

    @property
    def statements(self) -> int:
        return sum(counted.statements for counted in self.pages.values()) + self.worker

    @property
    def round_trips(self) -> int:
        return sum(counted.round_trips for counted in self.pages.values()) + self.worker_round_trips

    @property
    def brackets(self) -> int:
        return sum(counted.brackets for counted in self.pages.values())

    @property
    def weight(self) -> int:
        """Bytes of the whole journey: each page, and each file once."""
        return sum(self.bytes.values()) + sum(self.files.values())


def look(journey: Journey, statements: Statements) -> Alone:
    """The worker must not be running: it is let do the one receipt, and its own upkeep is taken off."""
    found = Alone()
    _one_shot()
    journey.before = _counting(found.pages, statements, journey)
    journey.pay()
    journey.before("")
    found.bytes = {seen.page: seen.bytes for seen in journey.seen}
    found.files = _files(journey)
    work, upkeep = _counted(statements, _one_shot), _counted(statements, _one_shot)
    found.worker, found.worker_text = work.statements - upkeep.statements, work.text
    found.worker_round_trips = work.round_trips - upkeep.round_trips
    return found


def _counting(pages: dict[str, Counted], statements: Statements, journey: Journey) -> Callable[[str], None]:
    def before(_: str) -> None:
        if journey.seen:
            pages[journey.seen[-1].page] = statements.counted()
        statements.forget()

    return before


def wait_for_a_minute() -> None:
    """So that the jobs of each minute run before, and not beside, what is counted."""
    late = time.time() % 60
    if late > LATEST_SECOND:
        time.sleep(60 - late)


def _one_shot() -> None:
    """The worker starts, does what waits, and ends."""
    run("procrastinate", "worker", "--one-shot", "--concurrency", "1")


def _counted(statements: Statements, do: Callable[[], None]) -> Counted:
    statements.forget()
    do()
    return statements.counted()


def _files(journey: Journey) -> dict[str, int]:
    """Styles, scripts and pictures that the pages link to, as a browser with an empty cache would take them."""
    visitor = Browser(journey.browser.host, journey.browser.address)
    return {path: visitor.get(path).bytes for page in journey.pages for path in STATIC.findall(page)}


def write(found: Alone, path: Path) -> None:
    """Every statement of every page, to look for what is asked twice."""
    parts = [
        f"{page}: {c.statements} + {c.brackets}, {c.round_trips} round trips\n{c.text}"
        for page, c in found.pages.items()
    ]
    path.write_text(
        "\n\n".join([*parts, f"worker: {found.worker}, {found.worker_round_trips} round trips\n{found.worker_text}"])
        + "\n",
        encoding="utf-8",
    )
