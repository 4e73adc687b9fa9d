"""A browser that keeps cookies and its connection, and notes of each answer how long it took and what it weighed."""

import gzip
import http.client
import time
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

PATIENCE_SECONDS = 60
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """`seconds` from asking to the last byte; `bytes` of the body as it went over the wire."""

    status: int
    location: str
    text: str
    seconds: float
    bytes: int
    retry_after: int = 0


@dataclass
class Browser:
    host: str
    address: str
    #: Tell each request when it came, as the proxy in front would.
    proxy: bool = False
    cookies: dict[str, str] = field(default_factory=dict)
    _connection: http.client.HTTPConnection | None = None

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None)

    def post(self, path: str, **fields: object) -> Answer:
        token = {"csrfmiddlewaretoken": self.cookies["csrftoken"]} if "csrftoken" in self.cookies else {}
        return self._ask("POST", path, urlencode({**token, **fields}, doseq=True))

    def close(self) -> None:
        if self._connection:
            self._connection.close()

    def _ask(self, method: str, path: str, body: str | None) -> Answer:
        began = time.perf_counter()
        try:
            return self._once(method, path, body, began)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # As browsers do: the server had closed the kept connection before it read anything of this request.
            self.close()
            return self._once(method, path, body, began)

    def _once(self, method: str, path: str, body: str | None, began: float) -> Answer:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self.host, timeout=PATIENCE_SECONDS)
        self._connection.request(method, path, body, self._headers(body))
        answer = self._connection.getresponse()
        content = answer.read()
        taken = time.perf_counter() - began
        self._keep_cookies(answer.headers.get_all("Set-Cookie") or [])
        plain = gzip.decompress(content) if answer.headers["Content-Encoding"] == "gzip" else content
        location = urlsplit(answer.headers["Location"] or "").path
        retry_after = int(answer.headers["Retry-After"] or 0)
        return Answer(answer.status, location, plain.decode(errors="replace"), taken, len(content), retry_after)

    def _headers(self, body: str | None) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Accept-Encoding": "gzip", "Cookie": cookies, "X-Forwarded-For": self.address}
        if self.proxy:
            sent |= {"X-Request-Start": f"t={time.time():.3f}", "X-Forwarded-Proto": "http"}
        return sent if body is None else {**sent, "Content-Type": FORM, "Referer": f"http://{self.host}/"}

    def _keep_cookies(self, headers: list[str]) -> None:
        for header in headers:
            name, _, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')


def answers(url: str) -> bool:
    """Whether something useful comes from there."""
    parts = urlsplit(url)
    with suppress(OSError, http.client.HTTPException):
        return Browser(parts.netloc, "10.0.0.1").get(parts.path or "/").status < 500
    return False
