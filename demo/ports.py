"""Ports for the demo's servers: the well-known one, or the next that is free."""

import socket

HOST = "127.0.0.1"
ATTEMPTS = 50


class NoFreePortError(Exception):
    """Every port tried is taken; the message says which."""


def free_port(preferred: int, *, given: frozenset[int] = frozenset()) -> int:
    """`preferred` or the next free port after it that is not among those already `given` to another server."""
    for port in range(preferred, preferred + ATTEMPTS):
        if port not in given and _is_free(port):
            return port
    raise NoFreePortError(f"ports {preferred} to {preferred + ATTEMPTS - 1} are all taken.")


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        # As the servers do: a port whose last connections are still closing counts as free.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError:
            return False
    return True


def free_ports(preferred: dict[str, int]) -> dict[str, int]:
    """A port for each name, no two alike."""
    chosen: dict[str, int] = {}
    for name, wish in preferred.items():
        chosen[name] = free_port(wish, given=frozenset(chosen.values()))
    return chosen
