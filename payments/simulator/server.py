"""The simulator on a socket: threads, connections kept alive, and answers that can be cut off as networks cut them."""

import contextlib
import socket
import struct
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests

from payments.simulator.app import Simulator
from payments.simulator.books import Books
from payments.simulator.control import FaultKind
from payments.simulator.gateway_api import Account
from payments.simulator.messages import Request, Response

_LONGEST_BODY = 100_000


class Answering(Protocol):
    """Whatever turns requests into responses, from any number of threads."""

    def answer(self, request: Request) -> Response: ...

    def close(self) -> None:
        """Let go of files."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], simulator: Answering) -> None:
        self.simulator = simulator
        self._open: set[socket.socket] = set()
        super().__init__(address, Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that go away are this server's daily bread; anything else is told as usual."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """Close the connections still kept alive."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= _LONGEST_BODY:
            self.close_connection = True
            return
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=parts.path,
            query_string=parts.query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )
        self._tell(self.server.simulator.answer(request))

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - the names http.server looks for

    def _tell(self, response: Response) -> None:
        if response.cut:
            self._cut(response)
        else:
            self.wfile.write(self._head(response) + response.body)

    def _head(self, response: Response) -> bytes:
        headers = {
            "Content-Type": response.content_type,
            "Content-Length": str(len(response.body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            **response.headers,
        }
        lines = [f"HTTP/1.1 {response.status} {self.responses.get(response.status, ('',))[0]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def _cut(self, response: Response) -> None:
        self.close_connection = True
        if response.cut == "middle":
            self.wfile.write(self._head(response) + response.body[: len(response.body) // 2])
        if response.cut == "reset":
            # Lingering for zero seconds makes close() send RST instead of FIN.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name http.server gives it
        """Silent: the books and the back office page say what happened."""


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

    def token(self, card: str, session_key: str, *, email: str = "", cvv: str = "") -> str:
        """The transactionToken the card form would have made."""
        asked = {"card": card, "session_key": session_key, "email": email, "cvv": cvv}
        return str(self._call("POST", "token", asked)["transactionToken"])

    def _call(self, method: str, name: str, asked: dict[str, Any] | None = None) -> Any:
        with requests.Session() as session:
            session.trust_env = False
            response = session.request(method, f"{self._url}/_control/{name}", json=asked, timeout=10)
        response.raise_for_status()
        return response.json()


class RunningServer:
    """A server answering at `url` from a thread of this process, until `stop()`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self._thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop as a killed process would: open connections drop, the books stay."""
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        self._thread.join()
        self._server.simulator.close()


class RunningSimulator(RunningServer):
    """A gateway simulator in a thread of this process."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.control = Control(self.url)


def make_server(*, host: str, port: int, books: Path, account: Account | None = None, canned: bool = False) -> Server:
    """A server listening at `host`:`port` (0 for any free one). Raises OSError when the port is taken."""
    return Server((host, port), Simulator(Books(books), account=account, canned=canned))


def serve_in_thread(*, port: int = 0, books: Path | None = None, canned: bool = False) -> RunningSimulator:
    """Start a simulator for a test. Without `books` it keeps them in a new temporary directory."""
    path = books or Path(tempfile.mkdtemp(prefix="simulator-")) / "simulator.sqlite3"
    return RunningSimulator(make_server(host="127.0.0.1", port=port, books=path, canned=canned))
