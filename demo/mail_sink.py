"""The mail server of the demo and the tests: it delivers nothing, keeps everything and shows it in the browser.

python -m demo.mail_sink --smtp-port 1025 --http-port 8025 --dir var/demo/mail
"""

import argparse
import contextlib
import signal
import socket
import sys
import threading
from asyncio import AbstractServer, Server
from collections.abc import Awaitable, Iterator
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from demo.inbox import serve_inbox
from demo.mailbox import Mailbox
from simulators.handed import Handed

HOST = "127.0.0.1"
LARGEST_MAIL_BYTES = 30_000_000


class _Receiver:
    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        self.mailbox.keep(envelope.original_content or b"", envelope.rcpt_tos)
        return "250 OK"


class _SmtpServer(Controller):
    def __init__(self, receiver: _Receiver, port: int, handed: Handed) -> None:
        self.handed = handed
        super().__init__(receiver, hostname=HOST, port=port)

    def _create_server(self) -> Awaitable[AbstractServer]:
        if self.handed.fd is None:
            return super()._create_server()
        return self.loop.create_server(self._factory_invoker, sock=socket.socket(fileno=self.handed.fd))

    def _trigger_server(self) -> None:
        # With port 0 the system chose one, which is known only now.
        if isinstance(self.server, Server):
            self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]

    def factory(self) -> SMTP:
        # The first line of a session ends with the key, as the answers of the other stand-ins carry it in a header.
        greeting = f"CMP Digital {self.handed.key}".strip()
        return SMTP(self.handler, data_size_limit=LARGEST_MAIL_BYTES, enable_SMTPUTF8=True, ident=greeting)


@contextlib.contextmanager
def receive_mail(mailbox: Mailbox, *, port: int, handed: Handed | None = None) -> Iterator[int]:
    """Keep what is sent to 127.0.0.1 by SMTP, or to the `handed` socket; yields the port.

    Port 0 lets the system choose. Raises OSError if the port is taken.
    """
    server = _SmtpServer(_Receiver(mailbox), port, handed or Handed())
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m demo.mail_sink", description="A mail server that keeps.")
    parser.add_argument("--smtp-port", type=int, default=1025, help="where mail is received (default 1025)")
    parser.add_argument("--http-port", type=int, default=8025, help="where it is shown (default 8025)")
    parser.add_argument("--dir", type=Path, default=Path("var/demo/mail"), help="where it is kept")
    parser.add_argument("--staff-secret", default="", help="shows the codes of this second factor at /codigo")
    parser.add_argument("--smtp-fd", type=int, help="receive mail on this inherited socket, not on a port of its own")
    parser.add_argument("--http-fd", type=int, help="show mail on this inherited socket, not on a port of its own")
    parser.add_argument("--key", default="", help="end the SMTP greeting with it, and send it with every page")
    chosen = parser.parse_args(arguments)
    try:
        _run(Mailbox(chosen.dir), chosen)
    except OSError as refusal:
        print(f"mail_sink: {refusal}", file=sys.stderr)
        return 1
    return 0


def _run(mailbox: Mailbox, chosen: argparse.Namespace) -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    pages = Handed(chosen.http_fd, chosen.key)
    inbox = serve_inbox(mailbox, host=HOST, port=chosen.http_port, staff_secret=chosen.staff_secret, handed=pages)
    with receive_mail(mailbox, port=chosen.smtp_port, handed=Handed(chosen.smtp_fd, chosen.key)) as smtp, inbox as url:
        print(f"mail to smtp://{HOST}:{smtp} is shown at {url}", flush=True)
        ended.wait()


if __name__ == "__main__":
    sys.exit(main())
