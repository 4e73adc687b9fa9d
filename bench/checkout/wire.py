"""How often somebody waits for PostgreSQL, counted on the wire: a relay between the portal and the server.

The server ends each answer with ReadyForQuery, once for a query alone and once for a whole pipeline.
"""

import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from demo.database import Server

SOCKET = ".s.PGSQL.5432"
# What ends at the server without touching a table: counted apart.
BRACKETS = {b"BEGIN", b"COMMIT", b"ROLLBACK", b"SAVEPOINT", b"RELEASE", b"SET", b"DISCARD", b"LISTEN", b"UNLISTEN"}
CHUNK = 65_536


class Wire:
    """Counts since `forget`; the greeting of a new connection is no round trip."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.round_trips = self.brackets = 0

    def forget(self) -> None:
        with self._lock:
            self.round_trips = self.brackets = 0

    def count(self, commands: set[bytes]) -> None:
        with self._lock:
            if commands and commands <= BRACKETS:
                self.brackets += 1
            else:
                self.round_trips += 1


@contextmanager
def tapped(server: Server) -> Iterator[tuple[Wire, str]]:
    """A relay in front of the server, and the DATABASE_URL that leads through it."""
    wire = Wire()
    with tempfile.TemporaryDirectory(prefix="wire-") as folder, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(Path(folder) / SOCKET))
        listening.listen(64)
        behind = str(server.socket_folder / SOCKET)
        threading.Thread(target=_serve, args=(listening, behind, wire), daemon=True).start()
        yield wire, server.url().replace(str(server.socket_folder), folder)


def _serve(listening: socket.socket, behind: str, wire: Wire) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return  # closed: the measurement is over
        upstream = socket.socket(socket.AF_UNIX)
        upstream.connect(behind)
        threading.Thread(target=_relay, args=(client, upstream, None), daemon=True).start()
        threading.Thread(target=_relay, args=(upstream, client, Answers(wire)), daemon=True).start()


def _relay(source: socket.socket, target: socket.socket, answers: "Answers | None") -> None:
    try:
        while chunk := source.recv(CHUNK):
            if answers:
                answers.read(chunk)
            target.sendall(chunk)
    except OSError:
        pass  # one end closed it
    finally:
        # Wakes the other direction's thread too; closing alone would leave its session open at the server.
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class Answers:
    """The messages of one server connection: a type, a length of four bytes, a body."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._rest = b""
        self._greeted = False
        self._commands: set[bytes] = set()

    def read(self, chunk: bytes) -> None:
        rest = self._rest + chunk
        while len(rest) >= 5 and len(rest) >= (size := 1 + int.from_bytes(rest[1:5])):
            self._message(rest[:1], rest[5:size])
            rest = rest[size:]
        self._rest = rest

    def _message(self, kind: bytes, body: bytes) -> None:
        if kind == b"C":
            self._commands.add(body.partition(b"\0")[0].partition(b" ")[0])
        elif kind == b"Z":
            if self._greeted:
                self._wire.count(self._commands)
            self._greeted, self._commands = True, set()
