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

from demo import database
from demo.database import Server
from demo.postgresql_programs import DatabaseError, find_programs


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that was started once, in a folder too deep for a socket's path."""
    server = Server(tmp_path_factory.mktemp("largo" * 20))
    server.start()
    yield server
    server.reset()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "var", durable=False)
    yield server
    server.reset()


def postmaster(server: Server) -> int:
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


def test_a_second_start_attaches_to_the_running_server(server: Server) -> None:
    first = postmaster(server)
    with psycopg.connect(server.start()) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("portal",)
    assert postmaster(server) == first


def test_nothing_listens_on_tcp(server: Server) -> None:
    with psycopg.connect(server.start()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_only_we_may_enter_the_folder_of_the_socket(server: Server) -> None:
    assert server.socket_folder.stat().st_mode & 0o077 == 0


def test_what_was_committed_survives_a_killed_server(server: Server) -> None:
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE paid AS SELECT generate_series(1, 1000) AS due")
    os.kill(postmaster(server), signal.SIGKILL)
    with psycopg.connect(server.start()) as connection:
        assert connection.execute("SELECT count(*) FROM paid").fetchone() == (1000,)


def test_a_dead_servers_number_taken_by_another_program_does_not_block_the_start(server: Server) -> None:
    server.start()
    lines = (server.data / "postmaster.pid").read_text().splitlines()
    server.stop()
    (server.data / "postmaster.pid").write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
    server.start()
    assert server.answers()


def test_the_command_reports_and_its_exit_code_tells(server: Server, tmp_path: Path) -> None:
    server.start()
    assert database.main(["status", "--dir", str(server.directory)]) == 0
    assert database.main(["status", "--dir", str(tmp_path)]) == 3


def test_several_first_starts_at_once_make_one_server_even_after_an_interrupted_one(fresh: Server) -> None:
    fresh._make_home()
    (fresh.home / "data.part" / "base").mkdir(parents=True)
    command = [sys.executable, "-m", "demo.database", "start", "--dir", str(fresh.directory)]
    starting = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    urls = {process.communicate(timeout=60)[0].strip() for process in starting}
    assert urls == {fresh.url()}
    assert [process.returncode for process in starting] == [0, 0, 0]


def test_deleting_the_folder_starts_over(fresh: Server) -> None:
    fresh.start()
    assert fresh.stop()
    assert not fresh.answers()
    (fresh.data / "left").touch()
    shutil.rmtree(fresh.directory)
    fresh._make_home()
    assert not fresh.data.exists()


def test_stop_says_when_nothing_ran(fresh: Server) -> None:
    assert not fresh.stop()


def test_data_of_another_version_is_refused_in_a_sentence(fresh: Server) -> None:
    fresh._make_home()
    fresh.data.mkdir()
    (fresh.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(DatabaseError, match="made by PostgreSQL 9 and this is"):
        fresh.start()


def test_a_named_folder_without_postgresql_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PORTAL_PG_BIN", str(tmp_path))
    with pytest.raises(DatabaseError, match="no initdb in it"):
        find_programs()


def test_a_checkout_with_blanks_and_accents_in_its_path_has_a_server(tmp_path: Path) -> None:
    server = Server(tmp_path / "cuotas del colegio á", durable=False)
    try:
        with psycopg.connect(server.start()) as session:
            assert session.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.reset()
