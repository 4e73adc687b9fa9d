"""The PostgreSQL server of the tests, for one run at a time."""

import fcntl
import os
import sys
from pathlib import Path

from demo import database

FOLDER = Path(__file__).resolve().parent.parent / "var" / "test"


def database_url() -> str:
    """Start or attach to the server, once no other run uses it: two would take each other's databases away."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    # Never closed: the lock is held as long as this process lives, and by no child of it.
    lock = os.open(FOLDER / "run.lock", os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.stderr.write("Another run of the tests is under way here; waiting for it.\n")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return database.start(FOLDER, durable=False)
