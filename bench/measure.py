"""What the benchmarks measure with, and the table in which they tell it."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from demo.database import Server

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Ran:
    """One command: its wall time, and the most memory it held."""

    seconds: float
    peak_mb: float


def run(*arguments: str) -> Ran:
    """`manage.py` with these arguments, as a process of its own. Raises CalledProcessError with what it wrote."""
    began = time.monotonic()
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, said)
    return Ran(time.monotonic() - began, usage.ru_maxrss / 1024)


@contextmanager
def database(directory: Path) -> Iterator[None]:
    """An empty portal in a database of its own; Django is set up with it. What was in the directory is lost."""
    import django
    from django.core.management import call_command

    server = Server(directory)
    server.stop()
    server.reset()
    os.environ |= {
        "DATABASE_URL": server.start(),
        "PORTAL_MODE": "local",
        "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "cmp_portal.settings",
    }
    try:
        django.setup()
        call_command("migrate", verbosity=0)
        yield
    finally:
        server.stop()


def seconds_of(do: Callable[[], object]) -> float:
    began = time.monotonic()
    do()
    return time.monotonic() - began


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def heading(title: str) -> None:
    print(f"\n{title}\n{'-' * 86}", flush=True)


def row(name: str, figure: str, *, ratio: float | None = None, limit: float | None = None) -> None:
    """One line of the table; with a limit, whether the ratio (or the megabytes) keeps it."""
    compared = "" if ratio is None else f"{ratio:.2f}"
    verdict = "" if ratio is None or limit is None else f"≤ {limit:g} {'ok' if ratio <= limit else 'OVER'}"
    print(f"{name:46}{figure:>18}{compared:>10}  {verdict}", flush=True)


def machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    load = os.getloadavg()[0]
    day = datetime.now(UTC).strftime("%d/%m/%Y %H:%M UTC")
    return f"{day}; {os.cpu_count()} cores ({model}), Python {platform.python_version()}, load {load:.1f} at the start"
