"""Run the stand-in as a process of its own: `python -m simulators.sunat --port 8002`."""

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from simulators.handed import add_options, handed_by
from simulators.sunat.server import make_server


def main() -> None:
    options = _parser().parse_args()
    try:
        server = make_server(
            host=options.host,
            port=options.port,
            books=options.books,
            ticket_seconds=options.ticket_seconds,
            handed=handed_by(options),
            skew_minutes=options.skew_minutes,
            ose=options.ose,
        )
    except OSError as error:
        sys.exit(f"The stand-in cannot listen at {options.host}:{options.port}: {error.strerror}.")
    signal.signal(signal.SIGTERM, _leave)
    sys.stdout.write(f"SUNAT stand-in at http://{options.host}:{server.server_address[1]}/ (books: {options.books})\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


def _leave(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulators.sunat",
        description="A stand-in for SUNAT's billService. It files nothing. What it received is on the page at /.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at")
    parser.add_argument("--port", type=int, default=8002, help="port to listen at; 0 takes any free one")
    parser.add_argument("--books", type=Path, default=Path("var/sunat.sqlite3"), help="file that keeps the documents")
    parser.add_argument("--ticket-seconds", type=float, default=3, help="how long a summary stays in process")
    add_options(parser)
    parser.add_argument("--skew-minutes", type=float, default=0, help="how far its clock is ahead; behind with a minus")
    parser.add_argument("--ose", action="store_true", help="answer in an operator's format instead of SUNAT's")
    return parser


if __name__ == "__main__":
    main()
