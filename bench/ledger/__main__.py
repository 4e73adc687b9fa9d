"""`script/bench ledger`: see bench/ledger/__init__.py."""

import argparse
import os
import sys
from pathlib import Path

from bench.measure import ROOT, machine
from demo.database import Server


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="script/bench ledger", description=sys.modules[__package__].__doc__)
    parser.add_argument(
        "--scale", type=float, default=0.1, help="1 is 100,000 members and 7.2 million dues (default 0.1)"
    )
    parser.add_argument("--dir", type=Path, default=ROOT / "var" / "bench" / "ledger", help="its database (emptied)")
    chosen = parser.parse_args(arguments)
    server = Server(chosen.dir.resolve())
    server.stop()
    server.reset()
    os.environ |= {
        "DATABASE_URL": server.start(),
        "PORTAL_MODE": "local",
        "DEBUG": "false",
        "LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "cmp_portal.settings",
    }
    try:
        _run(chosen.scale, chosen.dir.resolve())
    finally:
        server.stop()
    return 0


def _run(scale: float, folder: Path) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    from bench.ledger import charging, college, loading, questions

    members = round(100_000 * scale)
    print(f"Ledger of {members:,} members, {members * 72:,} dues\n{machine()}")
    college.found(members)
    file = college.write_dues(folder / "dues.csv", members)
    asked = questions.ask_while_it_grows(file, members)
    loading.compare(file, folder / "dues.copy")
    questions.settle_most()
    asked[members * 72] = questions.ask(members)
    questions.tell(asked)
    questions.ask_of_all()
    charging.compare()


if __name__ == "__main__":
    sys.exit(main())
