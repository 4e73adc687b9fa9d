"""The mail server of the demo and the tests: it delivers nothing, keeps everything and shows it in the browser.

python -m demo.mail_sink --smtp-port 1025 --http-port 8025 --dir var/demo/mail
"""

import argparse
import contextlib
import signal
import sys
import threading
from asyncio import Server
from collections.abc import Iterator
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from demo.inbox import serve_inbox
from demo.mailbox import Mailbox

HOST = "127.0.0.1"
LARGEST_MAIL_BYTES = 30_000_000


class _Receiver:
    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        self.mailbox.keep(envelope.original_content or b"", envelope.rcpt_tos)
        return "250 OK"


class _SmtpServer(Controller):
    def _trigger_server(self) -> None:
        # With port 0 the system chose one, which is known only now.
        if isinstance(self.server, Server):
            self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]

    def factory(self) -> SMTP:
        return SMTP(self.handler, data_size_limit=LARGEST_MAIL_BYTES, enable_SMTPUTF8=True)


@contextlib.contextmanager
def receive_mail(mailbox: Mailbox, *, port: int) -> Iterator[int]:
    """Keep what is sent to 127.0.0.1 by SMTP; yields the port (0 lets the system choose). Raises OSError if taken."""
    server = _SmtpServer(_Receiver(mailbox), hostname=HOST, port=port)
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
    chosen = parser.parse_args(arguments)
    try:
        _run(Mailbox(chosen.dir), chosen)
    except OSError as refusal:
        print(f"mail_sink: {refusal}", file=sys.stderr)
        return 1
    return 0


def _run(mailbox: Mailbox, chosen: argparse.Namespace) -> None:
    ended = threading.Event()
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, lambda *_: ended.set())
    inbox = serve_inbox(mailbox, host=HOST, port=chosen.http_port, staff_secret=chosen.staff_secret)
    with receive_mail(mailbox, port=chosen.smtp_port) as smtp, inbox as url:
        print(f"mail to smtp://{HOST}:{smtp} is shown at {url}", flush=True)
        ended.wait()


if __name__ == "__main__":
    sys.exit(main())
