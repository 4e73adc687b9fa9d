"""The stand-in on a socket; the server itself is the gateway simulator's."""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from simulators.handed import Handed
from simulators.server import RunningServer, Server
from simulators.sunat.app import SunatSimulator
from simulators.sunat.books import Books
from simulators.sunat.control import Kind


class Control:
    """The control calls as methods. Works against any running stand-in."""

    def __init__(self, url: str) -> None:
        self._url = url

    def documents(self) -> dict[str, dict[str, Any]]:
        """What was received, by type-series-number."""
        return {row["name"]: row for row in self._call("GET", "books")["documents"]}

    def files(self) -> dict[str, str]:
        """The code of every summary and voiding that was taken, by name."""
        return dict(self._call("GET", "books")["files"])

    def fault(
        self,
        operation: str,
        kind: Kind,
        *,
        code: str = "",
        text: str = "",
        times: int = 1,
        seconds: float = 0.0,
        match: str = "",
    ) -> None:
        """Break the next `times` calls of `operation`, or those about the document `match` only (see Fault)."""
        asked = {"operation": operation, "kind": kind, "code": code, "text": text}
        self._call("POST", "faults", asked | {"times": times, "seconds": seconds, "match": match})

    def clear(self) -> None:
        """Forget the troubles that are still in store."""
        self._call("DELETE", "faults")

    def calls(self) -> dict[str, int]:
        """How often each operation was called."""
        return dict(self._call("GET", "faults")["calls"])

    def _call(self, method: str, name: str, asked: dict[str, Any] | None = None) -> Any:
        with requests.Session() as session:
            session.trust_env = False
            response = session.request(method, f"{self._url}/_control/{name}", json=asked, timeout=10)
        response.raise_for_status()
        return response.json()


class RunningSunat(RunningServer):
    """A stand-in answering at `url` from a thread of this process, until `stop()`."""

    def __init__(self, simulator: SunatSimulator) -> None:
        self.simulator = simulator
        super().__init__(Server(("127.0.0.1", 0), simulator))
        self.control = Control(self.url)


def make_server(
    *,
    host: str,
    port: int,
    books: Path,
    ticket_seconds: float = 0.0,
    skew_minutes: float = 0.0,
    ose: bool = False,
    handed: Handed | None = None,
) -> Server:
    """A server listening at `host`:`port` (0 for any free one), or on the `handed` socket.

    Raises OSError when the port is taken.
    """
    simulator = SunatSimulator(Books(books), ticket_seconds=ticket_seconds)
    simulator.service.skew, simulator.service.ose = timedelta(minutes=skew_minutes), ose
    return Server((host, port), simulator, handed)


def serve_in_thread(*, books: Path | None = None) -> RunningSunat:
    """Start a stand-in for a test. Without `books` it keeps them in a new temporary directory."""
    path = books or Path(tempfile.mkdtemp(prefix="sunat-")) / "books.sqlite3"
    return RunningSunat(SunatSimulator(Books(path)))
