"""What the starter of a stand-in hands over: a socket that listens already, and the key by which it knows its own."""

import argparse
import socket
from dataclasses import dataclass
from http.server import HTTPServer

#: Every answer of a server that was given a key carries it in this header.
KEY_HEADER = "Demo-Key"
#: Where a server without such an option finds the key.
KEY_VARIABLE = "DEMO_KEY"


@dataclass(frozen=True)
class Handed:
    """The descriptor of a listening socket (None: the server binds a port itself) and the key ("": none is sent)."""

    fd: int | None = None
    key: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {KEY_HEADER: self.key} if self.key else {}


def take_over(server: HTTPServer, fd: int) -> None:
    """Let `server` listen on the inherited socket `fd` instead of one of its own: the body of its `server_bind`."""
    server.socket.close()
    server.socket = socket.socket(fileno=fd)
    server.server_address = server.socket.getsockname()
    server.server_name, server.server_port = server.socket.getsockname()[:2]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fd", type=int, help="listen on this inherited socket, not on a port of its own")
    parser.add_argument("--key", default="", help=f"send this in the header {KEY_HEADER} of every answer")


def handed_by(options: argparse.Namespace) -> Handed:
    return Handed(options.fd, options.key)
