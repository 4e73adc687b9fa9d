"""Carry one question to the gateway and bring back whatever came, as a value: nothing the network does raises here."""

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3.exceptions

# A real answer is under 4 kB; what is longer is not one and is not read to its end.
_LONGEST_BODY = 1_000_000
_ACCESS_TOKEN_LIFE = 50 * 60  # seconds; Niubiz' tokens live 60 minutes
_NETWORK_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError, UnicodeError)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came back. `failure` is "" for a whole answer, else "not_sent", "timeout", "connection" or "unreadable".

    "not_sent" is certain: no connection was made, so the gateway cannot have acted.
    """

    status: int | None
    text: str = field(repr=False)
    failure: str
    millis: int


def send(
    method: str,
    url: str,
    *,
    auth: Callable[[requests.PreparedRequest], requests.PreparedRequest] | tuple[str, str],
    body: str | None,
    timeout: tuple[float, float],
    trust_env: bool,
) -> Reply:
    """Ask once. `timeout` is (connect, read) in seconds; a body may take one read timeout from its first byte on."""
    started = time.monotonic()
    status: int | None = None
    try:
        with _connection(trust_env).request(
            method,
            url,
            # A callable, not a header: requests would overwrite the header with a .netrc entry of that host.
            auth=auth,
            data=None if body is None else body.encode(),
            headers={"Accept": "application/json, text/plain, */*", "Content-Type": "application/json"},
            timeout=timeout,
            stream=True,
            # A redirect of a POST would be a second authorisation.
            allow_redirects=False,
        ) as response:
            status = response.status_code
            content = _read(response, deadline=time.monotonic() + timeout[1])
    except _NETWORK_FAILURES as error:
        return Reply(status=status, text=_name_of(error), failure=_kind_of(error), millis=_millis_since(started))
    if content is None:
        return Reply(status=status, text="", failure="unreadable", millis=_millis_since(started))
    return Reply(status=status, text=_decode(content), failure="", millis=_millis_since(started))


def _read(response: requests.Response, *, deadline: float) -> bytes | None:
    """The body, or None when it is too long. The read timeout counts per packet; `deadline` stops a slow drip."""
    content = bytearray()
    # read1 hands over each packet as it comes; iter_content would wait for a full buffer past any deadline.
    while piece := response.raw.read1(8192, decode_content=True):
        content += piece
        if len(content) > _LONGEST_BODY:
            return None
        if time.monotonic() > deadline:
            raise requests.ReadTimeout
    return bytes(content)


def _decode(content: bytes) -> str:
    """As UTF-8, else Latin-1, whatever the header claims: the gateway labels its text carelessly."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _kind_of(error: BaseException) -> str:
    if _never_connected(error):
        return "not_sent"
    late = isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError)
    return "timeout" if late else "connection"


def _never_connected(error: BaseException) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, urllib3.exceptions.NewConnectionError)


def _name_of(error: BaseException) -> str:
    """The class alone: an exception's own text may quote headers."""
    return type(error).__name__


def _millis_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


_local = threading.local()


def _connection(trust_env: bool) -> requests.Session:
    """This thread's connections, kept between calls. A forked process makes its own, never sharing a socket."""
    held: dict[tuple[int, bool], requests.Session] = _local.__dict__.setdefault("sessions", {})
    key = (os.getpid(), trust_env)
    if key not in held:
        session = requests.Session()
        session.trust_env = trust_env
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        held[key] = session
    return held[key]


class AccessTokens:
    """Access tokens by (host, user), shared by the threads of a process and forgotten after 50 minutes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[tuple[str, str], tuple[str, float]] = {}

    def get(self, key: tuple[str, str]) -> str | None:
        with self._lock:
            token, until = self._held.get(key, ("", 0.0))
            return token if token and time.monotonic() < until else None

    def keep(self, key: tuple[str, str], token: str) -> None:
        with self._lock:
            self._held[key] = (token, time.monotonic() + _ACCESS_TOKEN_LIFE)

    def drop(self, key: tuple[str, str], token: str) -> None:
        """Forget `token`, unless another thread has already replaced it."""
        with self._lock:
            if self._held.get(key, ("", 0.0))[0] == token:
                del self._held[key]

    def clear(self) -> None:
        with self._lock:
            self._held.clear()


def to_json(value: Any) -> str:
    """JSON in which a Decimal is a number with exactly two decimals, never by way of a float.

    Raises ValueError for an amount that two decimals cannot hold.
    """
    if isinstance(value, Decimal):
        return _two_decimals(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {to_json(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(to_json, value)) + "]"
    return json.dumps(value)


def _two_decimals(amount: Decimal) -> str:
    text = f"{amount:.2f}"
    if not amount.is_finite() or Decimal(text) != amount:
        raise ValueError(f"{amount} is not an amount with two decimals")
    return text
