"""The demo's web server: the portal, answering with the demo's key.

gunicorn serves `application`. For daily work, `python -m demo.web --fd N` serves it on the inherited
socket N and reloads on change.
"""

import argparse
import os
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.core.management import call_command
from django.core.servers.basehttp import WSGIServer

from cmp_portal.wsgi import application as portal
from simulators.handed import KEY_HEADER, KEY_VARIABLE, take_over


def with_key(served: WSGIApplication, key: str) -> WSGIApplication:
    """`served`, each of whose answers carries `key`."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            return start_response(status, [*headers, (KEY_HEADER, key)], *error)

        return served(environ, start)

    return answer


application = with_key(portal, os.environ.get(KEY_VARIABLE, ""))


def serve_and_reload(fd: int) -> None:
    """Serve the portal with Django's own server, which starts again when a file changes. Returns when it is stopped."""
    # Its imports ask which applications are installed.
    from django.contrib.staticfiles.management.commands.runserver import Command

    class Inherited(WSGIServer):
        def server_bind(self) -> None:
            take_over(self, fd)
            self.setup_environ()

    class Reloading(Command):
        server_cls = Inherited

        def get_handler(self, *arguments: Any, **options: Any) -> Any:
            return with_key(super().get_handler(*arguments, **options), os.environ[KEY_VARIABLE])

    # WhiteNoise serves the static files.
    call_command(Reloading(), use_static_handler=False)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.web", description="The portal, for daily work.")
    parser.add_argument("--fd", type=int, required=True, help="the inherited socket to listen on")
    serve_and_reload(parser.parse_args(arguments).fd)


if __name__ == "__main__":
    main()
