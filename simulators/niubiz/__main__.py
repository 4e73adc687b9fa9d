"""Run the simulator as a process of its own: `python -m simulators.niubiz --port 8001`."""

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from simulators.handed import add_options, handed_by
from simulators.niubiz.gateway_api import Account
from simulators.niubiz.server import make_server


def main() -> None:
    options = _parser().parse_args()
    account = Account(user=options.user, password=options.password, merchant_id=options.merchant)
    try:
        server = make_server(
            host=options.host,
            port=options.port,
            books=options.books,
            account=account,
            canned=options.canned,
            handed=handed_by(options),
        )
    except OSError as error:
        sys.exit(f"The simulator cannot listen at {options.host}:{options.port}: {error.strerror}.")
    signal.signal(signal.SIGTERM, _leave)
    sys.stdout.write(
        f"Gateway simulator at http://{options.host}:{server.server_address[1]}/ (books: {options.books})\n"
    )
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


def _leave(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    account = Account()
    parser = argparse.ArgumentParser(
        prog="python -m simulators.niubiz",
        description="A stand-in for the Niubiz card gateway. It moves no money. Its back office is the page at /.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at")
    parser.add_argument("--port", type=int, default=8001, help="port to listen at; 0 takes any free one")
    parser.add_argument("--books", type=Path, default=Path("var/simulator.sqlite3"), help="file that keeps the charges")
    parser.add_argument("--user", default=account.user, help="API user it accepts")
    parser.add_argument("--password", default=account.password, help="API password it accepts")
    parser.add_argument("--merchant", default=account.merchant_id, help="merchant code it works for")
    parser.add_argument(
        "--canned",
        action="store_true",
        help="give every approval the same transaction id and authorisation code, as the real sandbox does",
    )
    add_options(parser)
    return parser


if __name__ == "__main__":
    main()
