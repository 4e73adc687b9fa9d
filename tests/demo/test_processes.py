"""Servers started together end together, in order, whatever one of them does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from demo import processes
from demo.processes import ServerDiedError, family

SLEEPER = "import time; time.sleep(60)"
# Writes its name when asked to end.
POLITE = """
import signal, sys, time
def leave(*_):
    open(sys.argv[1], "a").write(sys.argv[2] + "\\n")
    sys.exit()
signal.signal(signal.SIGTERM, leave)
print("ready", flush=True)
time.sleep(60)
"""
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
)
# A parent of two generations, as a reloading web server is.
NESTED = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEPER!r}])"


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except OSError:
        return False


def until(fact: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 5
    while not fact():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_the_last_started_is_stopped_first(tmp_path: Path) -> None:
    goodbyes = tmp_path / "goodbyes"
    with family(os.environ, tmp_path) as servers:
        for name in ("database", "worker", "web"):
            child = servers.start(name, sys.executable, "-c", POLITE, str(goodbyes), name)
            child.wait_until(lambda log=child.log: "ready" in log.read_text(), seconds=10)  # type: ignore[misc]
    assert goodbyes.read_text().split() == ["web", "worker", "database"]


def test_a_server_that_dies_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    with family(os.environ, tmp_path) as servers:
        servers.start("web server", sys.executable, "-c", "print('port is taken'); raise SystemExit(3)")
        with pytest.raises(ServerDiedError, match=r"code 3.*\n.*port is taken"):
            servers.watch()


def test_a_server_that_never_answers_is_told(tmp_path: Path) -> None:
    with family(os.environ, tmp_path) as servers, pytest.raises(ServerDiedError, match="does not answer"):
        servers.start("web server", sys.executable, "-c", SLEEPER).wait_until(lambda: False, seconds=0.1)


def test_a_server_that_will_not_end_is_made_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.2)
    with family(os.environ, tmp_path) as servers:
        child = servers.start("worker", sys.executable, "-c", STUBBORN)
        child.wait_until(lambda: "ready" in child.log.read_text(), seconds=10)
    assert child.process.returncode == -signal.SIGKILL


def test_what_a_server_started_ends_with_it(tmp_path: Path) -> None:
    with family(os.environ, tmp_path) as servers:
        child = servers.start("web server", sys.executable, "-c", NESTED)
        children = Path(f"/proc/{child.process.pid}/task/{child.process.pid}/children")
        until(lambda: bool(children.read_text().split()))
        [grandchild] = map(int, children.read_text().split())
    until(lambda: not is_running(grandchild))


def test_no_server_outlives_a_killed_demo(tmp_path: Path) -> None:
    demo = (
        "import os, sys, time; from pathlib import Path; from demo.processes import Family; "
        f"child = Family(os.environ, Path({str(tmp_path)!r})).start('worker', sys.executable, '-c', {SLEEPER!r}); "
        "print(child.process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", demo], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    until(lambda: not is_running(child))
