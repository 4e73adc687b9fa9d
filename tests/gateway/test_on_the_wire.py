"""What leaves the machine and what may come back, byte by byte."""

import json
import logging
import time
from decimal import Decimal
from pathlib import Path

import pytest

from payments.gateway import Approved, Denied, GatewayUnavailable, Unknown
from tests.gateway.till import ANA, ANSWERS
from tests.gateway.wire import Wire

TOKEN = "0123456789ABCDEF0123456789ABCDEF"


def authorise(wire: Wire, amount: str = "120.50") -> Approved | Denied | Unknown:
    return wire.gateway().authorise(
        purchase_number="123", amount=Decimal(amount), currency="PEN", transaction_token=TOKEN
    )


def test_the_request_is_the_manuals(wire: Wire) -> None:
    wire.answers(b"{}")
    authorise(wire, "120.50")
    head, _, body = wire.heard[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /api.authorization/v3/authorization/ecommerce/100000001 HTTP/1.1"
    assert "Authorization: a.b.c" in lines
    assert json.loads(body) == {
        "channel": "web",
        "captureType": "manual",
        "countable": True,
        "order": {"tokenId": TOKEN, "purchaseNumber": "123", "amount": 120.5, "currency": "PEN"},
    }


@pytest.mark.parametrize(
    ("amount", "sent"), [("120.5", "120.50"), ("1000", "1000.00"), ("0.1", "0.10"), ("1E+3", "1000.00")]
)
def test_an_amount_is_a_number_with_two_decimals(wire: Wire, amount: str, sent: str) -> None:
    wire.answers(b"{}")
    authorise(wire, amount)
    assert f'"amount": {sent},'.encode() in wire.heard[0]


@pytest.mark.parametrize("amount", ["120.505", "NaN", "Infinity"])
def test_an_amount_that_cannot_be_sent_is_a_programmers_error(wire: Wire, amount: str) -> None:
    with pytest.raises(ValueError, match="two decimals"):
        authorise(wire, amount)
    assert wire.heard == []


@pytest.mark.parametrize("number", ["", "12-3", "1234567890123", "١٢٣", "../1"])
def test_a_purchase_number_is_digits(wire: Wire, number: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        wire.gateway().retrieve(purchase_number=number)


def test_the_payer_is_told_to_the_antifraud_module(wire: Wire) -> None:
    wire.answers(b'{"sessionKey": "abc"}')
    wire.gateway().open_session(amount=Decimal("30.00"), payer=ANA)
    sent = json.loads(wire.heard[0].partition(b"\r\n\r\n")[2])
    assert (sent["channel"], sent["amount"], sent["antifraud"]["clientIp"]) == ("web", 30.0, "190.117.10.20")
    assert sent["antifraud"]["merchantDefineData"] == {
        "MDD4": "ana@example.com",
        "MDD21": "1",
        "MDD32": "CMP 045678",
        "MDD33": "DNI",
        "MDD34": "41234567",
        "MDD75": "Registrado",
        "MDD77": "69",
    }


@pytest.mark.parametrize("kind", ["text/plain", "text/html; charset=utf-16", "application/json; charset=nonsense"])
def test_an_approval_under_a_wrong_label_is_still_read(wire: Wire, kind: str) -> None:
    wire.answers((ANSWERS / "approved.json").read_bytes(), headers=f"Content-Type: {kind}\r\n")
    assert isinstance(authorise(wire), Approved)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(wire: Wire, status: int) -> None:
    wire.answers(b"", status=status, headers=f"Location: {wire.url}/elsewhere\r\n")
    answer = authorise(wire)
    assert isinstance(answer, Unknown)
    assert len(wire.heard) == 1


@pytest.mark.parametrize(
    "said",
    [
        [b""],
        [b"\x00\xff\xfe garbage"],
        [b"HTTP/1.1 200 OK\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: nonsense\r\n\r\n{"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b" " * 2_000_000],
        [b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n"],
        [b"HTTP/1.1 999999 OK\r\n\r\n"],
    ],
    ids=lambda said: said[0][:40].decode("latin-1"),
)
def test_broken_http_is_unknown_and_never_asked_again(wire: Wire, said: list[bytes]) -> None:
    wire.say = said
    assert isinstance(authorise(wire), Unknown)
    assert len(wire.heard) == 1


def test_an_answer_that_drips_is_given_up(wire: Wire) -> None:
    wire.say = [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", *[b" "] * 100]
    wire.pause = 0.1
    started = time.monotonic()
    answer = authorise(wire)
    assert isinstance(answer, Unknown)
    assert answer.reason == "timeout"
    assert time.monotonic() - started < 2


def test_a_netrc_file_does_not_replace_the_access_token(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    wire.answers(b"{}")
    authorise(wire)
    assert b"Authorization: a.b.c\r\n" in wire.heard[0]


def test_an_answer_that_repeats_our_secrets_is_kept_without_them(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wire.answers(f"<p>{TOKEN} a.b.c 4551 7081 6176 8059 4551708161768059</p>".encode(), status=502)
    answer = authorise(wire)
    kept = json.dumps([answer.exchange.request, answer.exchange.response])
    for secret in (TOKEN, "4551708161768059", "4551 7081 6176 8059"):
        assert secret not in kept
        assert secret not in caplog.text
    assert "455170******8059" in kept


def test_no_secret_shows_in_a_session_or_its_errors(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wire.answers(b'{"sessionKey": "5e55104a5e55104a"}')
    session = wire.gateway().open_session(amount=Decimal("30.00"), payer=ANA)
    wire.answers(b"5e55104a5e55104a", status=400)
    with pytest.raises(GatewayUnavailable) as raised:
        wire.gateway().open_session(amount=Decimal("30.00"), payer=ANA)
    shown = f"{session!r} {raised.value!r} {caplog.text} {vars(wire.gateway())}"
    assert "5e55104a" not in shown
    assert "clave-secreta" not in shown
    assert "a.b.c" not in shown
