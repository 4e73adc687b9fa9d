"""Stops the demo of this checkout from another terminal, and takes away what it left on the machine."""

import os
import shutil
import signal
import time
from pathlib import Path

from demo.database import Server
from demo.postgresql_programs import ROOT_HOME

STOP_SECONDS = 90
#: Written into each folder of ROOT_HOME: the folder of a checkout whose server's data it holds.
CLAIM = "of"


def stop(folder: Path) -> bool:
    """End the demo that runs in `folder`, and its PostgreSQL; False when none runs. Raises TimeoutError."""
    process = _process_of(folder)
    if process:
        os.kill(process, signal.SIGTERM)
        give_up = time.monotonic() + STOP_SECONDS
        while _process_of(folder):
            if time.monotonic() > give_up:
                raise TimeoutError(f"process {process} did not end in {STOP_SECONDS} s; end it: kill -9 {process}")
            time.sleep(0.2)
    return Server(folder).stop() or bool(process)


def remove(var: Path) -> list[Path]:
    """Delete what demo, check and tests keep in `var`, and under ROOT_HOME what no checkout claims; return all that."""
    removed = []
    for folder in (var / name for name in ("demo", "check", "test")):
        if folder.exists():
            stop(folder)
            Server(folder).reset()
            shutil.rmtree(folder)
            removed.append(folder)
    return removed + _remove_unclaimed()


def _process_of(folder: Path) -> int | None:
    """The process that wrote its number into the lock of `folder`, while it lives."""
    try:
        process = int((folder / "lock").read_text())
        os.kill(process, 0)
    except (OSError, ValueError):
        return None
    return process


def _is_unclaimed(home: Path) -> bool:
    claim = home / CLAIM
    return claim.exists() and not Path(claim.read_text()).exists()


def _remove_unclaimed() -> list[Path]:
    """Data of checkouts that were deleted, and PostgreSQL's programs once nobody's data are left. For root alone."""
    if os.geteuid() != 0 or not ROOT_HOME.is_dir():
        return []
    programs = list(ROOT_HOME.glob("postgresql-*"))
    homes = [home for home in ROOT_HOME.iterdir() if home not in programs]
    removed = [home for home in homes if _is_unclaimed(home)]
    if removed == homes:
        removed += programs
    for place in removed:
        shutil.rmtree(place)
    return removed
