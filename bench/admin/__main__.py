"""`script/bench admin`: see bench/admin/__init__.py."""

import argparse
import os
import sys
from pathlib import Path

from bench.measure import ROOT, machine
from demo.database import Server


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="script/bench admin", description=sys.modules[__package__].__doc__)
    parser.add_argument("--attempts", type=int, default=1_000_000, help="attempts in the list (default 1,000,000)")
    parser.add_argument("--repeats", type=int, default=15, help="how often each page is asked (default 15)")
    parser.add_argument("--keep", action="store_true", help="ask the rows of the last run again")
    parser.add_argument("--dir", type=Path, default=ROOT / "var" / "bench" / "admin", help="its database")
    chosen = parser.parse_args(arguments)
    server = Server(chosen.dir.resolve())
    if not chosen.keep:
        server.stop()
        server.reset()
    os.environ |= {
        "DATABASE_URL": server.start(),
        "PORTAL_MODE": "local",
        "DEBUG": "false",
        "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "cmp_portal.settings",
    }
    try:
        _run(chosen)
    finally:
        server.stop()
    return 0


def _run(chosen: argparse.Namespace) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from bench.admin import pages, years

    print(f"The treasury's pages over {chosen.attempts:,} attempts\n{machine()}")
    if not chosen.keep:
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        years.fill(chosen.attempts)
    pages.measure(chosen.repeats)
    pages.measure_export()


if __name__ == "__main__":
    sys.exit(main())
