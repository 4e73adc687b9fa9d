"""A request and a response, no more than the simulator needs of HTTP."""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import parse_qs


@dataclass(frozen=True, kw_only=True)
class Request:
    method: str
    path: str
    query_string: str = ""
    headers: dict[str, str]  # names in lower case
    body: bytes = b""

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.query_string).items()}

    def json(self) -> dict[str, Any] | None:
        """Return the body as a JSON object with numbers as Decimal, or None if it is no object."""
        try:
            document = json.loads(self.body, parse_float=Decimal)
        except (ValueError, RecursionError, ArithmeticError):
            return None
        return document if isinstance(document, dict) else None


@dataclass(frozen=True, kw_only=True)
class Response:
    """`cut` makes the server drop the connection: "close" and "reset" before the first byte, "middle" half way."""

    status: int
    body: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)
    cut: Literal["", "close", "reset", "middle"] = ""


def as_text(status: int, text: str) -> Response:
    return Response(status=status, body=text.encode(), content_type="text/plain")


def as_json(status: int, value: Any) -> Response:
    body = json.dumps(value, ensure_ascii=False, default=str).encode()
    return Response(status=status, body=body, content_type="application/json")


def as_html(status: int, text: str, *, headers: dict[str, str] | None = None) -> Response:
    return Response(status=status, body=text.encode(), content_type="text/html; charset=utf-8", headers=headers or {})


NO_ANSWER = Response(status=0, body=b"", content_type="", cut="close")
SERVER_ERROR = as_html(500, "<html><head><title>500</title></head><body><h1>Internal Server Error</h1></body></html>")
