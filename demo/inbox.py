"""The inbox page: what the portal has mailed, newest first, in the browser."""

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from socketserver import ThreadingMixIn
from urllib.parse import quote
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIEnvironment

from django.template import Context, Engine

from base.peru.lima import LIMA
from demo import codes
from demo.mailbox import Mail, Mailbox
from simulators.handed import Handed, take_over

ENGINE = Engine(dirs=[str(Path(__file__).parent / "inbox_pages")], autoescape=True)
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none'"
# A mail's own HTML may style itself and open its links in a new tab, and nothing else.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)
HTML = "text/html; charset=utf-8"


class Reply:
    def __init__(self, body: str | bytes, *, status: str = "200 OK", content_type: str = HTML, **headers: str) -> None:
        self.body = body.encode() if isinstance(body, str) else body
        self.status = status
        self.headers = {"Content-Type": content_type, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
        self.headers.update({name.replace("_", "-"): value for name, value in headers.items()})


class Inbox:
    """The pages, as a WSGI application."""

    def __init__(self, mailbox: Mailbox, staff_secret: str = "", headers: Mapping[str, str] | None = None) -> None:
        self.mailbox = mailbox
        self.headers = headers or {}
        self.staff_secret = staff_secret
        self.routes: list[tuple[str, str, Callable[..., Reply]]] = [
            ("GET", r"/", self.index),
            ("GET", r"/correos\.json", self.index_for_programs),
            ("POST", r"/vaciar", self.empty),
            ("GET", r"/codigo", self.code),
            ("GET", r"/correo/(?P<key>[\w.-]+)", self.show),
            ("GET", r"/correo/(?P<key>[\w.-]+)/html", self.show_html),
            ("GET", r"/correo/(?P<key>[\w.-]+)/original", self.original),
            ("GET", r"/correo/(?P<key>[\w.-]+)/adjunto/(?P<number>\d+)", self.attachment),
        ]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        reply = self.answer(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        length = {"Content-Length": str(len(reply.body))}
        start_response(reply.status, list({**reply.headers, **self.headers, **length}.items()))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [reply.body]

    def answer(self, method: str, path: str) -> Reply:
        for expected, pattern, page in self.routes:
            found = re.fullmatch(pattern, path)
            if found and expected == ("GET" if method == "HEAD" else method):
                return page(**found.groupdict())
        return _missing()

    def index(self) -> Reply:
        return _page("index.html", mails=[_summary(mail) for mail in self.mailbox])

    def index_for_programs(self) -> Reply:
        return Reply(json.dumps([_summary(mail) for mail in self.mailbox]), content_type="application/json")

    def empty(self) -> Reply:
        self.mailbox.empty()
        return Reply("", status="303 See Other", Location="/")

    def code(self) -> Reply:
        """The second step of the demo's staff; nobody has to install an application to look around."""
        if not self.staff_secret:
            return _missing()
        return _page("code.html", code=codes.current_code(self.staff_secret), seconds=codes.seconds_left())

    def show(self, key: str) -> Reply:
        mail = self.mailbox.read(key)
        if mail is None:
            return _missing()
        return _page("mail.html", text=mail.text, has_html=bool(mail.html), **_summary(mail))

    def show_html(self, key: str) -> Reply:
        mail = self.mailbox.read(key)
        if mail is None or not mail.html:
            return _missing()
        return Reply(f'<base target="_blank">{mail.html}', Content_Security_Policy=MAIL_POLICY)

    def original(self, key: str) -> Reply:
        mail = self.mailbox.read(key)
        if mail is None:
            return _missing()
        return Reply(mail.raw, content_type="text/plain; charset=utf-8")

    def attachment(self, key: str, number: str) -> Reply:
        mail = self.mailbox.read(key)
        attachments = mail.attachments if mail else []
        if not 1 <= int(number) <= len(attachments):
            return _missing()
        wanted = attachments[int(number) - 1]
        # A PDF opens in the browser; anything else might run there, so it is only ever saved.
        shown = "inline" if wanted.content_type == "application/pdf" else "attachment"
        name = f"{shown}; filename*=UTF-8''{quote(wanted.name)}"
        return Reply(wanted.content, content_type=wanted.content_type, Content_Disposition=name)


def _page(template: str, **facts: object) -> Reply:
    page = ENGINE.get_template(template).render(Context(facts, use_l10n=False, use_tz=False))
    return Reply(page, Content_Security_Policy=PAGE_POLICY)


def _missing() -> Reply:
    body = ENGINE.get_template("missing.html").render(Context({}, use_l10n=False, use_tz=False))
    return Reply(body, status="404 Not Found", Content_Security_Policy=PAGE_POLICY)


def _summary(mail: Mail) -> dict[str, object]:
    return {
        "key": mail.key,
        "when": f"{mail.received_at.astimezone(LIMA):%d/%m/%Y %H:%M:%S}",
        "sender": mail.sender,
        "recipients": ", ".join(mail.recipients),
        "subject": mail.subject or "(sin asunto)",
        "attachments": [
            {"number": str(number), "name": file.name, "type": file.content_type, "size": _size(len(file.content))}
            for number, file in enumerate(mail.attachments, start=1)
        ],
    }


def _size(octets: int) -> str:
    return f"{octets} B" if octets < 1024 else f"{octets / 1024:,.0f} kB"


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class names it so
        pass


class _ThreadingServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], inbox: Inbox, handed: Handed) -> None:
        self.handed = handed
        super().__init__(address, _QuietHandler)
        self.set_app(inbox)

    def server_bind(self) -> None:
        if self.handed.fd is None:
            super().server_bind()
        else:
            take_over(self, self.handed.fd)
            self.setup_environ()


@contextlib.contextmanager
def serve_inbox(
    mailbox: Mailbox, *, host: str, port: int, staff_secret: str = "", handed: Handed | None = None
) -> Iterator[str]:
    """Serve the inbox page in a thread, on the `handed` socket if there is one; yields its URL.

    Port 0 lets the system choose. Raises OSError if the port is taken.
    """
    handed = handed or Handed()
    server = _ThreadingServer((host, port), Inbox(mailbox, staff_secret, handed.headers), handed)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://{host}:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
