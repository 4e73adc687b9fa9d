"""The disk is gone and the backup is of this morning: the portal comes back, and no sol of the day is lost."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from demo.database import Server
from demo.postgresql_programs import find_programs
from members.models import User
from payments.models import Order, UnmatchedCharge
from payments.states import OrderState
from simulators.niubiz.server import RunningSimulator
from tests.payments.browser import Browser
from tests.payments.test_refunds import open_dues

ROOT = Path(__file__).resolve().parent.parent.parent
DRILL = "restore_drill"


def script(
    name: str, *arguments: str, server: Server | None = None, environment: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """As a person calls it; with a server, as the account that runs it."""
    place = ROOT / "script" / name
    if server:
        # A checkout may lie where that account cannot go.
        shutil.copytree(ROOT / "script" / "lib", server.home / "lib", dirs_exist_ok=True)
        place = shutil.copy(place, server.home)
    programs = str(server.programs if server else find_programs())
    return subprocess.run(
        [place, *arguments],
        env=environment or {"PATH": os.environ["PATH"], "PORTAL_PG_BIN": programs},
        cwd="/",
        **(server.account.popen_arguments() if server else {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def url_of(name: str) -> str:
    connection.ensure_connection()
    at = connection.connection.info
    secret = {"password": at.password} if at.password else {}
    return psycopg.conninfo.make_conninfo(at.dsn, dbname=name, **secret)


@contextmanager
def standing_on(name: str) -> Iterator[None]:
    """The portal's connection leads to another database of the same server."""
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual


@pytest.fixture
def empty_database(transactional_db: None) -> Iterator[str]:
    name = sql.Identifier(f"{DRILL}_{connection.settings_dict['NAME']}"[:60])
    with psycopg.connect(url_of("postgres"), autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        server.execute(sql.SQL("CREATE DATABASE {}").format(name))
        yield name.as_string().strip('"')
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("not_at_midnight")
def test_what_was_paid_after_the_backup_comes_back(
    ana: User, bruno: User, simulator: RunningSimulator, empty_database: str, tmp_path: Path
) -> None:
    browser, dues = Browser(ana, simulator), open_dues(ana)
    browser.pay(browser.order_of(dues[0]))
    opened = browser.order_of(dues[1])
    page = browser.press_pay(opened)
    saved = script("backup", "--dump", f"--database={url_of(connection.settings_dict['NAME'])}", str(tmp_path))
    assert saved.returncode == 2, "options take their value after a blank, as the help says"
    saved = script("backup", "--dump", "--database", url_of(connection.settings_dict["NAME"]), str(tmp_path))
    assert saved.returncode == 0, saved.stderr

    browser.finish(page, browser.type_card(page))
    browser.pay(browser.order_of(dues[2]))

    [dump] = tmp_path.glob("portal-*.dump")
    restored = script("restore", "--dump", str(dump), "--into", url_of(empty_database))
    assert restored.returncode == 0, restored.stderr
    since = re.search(r"--since=(\S+)", restored.stdout)
    assert since
    with standing_on(empty_database):
        call_command("verify_audit", stdout=StringIO())
        call_command("reconcile", f"--since={since[1]}", "--beyond=5", stdout=StringIO())
        call_command("verify_audit", stdout=StringIO())
        assert list(Order.objects.order_by("pk").values_list("state", flat=True)) == [OrderState.PAID, OrderState.PAID]
        assert [charge.amount for charge in UnmatchedCharge.objects.all()] == [dues[2].amount]
    assert script("restore", "--dump", str(dump), "--into", url_of(empty_database)).stderr.endswith(
        "nothing is overwritten here. Make an empty one with createdb.\n"
    )


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("drill"), durable=False)
    server.start()
    yield server
    server.reset()


def execute(server: Server, statement: Any) -> Any:
    with psycopg.connect(server.url(), autocommit=True) as session:
        return session.execute(statement).fetchone() if statement.startswith("SELECT") else session.execute(statement)


def archive_into(server: Server, folder: Path) -> None:
    """As docs/operations.md sets it up."""
    (folder / "wal").mkdir(parents=True)
    for path in (folder, folder / "wal"):
        server.account.own(path)
    command = f"test ! -f {folder}/wal/%f && cp %p {folder}/wal/%f.part && mv {folder}/wal/%f.part {folder}/wal/%f"
    execute(server, "ALTER SYSTEM SET archive_mode = 'on'")
    execute(server, f"ALTER SYSTEM SET archive_command = '{command}'")
    server.stop()
    server.start()


def test_a_server_goes_back_to_the_second_before_the_mistake(server: Server) -> None:
    folder = server.home / "backups"
    archive_into(server, folder)
    execute(server, "CREATE TABLE paid AS SELECT generate_series(1, 3) AS due")
    saved = script("backup", "--database", server.url(), "--keep", "1", str(folder), server=server)
    assert saved.returncode == 0, saved.stderr
    time.sleep(1)  # the copy is named by the second, and so is the moment to go back to
    execute(server, "INSERT INTO paid VALUES (4)")
    [before] = execute(server, "SELECT to_char(clock_timestamp() + '1 second', 'YYYY-MM-DD HH24:MI:SS\"+00\"')")
    time.sleep(1.1)
    execute(server, "DELETE FROM paid")
    execute(server, "SELECT pg_switch_wal()")
    server.stop()

    arguments = ("--base", str(folder), "--into", str(server.home / "back"), "--until", before)
    restored = script("restore", *arguments, server=server)
    assert restored.returncode == 0, restored.stderr
    server.data.rename(server.home / "lost")
    (server.home / "back").rename(server.data)
    server.start()

    assert execute(server, "SELECT count(*) FROM paid") == (4,)
    (server.home / "back").mkdir()
    server.account.own(server.home / "back")
    early = script("restore", *arguments[:5], "2020-01-01", server=server)
    assert "there is no copy" in early.stderr


@pytest.fixture
def apt_server(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of the distribution's PostgreSQL, whose programs are mostly not in PATH."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not installed:
        pytest.skip("This machine has no PostgreSQL of apt: apt-get install postgresql.")
    monkeypatch.setenv("PORTAL_PG_BIN", str(installed[-1].parent))
    server = Server(tmp_path_factory.mktemp("apt"), durable=False)
    server.start()
    yield server
    server.reset()


def test_the_drill_works_as_the_unit_runs_it_on_apts_postgresql(apt_server: Server) -> None:
    """systemd gives its units a PATH and nothing else; pg_verifybackup is not in it."""
    folder, back = apt_server.home / "backups", apt_server.home / "back"
    archive_into(apt_server, folder)
    execute(apt_server, "CREATE TABLE paid AS SELECT generate_series(1, 3) AS due")
    of_the_unit = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "DATABASE_URL": apt_server.url()}

    saved = script("backup", "--keep", "7", str(folder), server=apt_server, environment=of_the_unit)
    assert saved.returncode == 0, saved.stderr
    apt_server.stop()
    restored = script("restore", "--base", str(folder), "--into", str(back), server=apt_server, environment=of_the_unit)
    assert restored.returncode == 0, restored.stderr
    apt_server.data.rename(apt_server.home / "lost")
    back.rename(apt_server.data)
    apt_server.start()

    assert execute(apt_server, "SELECT count(*) FROM paid") == (3,)


@pytest.mark.parametrize("options", [[], ["--dump"]])
def test_a_missing_program_is_not_told_as_a_damaged_copy(server: Server, options: list[str]) -> None:
    folder, programs = server.home / "backups", server.home / "programs"
    programs.mkdir()
    for name in ("psql", "bash", "dirname", "readlink"):
        (programs / name).symlink_to(server.programs / name if name == "psql" else str(shutil.which(name)))
    libraries = os.environ.get("LD_LIBRARY_PATH", "")
    poor = {
        "PATH": str(programs),
        "PORTAL_PG_BIN": str(programs),
        "DATABASE_URL": server.url(),
        "LD_LIBRARY_PATH": libraries,
    }

    ended = script("backup", *options, str(folder), server=server, environment=poor)

    assert ended.returncode == 1
    assert re.search(r"pg_\w+ of PostgreSQL \d+ is not on this machine", ended.stderr), ended.stderr
    assert "damaged" not in ended.stderr
    assert not folder.exists()


@pytest.mark.parametrize("name", ["backup", "restore"])
def test_help_and_what_is_missing_are_told(name: str) -> None:
    assert script(name, "--help").stdout.startswith(f"Usage: script/{name}")
    assert script(name).returncode == 2
    assert "see script/" in script(name, "--nonsense").stderr
    assert "Set DATABASE_URL" in script("backup", "/nowhere").stderr
