"""The demo's ports: bound before anything starts, handed to its servers, and known again by the demo's key.

A port that is only looked for may be another's when a server binds it. A socket that listens is nobody else's.
"""

import contextlib
import socket
from collections.abc import Iterator, Mapping

import requests

from simulators.handed import KEY_HEADER

HOST = "127.0.0.1"
ATTEMPTS = 50
#: A server that is still starting leaves the question waiting: ask again soon, and look whether it lives.
PATIENCE_SECONDS = 2


class NoFreePortError(Exception):
    """Every port tried is taken; the message says which."""


class StrangerError(Exception):
    """Something else than this demo's own server answers; the message says where."""


def listen(preferred: int) -> socket.socket:
    """A socket that listens on `preferred` or on the next free port after it; 0 lets the system choose.

    Raises NoFreePortError after ATTEMPTS ports.
    """
    for port in range(preferred, preferred + ATTEMPTS):
        # Listening begins here and not in the server: of two sockets bound to one port, only one may listen.
        with contextlib.suppress(OSError):
            return socket.create_server((HOST, port))
    raise NoFreePortError(f"ports {preferred} to {preferred + ATTEMPTS - 1} are all taken.")


@contextlib.contextmanager
def listening(preferred: Mapping[str, int]) -> Iterator[dict[str, socket.socket]]:
    """A listening socket for each name, closed on leaving."""
    with contextlib.ExitStack() as held:
        yield {name: held.enter_context(listen(port)) for name, port in preferred.items()}


def answers(url: str, key: str) -> bool:
    """Whether the page at `url` is there. Raises StrangerError when it does not carry `key`."""
    with requests.Session() as session:
        # A proxy in the environment is for the world outside.
        session.trust_env = False
        try:
            page = session.get(url, timeout=PATIENCE_SECONDS)
        except requests.RequestException:
            return False
    if page.headers.get(KEY_HEADER) != key:
        raise StrangerError(f"another program answers at {url}.")
    return page.status_code < 500


def greets(port: int, key: str) -> bool:
    """Whether the mail server at `port` greets. Raises StrangerError when its greeting does not end with `key`."""
    try:
        with socket.create_connection((HOST, port), timeout=PATIENCE_SECONDS) as caller, caller.makefile() as lines:
            greeting = lines.readline()
    except OSError:
        return False
    if greeting.split()[-1:] != [key]:
        raise StrangerError(f"another mail server answers at {HOST}:{port}.")
    return True
