"""A small run of the attack that `script/chaos` is: real processes, killed and troubled while members pay.

The large ones, their tables and how they are read: docs/chaos.md.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LONGEST_SECONDS = 300


@pytest.fixture(scope="module")
def table() -> str:
    """What the run printed; it has a database of its own, and ends by itself."""
    command = [sys.executable, "-m", "bench.chaos", "--payments", "30", "--faults", "15", "--workers", "10"]
    place = ["--dir", str(ROOT / "var" / "test" / "chaos")]
    ended = subprocess.run(
        [*command, *place], cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
    )
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr[-3000:]}"
    return ended.stdout


def figures(section: str, table: str) -> dict[str, int]:
    """The rows under one heading."""
    rows = table.partition(f"\n{section}\n")[2].partition("\n\n")[0].splitlines()[1:]
    found = (re.fullmatch(r"(.*?) +([\d,]+)", row) for row in rows)
    return {row[1].strip(): int(row[2].replace(",", "")) for row in found if row}


def test_no_money_is_lost_whatever_breaks(table: str) -> None:
    counts = figures("Must be 0", table)
    assert len(counts) == 18
    assert not any(counts.values()), table


def test_everything_was_broken_and_members_paid_all_the_same(table: str) -> None:
    injected = figures("Faults injected", table)
    assert injected["in all"] >= 15
    for part in ("a web worker", "a job worker", "PostgreSQL"):
        assert injected[f"kill -9 {part}"] >= 1
    assert figures("Visits, by how they ended", table)["paid"] >= 20
    assert figures("In the end", table)["receipts issued"] >= 20
