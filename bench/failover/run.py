"""Conduct one run: cluster up, members paying, three kills, quiet, verdict."""

import argparse
import os
import platform
import time
from dataclasses import dataclass
from typing import Any

from bench.chaos import run as chaos
from bench.failover.cluster import HOSTS, NODES, Cluster, fresh_cluster
from bench.failover.probe import Probe, Writes, reads

# After which share of the payments each dies.
KILLS = {"web host": 0.1, "worker": 0.2, "primary": 0.35}
# What a member was asking of a host when it died, and until the proxy leaves it out.
AFTER_KILL_SECONDS = 4.0


@dataclass
class Killed:
    what: str
    which: str
    at: float
    wall: float


def run(chosen: argparse.Namespace) -> int:
    """0 when nothing was lost or charged twice, else 1."""
    with fresh_cluster(chosen.dir, lambda ports, url: chaos._environment(chosen, ports, url)) as cluster:
        os.environ.update(cluster.servers.environment)
        began = time.monotonic()
        cluster.start_servers()
        print(f"Primary and synchronous standby up after {time.monotonic() - began:.0f} s", flush=True)
        accounts = chaos._prepare(chosen)
        cluster.start_workers()
        return Conductor(chosen, cluster, accounts).conduct()


class Conductor(chaos.Conductor):
    parts: Cluster

    def __init__(self, chosen: argparse.Namespace, cluster: Cluster, accounts: list[Any]) -> None:
        super().__init__(chosen, cluster, accounts)
        self.killed: list[Killed] = []
        self.writes = Writes(cluster.sql())
        self.probes = [Probe("a write", self.writes.write), Probe("a page", reads(cluster.url("web")))]

    def conduct(self) -> int:
        for probe in self.probes:
            probe.start()
        crowd = self._send_the_crowd()
        try:
            seconds = self._while_they_pay(crowd)
        finally:
            crowd.leave()
        quiet = self._until_quiet(crowd)
        ended = time.monotonic()
        for probe in self.probes:
            probe.over.set()
        self._note_outages(ended)
        counts = self._verdict()
        lost = self.writes.lost()
        self._show(crowd, counts, lost, seconds, quiet, ended)
        return 1 if lost or len(self.killed) < len(KILLS) or any(count.value for count in counts) else 0

    def _break_what_is_due(self, done: int) -> None:
        for what, share in KILLS.items():
            if done >= share * self.chosen.payments and what not in [killed.what for killed in self.killed]:
                kill = getattr(self.parts, f"kill_{what.replace(' ', '_')}")
                at, wall = time.monotonic(), time.time()
                self.killed.append(Killed(what, kill(), at, wall))
                return

    def _silence(self, killed: Killed, probe: Probe, ended: float) -> float:
        later = [other.at for other in self.killed if other.at > killed.at]
        return probe.longest_silence(killed.at, min(later, default=ended))

    def _note_outages(self, ended: float) -> None:
        """A page that fails in these moments is counted, and not held against the portal."""
        for killed in self.killed:
            silence = max(self._silence(killed, probe, ended) for probe in self.probes)
            self.parts.outages.append((killed.wall, killed.wall + silence + AFTER_KILL_SECONDS))

    def _show(self, crowd: Any, counts: list[Any], lost: list[int], seconds: float, quiet: float, ended: float) -> None:
        from bench.chaos import table

        machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
        print(f"\nFailover: {len(NODES)} database nodes, {len(HOSTS)} web hosts, 2 workers on one machine ({machine})")
        print(
            f"{self.chosen.payments} visits, {self.chosen.workers} at once: {seconds:.0f} s, quiet {quiet:.0f} s later"
        )
        table._section("Seconds in which nothing worked, longest   (a write / a page)")
        for killed in self.killed:
            write, page = (self._silence(killed, probe, ended) for probe in self.probes)
            print(f"{f'kill -9 {killed.what} ({killed.which})':<48}{write:>10.1f} /{page:>8.1f}")
        table._section("In the end")
        for ending, times in crowd.endings.most_common():
            table._row(f"visits that ended with: {ending}", times)
        for name, value in table.in_the_end(self).items():
            table._row(name, value)
        table._row("standbys that follow the primary again", self.parts.standbys())
        table._section("Must be 0")
        table._row(f"acknowledged writes lost, of {len(self.writes.acknowledged):,}", len(lost))
        for count in counts:
            table._row(count.name, count.value)
            for case in count.cases[:3]:
                print(f"    - {case}")
        broken = bool(lost) or any(count.value for count in counts)
        print(f"\n{'BROKEN' if broken else 'All 0.'}", flush=True)
