"""Starting several servers, seeing that they answer, and stopping every one of them."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

STOP_SECONDS = 15
TAIL_LINES = 15
_PR_SET_PDEATHSIG = 1


class ServerDiedError(Exception):
    """A server ended, or never answered; the message holds the end of its log."""


@dataclass(frozen=True)
class Child:
    """One running server, its output going to `log`."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "\n".join(f"  | {line}" for line in lines)

    def check_alive(self) -> None:
        code = self.process.poll()
        if code is not None:
            raise ServerDiedError(f"the {self.name} ended with code {code}; the end of {self.log}:\n{self.tail()}")

    def wait_until(self, answers: Callable[[], bool], *, seconds: float) -> None:
        """Return once `answers()`; raises ServerDiedError when the server ends first or takes too long."""
        give_up = time.monotonic() + seconds
        while not answers():
            self.check_alive()
            if time.monotonic() > give_up:
                raise ServerDiedError(
                    f"the {self.name} does not answer after {seconds:.0f} s; the end of {self.log}:\n{self.tail()}"
                )
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask the server and what it started to end; insist after STOP_SECONDS."""
        self._signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self.process.wait()

    def _signal(self, number: signal.Signals) -> None:
        # Its own group, made at the start: a reloading server has children of its own.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


@dataclass
class Family:
    """The servers started so far. Those started last are stopped first."""

    environment: Mapping[str, str]
    logs: Path
    children: list[Child] = field(default_factory=list)

    def start(self, name: str, *command: str, sockets: Sequence[socket.socket] = ()) -> Child:
        """Start `command`. It inherits `sockets` under the numbers that they have here, and no other open file."""
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name.replace(' ', '-')}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(self.environment),
                # Ctrl-C must reach us alone, or all would end at once and in no order.
                start_new_session=True,
                pass_fds=[handed.fileno() for handed in sockets],
                preexec_fn=_end_with_parent,
            )
        child = Child(name, process, log)
        self.children.append(child)
        return child

    def watch(self) -> None:
        """Return never; raises ServerDiedError when a server ends."""
        while True:
            for child in self.children:
                child.check_alive()
            time.sleep(0.3)

    def stop(self) -> None:
        while self.children:
            self.children.pop().stop()


def _end_with_parent() -> None:
    # The kernel ends the child if we are killed without the chance to do it.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@contextlib.contextmanager
def family(environment: Mapping[str, str], logs: Path) -> Iterator[Family]:
    """A family that is stopped whatever happens."""
    servers = Family(environment, logs)
    try:
        yield servers
    finally:
        servers.stop()
