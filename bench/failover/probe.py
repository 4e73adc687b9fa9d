"""Asks all the time, as a member would who presses reload: can one write, can one read?"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import psycopg
import requests

EVERY_SECONDS = 0.1


@dataclass
class Probe:
    """The moments (monotonic) at which it worked. Shared by its thread and whoever reads."""

    name: str
    act: Callable[[], None]
    worked: list[float] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        threading.Thread(target=self._ask, daemon=True).start()

    def _ask(self) -> None:
        while not self.over.wait(EVERY_SECONDS):
            try:
                self.act()
            except (psycopg.Error, requests.RequestException):
                continue
            self.worked.append(time.monotonic())

    def longest_silence(self, since: float, until: float) -> float:
        """Seconds between two successes, of the longest such time that a moment in between fell into."""
        moments = [since, *(at for at in self.worked if since < at < until), until]
        return max(after - before for before, after in pairwise(moments))


class Writes:
    """Rows written one by one through the proxy; those that were acknowledged must all be there in the end."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.acknowledged: list[int] = []
        self._connection: psycopg.Connection | None = None
        self._number = 0
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE failover_probe (number integer)")

    def write(self) -> None:
        self._number += 1
        try:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(self.url, autocommit=True, connect_timeout=2)
            self._connection.execute("INSERT INTO failover_probe VALUES (%s)", [self._number])
        except psycopg.Error:
            self._connection = None
            raise
        self.acknowledged.append(self._number)

    def lost(self) -> list[int]:
        with psycopg.connect(self.url) as connection:
            there = {row[0] for row in connection.execute("SELECT number FROM failover_probe")}
        return [number for number in self.acknowledged if number not in there]


def reads(url: str) -> Callable[[], None]:
    """A page that the database must answer."""

    def read() -> None:
        requests.get(f"{url}/salud/lista/", timeout=2, proxies={"http": ""}).raise_for_status()

    return read
