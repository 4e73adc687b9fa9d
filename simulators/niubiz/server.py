"""The simulator on a socket: threads, connections kept alive, and answers that can be cut off as networks cut them."""

import tempfile
from pathlib import Path
from typing import Any

import requests

from simulators.handed import Handed
from simulators.niubiz.app import Simulator
from simulators.niubiz.books import Books
from simulators.niubiz.control import FaultKind
from simulators.niubiz.gateway_api import Account
from simulators.server import RunningServer, Server


class Control:
    """The control calls as methods, for tests and the chaos harness. Works against any running simulator."""

    def __init__(self, url: str) -> None:
        self._url = url

    def books(self) -> dict[str, Any]:
        """Every authorisation, void, reversal and refund."""
        return dict(self._call("GET", "books"))

    def fault(
        self, operation: str, kind: FaultKind, *, times: int = 1, seconds: float = 0.0, match: str = ""
    ) -> dict[str, Any]:
        """Break the next `times` calls of `operation`, or those about purchase number `match` only."""
        asked = {"operation": operation, "kind": kind, "times": times, "seconds": seconds, "match": match}
        return dict(self._call("POST", "faults", asked))

    def faults(self) -> dict[str, Any]:
        """Troubles still waiting, calls per operation, and how often each trouble struck."""
        return dict(self._call("GET", "faults"))

    def clear_faults(self) -> None:
        self._call("DELETE", "faults")

    def clock(self, offset: float) -> None:
        """Set the simulator's clock `offset` seconds ahead of real time."""
        self._call("POST", "clock", {"offset": offset})

    def token(
        self,
        card: str,
        session_key: str,
        *,
        email: str = "",
        cvv: str = "",
        expiry: str = "",
        instalments: int = 0,
        otp: str = "",
    ) -> str:
        """The transactionToken the form would have made of a card, or of a telephone when its `otp` is given.

        `expiry` (MM/YY) is that of a card on file that differs from the test card's.
        """
        typed = {"card": card, "cvv": cvv, "expiry": expiry, "instalments": instalments}
        asked: dict[str, Any] = {"session_key": session_key, "email": email}
        asked |= {"phone": card, "otp": otp} if otp else typed
        return str(self._call("POST", "token", asked)["transactionToken"])

    def _call(self, method: str, name: str, asked: dict[str, Any] | None = None) -> Any:
        with requests.Session() as session:
            session.trust_env = False
            response = session.request(method, f"{self._url}/_control/{name}", json=asked, timeout=10)
        response.raise_for_status()
        return response.json()


class RunningSimulator(RunningServer):
    """A gateway simulator in a thread of this process."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.control = Control(self.url)


def make_server(
    *,
    host: str,
    port: int,
    books: Path,
    account: Account | None = None,
    canned: bool = False,
    handed: Handed | None = None,
) -> Server:
    """A server listening at `host`:`port` (0 for any free one), or on the `handed` socket.

    Raises OSError when the port is taken.
    """
    return Server((host, port), Simulator(Books(books), account=account, canned=canned), handed)


def serve_in_thread(*, port: int = 0, books: Path | None = None, canned: bool = False) -> RunningSimulator:
    """Start a simulator for a test. Without `books` it keeps them in a new temporary directory."""
    path = books or Path(tempfile.mkdtemp(prefix="simulator-")) / "simulator.sqlite3"
    return RunningSimulator(make_server(host="127.0.0.1", port=port, books=path, canned=canned))
