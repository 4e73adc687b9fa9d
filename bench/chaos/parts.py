"""The real parts as processes, each of which may be killed and comes back: what systemd does in production.

Start and revive them from one thread that lives as long as they do: the kernel ends a child whose starter ends.
"""

import contextlib
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests

from demo.database import Server
from demo.ports import HOST, listening
from demo.processes import Child, Family, family

ROOT = Path(__file__).resolve().parent.parent.parent
ANSWER_SECONDS = 60
WEB_WORKERS, WEB_THREADS = 2, 12
JOB_WORKERS, JOBS_AT_ONCE = 2, 4
# The sockets that each part inherits; a part that comes back gets the same ones.
LISTENS_ON = {"mail": ("smtp", "inbox"), "simulator": ("simulator",), "web": ("web",)}


@dataclass
class Parts:
    """Everything that runs. `outages` are the Unix times between which PostgreSQL was dead or not yet back.

    `sockets` listen already; a part inherits those that LISTENS_ON names. A part without one binds its port itself.
    """

    folder: Path
    server: Server
    ports: dict[str, int]
    sockets: dict[str, socket.socket]
    servers: Family
    outages: list[tuple[float, float]] = field(default_factory=list)
    _lives: dict[str, int] = field(default_factory=dict)
    _running: dict[str, Child] = field(default_factory=dict)

    def url(self, name: str) -> str:
        return f"http://{HOST}:{self.ports[name]}"

    def start_servers(self) -> None:
        """Those that do not look at the database before somebody asks them."""
        for name in ("mail", "simulator", "web"):
            self._start(name)

    def start_workers(self) -> None:
        """The job workers, once there are tables; returns when everything answers."""
        for number in range(1, JOB_WORKERS + 1):
            self._start(f"jobs {number}")
        for name in ("simulator", "web", "inbox"):
            owner = self._running[{"inbox": "mail"}.get(name, name)]
            owner.wait_until(lambda name=name: _answers(self.url(name)), seconds=ANSWER_SECONDS)

    def commands(self) -> dict[str, list[str]]:
        threads = ["--worker-class", "gthread", "--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS)]
        bound = ["--bind", f"fd://{self.sockets['web'].fileno()}"]
        return {
            "web": [sys.executable, "-m", "gunicorn", "cmp_portal.wsgi", *bound, *threads],
            **self.commands_beside_the_web(),
        }

    def commands_beside_the_web(self) -> dict[str, list[str]]:
        python, handed = sys.executable, {name: str(held.fileno()) for name, held in self.sockets.items()}
        mail = ["--dir", str(self.folder / "mail"), "--smtp-fd", handed["smtp"], "--http-fd", handed["inbox"]]
        books = ["--fd", handed["simulator"], "--books", str(self.folder / "simulator.sqlite3")]
        jobs = [str(ROOT / "manage.py"), "procrastinate", "worker", "--concurrency", str(JOBS_AT_ONCE)]
        return {
            "mail": [python, "-m", "demo.mail_sink", *mail],
            "simulator": [python, "-m", "bench.chaos.gateway", *books],
            **{f"jobs {number}": [python, *jobs] for number in range(1, JOB_WORKERS + 1)},
        }

    def _start(self, name: str) -> None:
        self._lives[name] = self._lives.get(name, 0) + 1
        handed = [self.sockets[own] for own in LISTENS_ON.get(name, ()) if own in self.sockets]
        self._running[name] = self.servers.start(f"{name} {self._lives[name]}", *self.commands()[name], sockets=handed)

    def revive(self) -> None:
        """Start again whatever ended, killed by us or not."""
        for name, child in list(self._running.items()):
            if child.process.poll() is not None:
                self.servers.children.remove(child)
                self._start(name)

    # --- Killing

    def kill_web_worker(self, place: int) -> bool:
        """kill -9 one of gunicorn's workers; its master starts another. False if none was up."""
        workers = sorted(children_of(self._running["web"].process.pid))
        return bool(workers) and _kill(workers[place % len(workers)])

    def kill_job_worker(self, place: int) -> bool:
        return _kill(self._running[f"jobs {place % JOB_WORKERS + 1}"].process.pid)

    def kill_postgresql(self) -> bool:
        """kill -9 the server with all its processes, and start it again on what it left on disk."""
        began = time.time()
        postmaster = int((self.server.data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGSTOP)  # or a process born between the look and the kill would outlive it
        for pid in (postmaster, *children_of(postmaster)):
            _kill(pid)
        time.sleep(0.3)
        self.server.start()
        self.outages.append((began, time.time()))
        return True


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def children_of(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            # The second field, the program's name, may hold blanks and parentheses.
            if entry.name.isdigit() and int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(entry.name))
    return found


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=10, proxies={"http": ""}).status_code < 500
    except requests.RequestException:
        return False


@contextlib.contextmanager
def fresh_parts(folder: Path, environment: Callable[[dict[str, int], str], dict[str, str]]) -> Iterator[Parts]:
    """An empty database, and a place for the rest; on leaving, all is stopped. The files stay for whoever looks."""
    server = Server(folder)
    server.reset()
    for kept in folder.iterdir():
        if kept.name != "lock":
            shutil.rmtree(kept) if kept.is_dir() else kept.unlink()
    try:
        url = server.start()
        with (
            listening(dict.fromkeys(("web", "simulator", "smtp", "inbox"), 0)) as sockets,
            family(environment(ports_of(sockets), url), folder / "log") as servers,
        ):
            yield Parts(folder, server, ports_of(sockets), sockets, servers)
    finally:
        server.stop("immediate")


def ports_of(sockets: Mapping[str, socket.socket]) -> dict[str, int]:
    return {name: int(held.getsockname()[1]) for name, held in sockets.items()}


def free_ports(*names: str) -> dict[str, int]:
    """Ports the system says are free, no two alike, for programs that cannot inherit a socket."""
    with contextlib.ExitStack() as held:
        trials = {name: held.enter_context(socket.socket()) for name in names}
        for trial in trials.values():
            trial.bind((HOST, 0))
        return {name: trial.getsockname()[1] for name, trial in trials.items()}
