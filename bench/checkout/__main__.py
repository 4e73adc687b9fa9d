"""`script/bench checkout`: see bench/checkout/__init__.py."""

import argparse
import logging
import signal
import sys
from pathlib import Path

from bench.checkout.parts import Size, measured_parts
from bench.measure import ROOT, machine
from demo.postgresql_programs import DatabaseError
from demo.processes import ServerDiedError


def main(arguments: list[str] | None = None) -> int:
    chosen = parser("checkout", sys.modules[__package__].__doc__).parse_args(arguments)
    folder = chosen.dir.resolve()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with measured_parts(folder, Size(web_workers=chosen.web_workers), keep=chosen.keep) as parts:
            import django

            django.setup()
            logging.disable(logging.INFO)  # of this process; the portal's own write theirs
            from bench.checkout.run import run

            print(f"Checkouts of {chosen.checkouts:,} members, {chosen.members_at_once} at once\n{machine()}")
            return run(parts, chosen)
    except (DatabaseError, ServerDiedError) as trouble:
        print(f"\ncheckout: {trouble}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped; nothing was measured.", file=sys.stderr)
    return 2


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt  # so that everything started is stopped


def parser(name: str, description: str | None) -> argparse.ArgumentParser:
    """The options that every measurement with the whole portal has."""
    made = argparse.ArgumentParser(prog=f"script/bench {name}", description=description)
    made.add_argument(
        "--scale", type=float, default=0.02, help="1 is 100,000 members and 7.2 million dues (default 0.02)"
    )
    made.add_argument("--members-at-once", type=int, default=8, help="members paying at the same time (default 8)")
    made.add_argument("--checkouts", type=int, default=200, help="members who pay in all (default 200)")
    made.add_argument(
        "--settlements", type=int, default=400, help="settlements of each way timed, in three turns (default 400)"
    )
    made.add_argument("--web-workers", type=int, default=2, help="processes of gunicorn, 4 threads each (default 2)")
    made.add_argument("--keep", action="store_true", help="use the members and dues that an earlier run loaded")
    made.add_argument("--dir", type=Path, default=ROOT / "var" / "bench" / name, help="its database and logs (emptied)")
    return made


if __name__ == "__main__":
    sys.exit(main())
