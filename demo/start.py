"""The whole portal on one machine: `script/demo`, and `script/server` for daily work.

Takes its ports first, then starts the embedded PostgreSQL, the mail sink, the gateway simulator, the worker and the web
server, hands each its listening sockets, and waits until each answers with this demo's key. Stops all of them in the
opposite order when it is told to end or one of them dies.
"""

import argparse
import contextlib
import fcntl
import io
import os
import secrets
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from demo import database, journey, leaving, screen, unlocking
from demo.database import Server
from demo.history.rows import DAYS
from demo.ports import HOST, NoFreePortError, StrangerError, answers, greets, listening
from demo.postgresql_programs import DatabaseError
from demo.processes import Child, Family, ServerDiedError, family
from receipts.tax_office.certificate import make_pkcs12
from simulators.handed import KEY_VARIABLE

ROOT = Path(__file__).resolve().parent.parent
PREFERRED_PORTS = {"web": 8000, "simulator": 8001, "sunat": 8002, "inbox": 8025, "smtp": 1025}
PORT_NAMES = {
    "web": "portal",
    "simulator": "gateway simulator",
    "sunat": "SUNAT stand-in",
    "inbox": "page of mails",
    "smtp": "mail server",
}
ANSWER_SECONDS = 60
DEMO_RUC = "20000000001"
DEMO_PASSWORD = "demo"  # noqa: S105 - of a certificate that is worth nothing


class DemoError(Exception):
    """The demo cannot go on; the message is one sentence for the person at the terminal."""


@dataclass(frozen=True)
class Place:
    """Where this demo keeps its data, the sockets its servers listen on, and the key they answer with."""

    folder: Path
    sockets: dict[str, socket.socket]
    key: str = field(default_factory=partial(secrets.token_hex, 8))

    def port(self, server: str) -> int:
        return int(self.sockets[server].getsockname()[1])

    def url(self, server: str) -> str:
        return f"http://{HOST}:{self.port(server)}/"

    @property
    def mail(self) -> Path:
        return self.folder / "mail"

    @property
    def books(self) -> Path:
        return self.folder / "simulator.sqlite3"

    @property
    def filed(self) -> Path:
        return self.folder / "sunat.sqlite3"

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate.p12"

    @property
    def logs(self) -> Path:
        return self.folder / "log"


def main(arguments: list[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        if chosen.stop or chosen.remove:
            return _leave(chosen)
        if chosen.unlock:
            return _unlock()
        return _demo(chosen)
    except (DemoError, DatabaseError, NoFreePortError, ServerDiedError, StrangerError) as trouble:
        print(f"\ndemo: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.")
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="script/demo", description="The whole portal on this machine, with demo data."
    )
    parser.add_argument("--reset", action="store_true", help="delete the demo's data and start over")
    parser.add_argument(
        "--check",
        action="store_true",
        help="pay a due through a real browser, on fresh data of its own (var/check), and exit with 0 or 1",
    )
    parser.add_argument("--http", action="store_true", help="with --check: by plain HTTP even where a browser is")
    parser.add_argument("--develop", action="store_true", help="debug pages, and reload on change (script/server)")
    parser.add_argument("--stop", action="store_true", help="end the demo that runs in this checkout")
    parser.add_argument("--remove", action="store_true", help="end it and delete everything it left on this machine")
    parser.add_argument(
        "--unlock", action="store_true", help="let accounts of the running demo that had six declines pay"
    )
    parser.add_argument("--port", type=int, default=PREFERRED_PORTS["web"], help="of the web server (default 8000)")
    return parser


def _leave(chosen: argparse.Namespace) -> int:
    try:
        if chosen.remove:
            for place in leaving.remove(ROOT / "var"):
                print(f"Deleted {place}.")
        else:
            print("Stopped." if leaving.stop(ROOT / "var" / "demo") else "No demo runs here.")
    except (TimeoutError, OSError) as trouble:
        raise DemoError(str(trouble)) from trouble
    return 0


def _unlock() -> int:
    server = Server(ROOT / "var" / "demo")
    if not server.answers():
        raise DemoError("no demo runs here.")
    print(f"Declined cards forgotten: {unlocking.forget_declined(server.url())}.")
    return 0


def _interrupt(*_: object) -> None:
    # Once is enough: a second signal must not break off the stopping.
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _demo(chosen: argparse.Namespace) -> int:
    signal.signal(signal.SIGINT, _interrupt)
    folder = ROOT / "var" / ("check" if chosen.check else "demo")
    preferred = {**PREFERRED_PORTS, "web": chosen.port}
    with _alone_in(folder), listening(preferred) as sockets:
        if chosen.reset or chosen.check:
            _start_over(folder)
        place = Place(folder, sockets)
        _tell_moved_ports(place, preferred)
        with _running(place, develop=chosen.develop, history=not chosen.check) as servers:
            if chosen.check:
                return journey.check(portal=place.url("web"), inbox=place.url("inbox"), with_browser=not chosen.http)
            pages = {name: place.url(name) for name in ("web", "simulator", "sunat", "inbox")}
            print(screen.describe(pages, place.logs), flush=True)
            servers.watch()
    return 0


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a+")
    except PermissionError as refusal:
        raise DemoError(
            f"{refusal.filename} belongs to another account; use that one, or delete {folder}."
        ) from refusal
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise DemoError(f"another demo is running in {folder}; stop it with: script/demo --stop") from taken
        # For script/demo --stop, from another terminal.
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
        lock.truncate(0)


def _start_over(folder: Path) -> None:
    Server(folder).reset()
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != "lock":
            entry.unlink()


def _tell_moved_ports(place: Place, wished: dict[str, int]) -> None:
    for name, port in wished.items():
        if port not in (0, place.port(name)):
            print(f"Port {port} is taken: the {PORT_NAMES[name]} uses {place.port(name)}.")


@contextlib.contextmanager
def _running(place: Place, *, develop: bool, history: bool) -> Iterator[Family]:
    """Everything started and answering; on leaving, everything stopped, the last started first."""
    try:
        with _step("PostgreSQL"):
            url = database.start(place.folder)
        environment = _environment(place, url, develop=develop)
        _prepare(environment, place if history else None)
        with family(environment, place.logs) as servers, contextlib.ExitStack() as goodbye:
            goodbye.callback(print, "\nStopping …", flush=True)
            with _step("Mail, gateway and SUNAT stand-ins, worker and web server"):
                _start_servers(servers, place, develop=develop)
            yield servers
    finally:
        database.stop(place.folder)


@contextlib.contextmanager
def _step(name: str) -> Iterator[None]:
    began = time.monotonic()
    print(f"{name} … ", end="", flush=True)
    yield
    print(f"{time.monotonic() - began:.1f} s", flush=True)


def _environment(place: Place, database_url: str, *, develop: bool) -> dict[str, str]:
    return {
        # Ways to pay that a college switches on once it has them in its contract; the stand-in speaks them all.
        "YAPE": "yes",
        "PAYMENT_LINKS": "yes",
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "cmp_portal.settings",
        "PORTAL_MODE": "local",
        "PYTHONUNBUFFERED": "1",
        "DEBUG": str(develop),
        "SECRET_KEY": _secret_key(place.folder / "secret-key"),
        "DATABASE_URL": database_url,
        "PORTAL_URL": place.url("web").rstrip("/"),
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "NIUBIZ_ENVIRONMENT": "simulator",
        "AUTOMATIC_PAYMENT": "yes",
        "NIUBIZ_SIMULATOR_URL": place.url("simulator").rstrip("/"),
        "SUNAT_ENVIRONMENT": "simulator",
        "SUNAT_SIMULATOR_URL": place.url("sunat").rstrip("/"),
        "SIGNING_CERTIFICATE": str(_certificate(place.certificate)),
        "SIGNING_PASSWORD": DEMO_PASSWORD,
        "EMAIL_URL": f"smtp://{HOST}:{place.port('smtp')}",
        "STATIC_ROOT": str(place.folder / "static"),
        KEY_VARIABLE: place.key,
    }


def _secret_key(file: Path) -> str:
    """Kept between runs, so that a restart logs nobody out."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(50))
    return file.read_text()


def _certificate(file: Path) -> Path:
    """Made once and marked as worthless: whatever is signed with it can be told from a real document.

    It is older than the history of the demo, whose receipts it signs.
    """
    if not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(make_pkcs12(DEMO_RUC, DEMO_PASSWORD, begins=datetime.now(UTC) - 2 * timedelta(days=DAYS)))
    return file


def _prepare(environment: dict[str, str], history_of: Place | None) -> None:
    """Bring the schema and, in an empty database, the demo's people and dues, and ninety days of payments."""
    os.environ.update({**environment, "LOG_LEVEL": "WARNING"})
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    with _step("Schema"):
        _refuse_data_of_another_version()
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
    if not get_user_model().objects.exists():
        with _step("Demo data"):
            history = {"history": [history_of.books, history_of.filed]} if history_of else {}
            call_command("load_demo", verbosity=0, stdout=io.StringIO(), **history)


def _refuse_data_of_another_version() -> None:
    """Raises DemoError when the database knows migrations that this version has not: they were squashed since."""
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    if loader.applied_migrations.keys() - loader.disk_migrations.keys():
        raise DemoError("these data were made by another version of the portal; start over with script/demo --reset.")


def _start_servers(servers: Family, place: Place, *, develop: bool) -> None:
    """Start all of them, and return once each answers with this demo's key."""
    python, web = sys.executable, place.sockets["web"]
    worker = servers.start("worker", python, str(ROOT / "manage.py"), "procrastinate", "worker")
    portal = servers.start("web server", python, *(_reloading(web) if develop else _steady(web)), sockets=[web])
    _start_stand_ins(servers, place)
    _wait_for(place, "web", portal)
    worker.check_alive()


def _start_stand_ins(servers: Family, place: Place) -> None:
    smtp, inbox = place.sockets["smtp"], place.sockets["inbox"]
    mail = servers.start(
        *("mail sink", sys.executable, "-m", "demo.mail_sink", "--dir", str(place.mail)),
        *("--smtp-fd", str(smtp.fileno()), "--http-fd", str(inbox.fileno()), "--key", place.key),
        *("--staff-secret", screen.staff_secret()),
        sockets=[smtp, inbox],
    )
    simulator = _start_stand_in(servers, place, "simulator", "simulators.niubiz", place.books)
    sunat = _start_stand_in(servers, place, "sunat", "simulators.sunat", place.filed)
    _wait(mail, partial(greets, place.port("smtp"), place.key))
    for name, child in (("inbox", mail), ("simulator", simulator), ("sunat", sunat)):
        _wait_for(place, name, child)


def _start_stand_in(servers: Family, place: Place, name: str, module: str, books: Path) -> Child:
    handed = place.sockets[name]
    options = ("--fd", str(handed.fileno()), "--key", place.key, "--books", str(books))
    return servers.start(PORT_NAMES[name], sys.executable, "-m", module, *options, sockets=[handed])


def _steady(handed: socket.socket) -> list[str]:
    workers = ["--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    return ["-m", "gunicorn", "demo.web", "--bind", f"fd://{handed.fileno()}", *workers]


def _reloading(handed: socket.socket) -> list[str]:
    return ["-m", "demo.web", "--fd", str(handed.fileno())]


def _wait_for(place: Place, name: str, child: Child) -> None:
    _wait(child, partial(answers, place.url(name), place.key))


def _wait(child: Child, answered: Callable[[], bool]) -> None:
    child.wait_until(answered, seconds=ANSWER_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
