"""An embedded PostgreSQL for the demo, daily work and the tests.

    python -m demo.database start|stop|status|url|reset|psql [--dir var/demo]

One server per directory, listening on a unix socket only. Any number of processes may call `start` at once: the first
starts the server, the others attach. Why it is done so: docs/decisions/0001-embedded-postgresql.md.
"""

import argparse
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psycopg

from demo.postgresql_programs import ROOT_HOME, Account, DatabaseError, find_programs, reachable_by, run, server_account

__all__ = ["DatabaseError", "Server", "start", "stop"]

DATABASE = USER = "portal"
START_SECONDS = 30
MAX_CONNECTIONS = 200
# A unix socket's path may have 107 characters, of which PostgreSQL's own name takes the last 15.
LONGEST_SOCKET_FOLDER = 90
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")
# Tests trade safety against a power cut for speed; nothing they write is worth keeping.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "log_min_messages": "fatal"}


@dataclass(frozen=True)
class Server:
    """The PostgreSQL server of `directory`. With durable=False it is fast and does not survive a power cut."""

    directory: Path
    durable: bool = True

    @cached_property
    def account(self) -> Account:
        return server_account()

    @cached_property
    def programs(self) -> Path:
        return reachable_by(self.account, find_programs())

    @cached_property
    def key(self) -> str:
        return hashlib.sha256(str(self.directory).encode()).hexdigest()[:12]

    @property
    def link(self) -> Path:
        """Where a person finds the files: the files themselves or, for root, a link to where they are."""
        return self.directory / "postgresql"

    @property
    def home(self) -> Path:
        return ROOT_HOME / self.key if os.geteuid() == 0 else self.link

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def socket_folder(self) -> Path:
        if len(str(self.home)) <= LONGEST_SOCKET_FOLDER and PLAIN_PATH.fullmatch(str(self.home)):
            return self.home
        # Short, and without blanks or accents, which an address would have to quote; made closed to others, and refused
        # if it is not ours.
        return Path("/tmp") / f"cmp-portal-{self.account.uid}-{self.key}"  # noqa: S108

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://{USER}@/{database}?host={self.socket_folder}"

    def answers(self) -> bool:
        """Whether a connection can be made now. The only proof of life believed: a process number can be reused."""
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError as refusal:
            return any(sign in str(refusal) for sign in ("starting up", "too many clients"))
        return True

    def start(self) -> str:
        """Start the server, or attach to it, with its database made; returns the DATABASE_URL."""
        self._make_home()
        with self._alone():
            if not self.answers():
                self._initialise()
                self._launch()
            self._create_database()
        return self.url()

    def stop(self, mode: str = "fast") -> bool:
        """Stop the server, breaking off open connections; False if it was not running."""
        if not self.home.exists() or not (self.data / "postmaster.pid").exists():
            return False
        with self._alone():
            return self._run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop", check=False).returncode == 0

    def reset(self) -> None:
        """Stop the server and delete its data."""
        self.stop("immediate")
        if self.home.exists():
            shutil.rmtree(self.home)
        if self.link.is_symlink():
            self.link.unlink()

    def _make_home(self) -> None:
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            if self.home != self.link:
                self._make_linked_home()
            self.home.mkdir(mode=0o700, exist_ok=True)
        except PermissionError as refusal:
            raise DatabaseError(
                f"{refusal.filename} belongs to another account (was this started as root before?); "
                f"use that account, or delete {self.directory}."
            ) from refusal
        self.account.own(self.home)
        if self.home != self.link:
            # script/demo --remove finds by this whose data these are.
            (self.home / "of").write_text(str(self.directory))

    def _make_linked_home(self) -> None:
        if not ROOT_HOME.exists():
            ROOT_HOME.mkdir(parents=True, exist_ok=True)
            # Whatever root's umask: another account runs the server.
            ROOT_HOME.chmod(0o755)
        if self.link.is_dir() and not self.link.is_symlink():
            raise DatabaseError(f"{self.link} was made by an ordinary user; start as that user, or delete it.")
        # Whoever deleted var/ wanted to start over, and cannot know that root's data lies elsewhere.
        if self.home.exists() and not self.link.is_symlink():
            self._forget_unclaimed()
        with contextlib.suppress(FileExistsError):
            self.link.symlink_to(self.home)

    def _forget_unclaimed(self) -> None:
        with self._alone():
            if not self.link.is_symlink():
                self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "stop", check=False)
                shutil.rmtree(self.data, ignore_errors=True)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            lock = open(self.home / "lock", "w")  # noqa: SIM115 - closed below, once the lock is no longer wanted
        except PermissionError as refusal:
            raise DatabaseError(f"{self.home} belongs to another account; use that one, or delete it.") from refusal
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it in, so that an interrupted start leaves nothing half made."""
        made_by = self.data / "PG_VERSION"
        if made_by.exists():
            self._refuse_other_version(made_by.read_text().strip())
            return
        part = self.home / "data.part"
        shutil.rmtree(part, ignore_errors=True)
        self._run(
            "initdb",
            *("-D", str(part), "-U", USER, "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"),
            *("--auth-local=trust", "--auth-host=reject", *([] if self.durable else ["--no-sync"])),
        )
        part.rename(self.data)

    def _refuse_other_version(self, made_by: str) -> None:
        here = self._run("postgres", "--version").stdout.split()[2].split(".")[0]
        if here != made_by:
            raise DatabaseError(
                f"The data in {self.data} was made by PostgreSQL {made_by} and this is {here}: "
                f"start over with 'reset', or set PORTAL_PG_BIN to the programs of PostgreSQL {made_by}."
            )

    def _launch(self) -> None:
        self._make_socket_folder()
        self._forget_dead_postmaster()
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_folder),
            "max_connections": str(MAX_CONNECTIONS),
            "shared_buffers": "64MB",
            "timezone": "UTC",
            **({} if self.durable else FORGETFUL),
        }
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        give_up = time.monotonic() + START_SECONDS
        while self._pg_ctl_start(options) != 0:
            # After a kill -9 the dead server's children hold its shared memory for a moment.
            if time.monotonic() > give_up or "is still in use" not in self._log_tail():
                raise DatabaseError(f"PostgreSQL did not start: {self._log_tail()} (whole log: {self.log})")
            time.sleep(0.2)

    def _pg_ctl_start(self, options: str) -> int:
        # No pipe for its output: the server inherits it, and reading the pipe's end would wait for the server's.
        command = ("pg_ctl", "-D", str(self.data), "-w", "-t", str(START_SECONDS), "-l", str(self.log), "-o", options)
        return self._run(*command, "start", check=False, output=subprocess.DEVNULL).returncode

    def _make_socket_folder(self) -> None:
        self.socket_folder.mkdir(mode=0o700, exist_ok=True)
        self.account.own(self.socket_folder)
        if self.socket_folder.stat().st_uid != self.account.uid:
            raise DatabaseError(f"{self.socket_folder} belongs to someone else; move the checkout to a shorter path.")

    def _forget_dead_postmaster(self) -> None:
        """Delete the lock files of a killed server whose number is a zombie's or now belongs to another program.

        PostgreSQL itself would take that process for its own and refuse to start; in containers, where numbers are
        small and nobody buries zombies, this happens.
        """
        for lock in (self.data / "postmaster.pid", self.socket_folder / ".s.PGSQL.5432.lock"):
            if lock.exists() and not self._lives(lock.read_text().partition("\n")[0]):
                lock.unlink()

    def _lives(self, pid: str) -> bool:
        try:
            return os.readlink(f"/proc/{pid}/cwd") == str(self.data.resolve())
        except PermissionError:
            # Another account's process, which PostgreSQL does not mistake for its own.
            return True
        except OSError:
            return False

    def _create_database(self) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _log_tail(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").strip().splitlines()
        except OSError:
            return "it left no log"
        return " / ".join(lines[-3:])

    def _run(
        self, *command: str, check: bool = True, output: int = subprocess.PIPE
    ) -> "subprocess.CompletedProcess[str]":
        return run(self.programs, self.account, *command, check=check, output=output)


def start(directory: Path | str, *, durable: bool = True) -> str:
    """Start or attach to the server of `directory`; returns its DATABASE_URL. Raises DatabaseError."""
    return Server(Path(directory).resolve(), durable).start()


def stop(directory: Path | str) -> bool:
    """Stop the server of `directory`; False if it was not running."""
    return Server(Path(directory).resolve()).stop()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m demo.database", description="The embedded PostgreSQL of the demo and the tests."
    )
    parser.add_argument(
        "command",
        choices=["start", "stop", "status", "url", "reset", "psql"],
        help="start (prints the DATABASE_URL), stop, status (exit code 3 when stopped), url, reset (deletes the data), "
        "psql (a prompt)",
    )
    parser.add_argument("--dir", type=Path, default=Path("var/demo"), help="whose server (default: var/demo)")
    chosen = parser.parse_args(arguments)
    try:
        return _obey(chosen.command, Server(chosen.dir.resolve()))
    except DatabaseError as refusal:
        print(f"database: {refusal}", file=sys.stderr)
        return 1


def _obey(command: str, server: Server) -> int:
    if command == "start":
        print(server.start())
    elif command == "stop":
        print("stopped" if server.stop() else "was not running")
    elif command == "status":
        return _report(server)
    elif command == "url":
        print(server.url())
    elif command == "reset":
        server.reset()
    elif command == "psql":
        os.execv(server.programs / "psql", ["psql", server.start()])  # noqa: S606
    return 0


def _report(server: Server) -> int:
    running = server.answers()
    print(f"{'running' if running else 'stopped'}  {server.url()}  files: {server.home}")
    return 0 if running else 3


if __name__ == "__main__":
    sys.exit(main())
