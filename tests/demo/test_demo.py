"""script/demo: what it refuses, and in how many words."""

import contextlib
import fcntl
import os
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from demo import ports, screen, start
from demo.ports import StrangerError
from demo.processes import family
from demo.start import DemoError, Place

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = sorted(
    file.name
    for file in (ROOT / "script").iterdir()
    if file.is_file() and file.read_bytes().startswith(b"#!/usr/bin/env bash")
)


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_explains_itself(script: str) -> None:
    said = subprocess.run([ROOT / "script" / script, "--help"], capture_output=True, text=True, check=True)
    # Those of a server of its own speak its administrator's language.
    ways = (f"usage: script/{script}", f"uso: script/{script}", f"uso: {script}")
    assert said.stdout.lower().startswith(ways)


@pytest.mark.parametrize("arguments", [["--resett"], ["--port", "http"]])
def test_an_argument_it_does_not_know_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        start.main(arguments)
    assert leaving.value.code == 2
    assert "usage: script/demo" in capsys.readouterr().err


def test_a_second_demo_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DemoError, match="another demo is running"), start._alone_in(tmp_path):
            pass


def test_starting_over_leaves_nothing_but_the_lock(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "1.eml").write_text("Subject: uno\n\nhola")
    (tmp_path / "simulator.sqlite3").touch()
    (tmp_path / "lock").touch()
    start._start_over(tmp_path)
    assert [kept.name for kept in tmp_path.iterdir()] == ["lock"]


def test_the_secret_key_is_kept_between_runs_and_closed_to_others(tmp_path: Path) -> None:
    file = tmp_path / "secret-key"
    assert start._secret_key(file) == start._secret_key(file)
    assert file.stat().st_mode & 0o077 == 0


def test_the_screen_lines_its_columns_up() -> None:
    assert screen._columns(["number", "code"], [["4551708161768059", "111"]]).splitlines() == [
        "    number            code",
        "    4551708161768059  111",
    ]


@contextlib.contextmanager
def parts_of(folder: Path, preferred: dict[str, int]) -> Iterator[Place]:
    """A demo's stand-ins and its mail server, started as the demo starts them."""
    with ports.listening(preferred) as sockets, family(os.environ, folder / "log") as servers:
        place = Place(folder, sockets)
        start._start_stand_ins(servers, place)
        yield place


def test_two_demos_started_at_once_have_each_its_own_parts(tmp_path: Path) -> None:
    # A child ends with the thread that started it: the threads live until the demos have stopped.
    with (
        socket.create_server(("127.0.0.1", 0)) as stranger,
        ThreadPoolExecutor() as at_once,
        contextlib.ExitStack() as running,
    ):
        well_known = dict.fromkeys(("simulator", "sunat", "inbox", "smtp"), stranger.getsockname()[1])
        demos = [parts_of(tmp_path / name, well_known) for name in ("one", "two")]
        first, second = at_once.map(running.enter_context, demos)
        assert len({stranger.getsockname()[1], *map(first.port, well_known), *map(second.port, well_known)}) == 9
        for place, other in ((first, second), (second, first)):
            assert ports.answers(place.url("simulator"), place.key)
            with pytest.raises(StrangerError):
                ports.answers(place.url("simulator"), other.key)


@pytest.mark.django_db
def test_data_of_another_version_are_refused() -> None:
    start._refuse_data_of_another_version()
    MigrationRecorder(connection).record_applied("members", "0014_plain_names")
    with pytest.raises(DemoError, match="made by another version of the portal; start over with script/demo --reset"):
        start._refuse_data_of_another_version()
