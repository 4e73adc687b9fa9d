"""The processes of a measurement: started together, asked for their CPU and memory, stopped whatever happens."""

import contextlib
import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.chaos.parts import ports_of
from bench.processes import cpu_seconds, memory_mb
from demo.database import Server
from demo.ports import HOST, listening
from demo.processes import Child, Family, family

ANSWER_SECONDS = 60
BOOKS = "simulator.sqlite3"
BARE_URLS = "bench.checkout.bare"


@dataclass(frozen=True)
class Size:
    """How the portal is run: processes and threads of the web server, job workers with jobs at once."""

    web_workers: int = 2
    web_threads: int = 4
    job_workers: int = 1
    jobs_at_once: int = 4


@dataclass
class Parts:
    folder: Path
    server: Server
    sockets: dict[str, socket.socket]
    servers: Family
    size: Size

    def url(self, name: str) -> str:
        return f"http://{HOST}:{ports_of(self.sockets)[name]}"

    def start_neighbours(self) -> None:
        """Whoever the portal talks to: the mail server and the gateway."""
        python, handed = sys.executable, {name: held.fileno() for name, held in self.sockets.items()}
        mail = ("--dir", self.folder / "mail", "--smtp-fd", handed["smtp"], "--http-fd", handed["inbox"])
        books = ("--fd", handed["simulator"], "--books", self.folder / BOOKS)
        self._start("mail", python, "-m", "demo.mail_sink", *mail, listens_on=("smtp", "inbox"))
        self._start("simulator", python, "-m", "simulators.niubiz", *books, listens_on=("simulator",))
        for name, port in (("mail", "inbox"), ("simulator", "simulator")):
            self._wait_for(self._child(name), self.url(port))

    def start_web(self, *, bare: bool = False) -> None:
        """gunicorn, ready to answer; with `bare` it serves the bare flow instead of the portal, in the same way."""
        self.stop("web")
        size = self.size
        threads = ("--workers", size.web_workers, "--threads", size.web_threads, "--worker-class", "gthread")
        place = ("--bind", f"fd://{self.sockets['web'].fileno()}")
        self.servers.environment = {**os.environ, **({"BENCH_URLCONF": BARE_URLS} if bare else {})}
        self._start("web", sys.executable, "-m", "gunicorn", "cmp_portal.wsgi", *place, *threads, listens_on=("web",))
        self.servers.environment = dict(os.environ)
        self._wait_for(self._child("web"), self.url("web") + ("/bare/" if bare else "/cuenta/login/"))

    def start_jobs(self) -> None:
        for number in range(1, self.size.job_workers + 1):
            at_once = ("--concurrency", self.size.jobs_at_once)
            self._start(f"jobs {number}", sys.executable, "-m", "bench.checkout.worker", self._printing, *at_once)

    @contextlib.contextmanager
    def worker_paused(self) -> Iterator[None]:
        """Its jobs wait, and it spends nothing."""
        for pid in self._pids("jobs"):
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in self._pids("jobs"):
                os.kill(pid, signal.SIGCONT)

    def stop(self, name: str) -> None:
        for child in [child for child in self.servers.children if child.name.startswith(name)]:
            child.stop()
            self.servers.children.remove(child)

    def web_pid(self) -> int:
        return self._pids("web")[0]

    def postmaster(self) -> int:
        return int((self.server.data / "postmaster.pid").read_text().split()[0])

    def cpu(self) -> dict[str, float]:
        """CPU-seconds so far of web, worker and PostgreSQL."""
        return {
            "web": sum(map(cpu_seconds, self._pids("web"))),
            "worker": sum(map(cpu_seconds, self._pids("jobs"))),
            "PostgreSQL": cpu_seconds(self.postmaster()),
        }

    def printing(self) -> float:
        """CPU-seconds that the workers spent so far on the paper of receipts."""
        return sum(map(float, self._printing.read_text().split())) if self._printing.exists() else 0.0

    @property
    def _printing(self) -> Path:
        return self.folder / "printing.txt"

    def memory(self) -> dict[str, list[float]]:
        """Megabytes of each process by name, the largest first."""
        roots = {"web": self._pids("web"), "worker": self._pids("jobs"), "PostgreSQL": [self.postmaster()]}
        return {
            name: sorted((mb for pid in pids for mb in memory_mb(pid).values()), reverse=True)
            for name, pids in roots.items()
        }

    def _pids(self, name: str) -> list[int]:
        return [child.process.pid for child in self.servers.children if child.name.startswith(name)]

    def _child(self, name: str) -> Child:
        return next(child for child in self.servers.children if child.name == name)

    def _start(self, name: str, *command: object, listens_on: tuple[str, ...] = ()) -> None:
        self.servers.start(name, *map(str, command), sockets=[self.sockets[own] for own in listens_on])

    def _wait_for(self, child: Child, url: str) -> None:
        from bench.checkout.browser import answers

        child.wait_until(lambda: answers(url), seconds=ANSWER_SECONDS)


@contextlib.contextmanager
def measured_parts(folder: Path, size: Size, *, keep: bool, proxy: bool = False) -> Iterator[Parts]:
    """PostgreSQL, emptied unless `keep`, counting its statements; ports for the rest. All is stopped on leaving.

    With `proxy` the portal believes what a proxy in front tells it.
    """
    server = Server(folder)
    if not keep:
        server.reset()
        # A gateway that remembers the purchase numbers of another database would take none of them again.
        (folder / BOOKS).unlink(missing_ok=True)
    # Ten thousand letters of earlier runs would take the mail server a minute to list.
    shutil.rmtree(folder / "mail", ignore_errors=True)
    (folder / "printing.txt").unlink(missing_ok=True)
    try:
        server.start()
        _count_statements(server)
        with listening(dict.fromkeys(("web", "simulator", "smtp", "inbox"), 0)) as sockets:
            os.environ |= _environment(folder, ports_of(sockets), server.url()) | {"BEHIND_PROXY": str(proxy)}
            with family(os.environ, folder / "log") as servers:
                yield Parts(folder, server, sockets, servers, size)
    finally:
        server.stop()


def _count_statements(server: Server) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
    server.stop()
    server.start()
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")


def _environment(folder: Path, ports: dict[str, int], database_url: str) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "bench.checkout.settings",
        "PORTAL_MODE": "local",
        "PYTHONUNBUFFERED": "1",
        "DEBUG": "false",
        "LOG_LEVEL": "INFO",
        "LOG_FORMAT": "json",
        "DATABASE_URL": database_url,
        "PORTAL_URL": f"http://{HOST}:{ports['web']}",
        "NIUBIZ_ENVIRONMENT": "simulator",
        "SUNAT_ENVIRONMENT": "off",
        "NIUBIZ_SIMULATOR_URL": f"http://{HOST}:{ports['simulator']}",
        "EMAIL_URL": f"smtp://{HOST}:{ports['smtp']}",
        "STATIC_ROOT": str(folder / "static"),
    }
