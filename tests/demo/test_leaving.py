"""Whoever tried the demo ends it from another terminal, and gets the disk back."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from demo import leaving
from demo.postgresql_programs import _open_to_others

ROOT = Path(__file__).resolve().parent.parent.parent
A_DEMO = """
import sys, time
from pathlib import Path
from demo import start
with start._alone_in(Path(sys.argv[1])):
    time.sleep(60)
"""


@pytest.fixture
def running(tmp_path: Path) -> "subprocess.Popen[bytes]":
    """A process that holds the folder as a demo does."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", A_DEMO, str(tmp_path / "demo")], env=environment)
    while not (tmp_path / "demo" / "lock").exists() or not (tmp_path / "demo" / "lock").read_text():
        assert process.poll() is None, "it ended before it held the folder"
        time.sleep(0.05)
    return process


def test_a_running_demo_is_stopped(
    running: "subprocess.Popen[bytes]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The parent of this one, the test, has to take note of its end.
    reap = leaving.time.sleep
    monkeypatch.setattr(leaving.time, "sleep", lambda seconds: (running.poll(), reap(seconds)))
    assert leaving.stop(tmp_path / "demo")
    assert running.wait(5) != 0
    assert not leaving.stop(tmp_path / "demo")


def test_what_a_demo_left_is_deleted_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, checkout = tmp_path / "home", tmp_path / "checkout"
    for name, claims in (("gone", str(tmp_path / "deleted")), ("other", str(checkout)), ("unknown", "")):
        (home / name).mkdir(parents=True)
        if claims:
            (home / name / leaving.CLAIM).write_text(claims)
    (home / "postgresql-1-2").mkdir()
    (checkout / "var" / "check").mkdir(parents=True)
    monkeypatch.setattr(leaving, "ROOT_HOME", home)
    monkeypatch.setattr(leaving.os, "geteuid", lambda: 0)

    removed = leaving._remove_unclaimed()

    assert removed == [home / "gone"]
    assert sorted(place.name for place in home.iterdir()) == ["other", "postgresql-1-2", "unknown"]


def test_programs_of_a_strict_umask_are_opened_to_the_servers_account(tmp_path: Path) -> None:
    program, note = tmp_path / "postgres", tmp_path / "note"
    program.touch(mode=0o700)
    note.touch(mode=0o600)
    tmp_path.chmod(0o700)
    _open_to_others(tmp_path)
    assert [path.stat().st_mode & 0o777 for path in (tmp_path, program, note)] == [0o755, 0o755, 0o644]
