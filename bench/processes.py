"""CPU-seconds and memory of a process with all its children, read from /proc."""

import os
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# After the program's name in /proc/PID/stat: parent, and clock ticks of the process and of its buried children.
PARENT, TICKS = 1, slice(11, 15)


def tree(root: int) -> list[int]:
    """`root` and all below it."""
    children = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children[int(fields[PARENT])].append(int(entry.name))
    found = [root]
    for pid in found:
        found += children[pid]
    return found


def cpu_seconds(root: int) -> float:
    """Of `root` and its children, those that ended included, since they began."""
    return sum(int(ticks) for pid in tree(root) for ticks in _stat(pid)[TICKS]) / TICKS_PER_SECOND


def memory_mb(root: int) -> dict[int, float]:
    """Proportional set size by process: pages shared with others count for the share of each."""
    return {pid: size for pid in tree(root) if (size := _pss_mb(pid))}


def _pss_mb(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def _stat(pid: int) -> list[str]:
    try:
        # The name may hold blanks and parentheses.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
