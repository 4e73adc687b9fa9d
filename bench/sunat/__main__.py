"""`script/bench sunat`: see bench/sunat/__init__.py."""

import argparse
import sys
from pathlib import Path

from bench.measure import ROOT, database


def main(arguments: list[str] | None = None) -> int:
    """0 when every count is 0, else 1."""
    chosen = _parser().parse_args(arguments)
    with database(chosen.dir.resolve()):
        # Needs Django, which needs the database's address.
        from bench.sunat.run import Run

        return Run(documents=chosen.documents, seed=chosen.seed).conduct()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="script/bench sunat", description=__doc__)
    parser.add_argument("--documents", type=int, default=500, help="documents to file (default 500)")
    parser.add_argument("--seed", type=int, default=1, help="which answers go wrong (default 1)")
    parser.add_argument("--dir", type=Path, default=ROOT / "var" / "bench" / "sunat", help="its database (emptied)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
