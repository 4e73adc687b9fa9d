"""`script/chaos`: see bench/chaos/__init__.py."""

import argparse
import fcntl
import signal
import sys
from pathlib import Path

from bench.chaos.run import default_folder, run
from demo.postgresql_programs import DatabaseError
from demo.processes import ServerDiedError

PLANTS = ("no-row-lock", "retry-authorisation")


def main(arguments: list[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    chosen.dir = chosen.dir.resolve()
    chosen.members = chosen.members or max(4, -(-chosen.payments // 5))
    for asked in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(asked, _interrupt)
    chosen.dir.mkdir(parents=True, exist_ok=True)
    with (chosen.dir / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return run(chosen)
        except BlockingIOError:
            print(
                f"chaos: another run is under way in {chosen.dir}; wait for it, or name another --dir.", file=sys.stderr
            )
        except (DatabaseError, ServerDiedError) as trouble:
            print(f"\nchaos: {trouble}", file=sys.stderr)
        except KeyboardInterrupt:
            print("\nStopped; nothing was judged.", file=sys.stderr)
    return 2


def _interrupt(*_: object) -> None:
    # Once is enough: a second signal must not break off the stopping.
    for asked in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(asked, signal.SIG_IGN)
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="script/chaos",
        description="Break everything while members pay, then compare the gateway's books with the portal's tables. "
        "Ends with 0 when no sol was charged twice, lost or forgotten, with 1 and the cases when one was.",
    )
    parser.add_argument("--payments", type=int, default=200, help="visits of members who come to pay (default 200)")
    parser.add_argument("--faults", type=int, default=60, help="troubles to inject (default 60)")
    parser.add_argument("--seed", type=int, default=1, help="which troubles, when and to whom (default 1)")
    parser.add_argument("--members", type=int, default=0, help="members in all (default: one for five payments)")
    parser.add_argument("--workers", type=int, default=16, help="members paying at the same time (default 16)")
    parser.add_argument(
        "--plant", choices=PLANTS, default="", help="plant a bug in the portal's processes; it must be caught"
    )
    parser.add_argument("--dir", type=Path, default=default_folder(), help="data and logs (default var/chaos; emptied)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
