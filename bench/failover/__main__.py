"""`script/bench failover`: see bench/failover/__init__.py."""

import argparse
import signal
import sys
from pathlib import Path

from bench.failover.cluster import MissingProgramError
from bench.failover.run import run
from demo.postgresql_programs import DatabaseError
from demo.processes import ServerDiedError


def main(arguments: list[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    chosen.dir = chosen.dir.resolve()
    chosen.members = max(4, -(-chosen.payments // 5))
    chosen.plant, chosen.faults = "", 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run(chosen)
    except (DatabaseError, ServerDiedError, MissingProgramError) as trouble:
        print(f"\nfailover: {trouble}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped; nothing was judged.", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="script/bench failover",
        description="Three database nodes, two web hosts and two workers on this machine; a web host, a worker and the "
        "primary are killed while members pay. Ends with 0 when no sol was lost or charged twice. Needs etcd and "
        "haproxy (apt-get install --no-install-recommends etcd-server haproxy).",
    )
    parser.add_argument("--payments", type=int, default=300, help="visits of members who come to pay (default 300)")
    parser.add_argument("--workers", type=int, default=6, help="members paying at the same time (default 6)")
    parser.add_argument("--seed", type=int, default=1, help="who pays what and when (default 1)")
    parser.add_argument("--dir", type=Path, default=Path("var/bench/failover"), help="data and logs; emptied")
    return parser


if __name__ == "__main__":
    sys.exit(main())
