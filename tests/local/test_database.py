"""The embedded PostgreSQL: started once however many ask, and nothing acknowledged is lost."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cmp_portal.local import database
from cmp_portal.local.database import DatabaseError, Server
from cmp_portal.local.postgresql_programs import find_programs


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "var", durable=False)
    yield server
    server.reset()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server shared by the tests that do it no harm."""
    server = Server(tmp_path_factory.mktemp("running"), durable=False)
    server.start()
    yield server
    server.reset()


def postmaster(server: Server) -> int:
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


def test_a_second_start_attaches_to_the_running_server(running: Server) -> None:
    first = postmaster(running)
    with psycopg.connect(running.start()) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("portal",)
    assert postmaster(running) == first


def test_several_processes_may_start_at_once(server: Server) -> None:
    command = [sys.executable, "-m", "cmp_portal.local.database", "start", "--dir", str(server.directory)]
    starting = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    urls = {process.communicate(timeout=30)[0].strip() for process in starting}
    assert urls == {server.url()}
    assert [process.returncode for process in starting] == [0, 0, 0, 0]


def test_what_was_committed_survives_a_killed_server(tmp_path: Path) -> None:
    server = Server(tmp_path / "var")
    try:
        with psycopg.connect(server.start()) as connection:
            connection.execute("CREATE TABLE paid AS SELECT generate_series(1, 1000) AS due")
        os.kill(postmaster(server), signal.SIGKILL)
        with psycopg.connect(server.start()) as connection:
            assert connection.execute("SELECT count(*) FROM paid").fetchone() == (1000,)
    finally:
        server.reset()


def test_a_dead_servers_number_taken_by_another_program_does_not_block_the_start(server: Server) -> None:
    server.start()
    lines = (server.data / "postmaster.pid").read_text().splitlines()
    server.stop()
    (server.data / "postmaster.pid").write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
    server.start()
    assert server.answers()


def test_an_interrupted_first_start_is_made_anew(server: Server) -> None:
    server._make_home()
    (server.home / "data.part" / "base").mkdir(parents=True)
    server.start()
    assert server.answers()


def test_stop_says_when_nothing_ran(server: Server) -> None:
    assert not server.stop()


def test_nothing_listens_on_tcp(running: Server) -> None:
    with psycopg.connect(running.url()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_a_long_path_still_gets_a_socket(tmp_path: Path) -> None:
    server = Server(tmp_path / ("largo" * 20), durable=False)
    try:
        with psycopg.connect(server.start()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.reset()


def test_data_of_another_version_is_refused_in_a_sentence(server: Server) -> None:
    server._make_home()
    server.data.mkdir()
    (server.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(DatabaseError, match="made by PostgreSQL 9 and this is"):
        server.start()


def test_deleting_the_folder_starts_over(server: Server) -> None:
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE kept (fact text)")
    assert server.stop()
    assert not server.answers()
    shutil.rmtree(server.directory)
    with psycopg.connect(server.start()) as connection:
        assert connection.execute("SELECT to_regclass('kept')").fetchone() == (None,)


def test_a_named_folder_without_postgresql_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PORTAL_PG_BIN", str(tmp_path))
    with pytest.raises(DatabaseError, match="no initdb in it"):
        find_programs()


def test_the_command_reports_and_its_exit_code_tells(running: Server, tmp_path: Path) -> None:
    assert database.main(["status", "--dir", str(running.directory)]) == 0
    assert database.main(["status", "--dir", str(tmp_path)]) == 3
