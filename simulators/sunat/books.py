"""What the stand-in has received, in one SQLite file: it outlives a kill, as SUNAT's own books would."""

import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    name TEXT PRIMARY KEY, code TEXT NOT NULL, total TEXT NOT NULL, cdr BLOB NOT NULL, xml BLOB NOT NULL,
    voided INTEGER NOT NULL DEFAULT 0, issued TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS ticket (
    number TEXT PRIMARY KEY, name TEXT NOT NULL, code TEXT NOT NULL, cdr BLOB NOT NULL, ready_at REAL NOT NULL
);
"""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file that was received. `name` is type-series-number, as 03-B001-1; `code` that of its constancy."""

    name: str
    code: str
    total: str
    cdr: bytes
    xml: bytes
    voided: bool = False
    # The day of issue, as 2026-11-23.
    issued: str = ""

    @property
    def accepted(self) -> bool:
        return self.code == "0"

    @property
    def stands(self) -> bool:
        return self.accepted and not self.voided


@dataclass(frozen=True, kw_only=True)
class Ticket:
    number: str
    name: str
    code: str
    cdr: bytes
    ready_at: float


class Books:
    """Shared by the server's threads; one question at a time."""

    def __init__(self, file: Path | str) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._connection.executescript(_SCHEMA)
        # Books of before the register was asked.
        if "issued" not in {row[1] for row in self._connection.execute("PRAGMA table_info(document)")}:
            self._connection.execute("ALTER TABLE document ADD COLUMN issued TEXT NOT NULL DEFAULT ''")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def keep(self, entry: Entry) -> bool:
        """False when the name was there: the first stays."""
        with self._lock:
            done = self._connection.execute(
                "INSERT OR IGNORE INTO document (name, code, total, cdr, xml, issued) VALUES (?, ?, ?, ?, ?, ?)",
                (entry.name, entry.code, entry.total, entry.cdr, entry.xml, entry.issued),
            )
            return done.rowcount == 1

    def find(self, name: str) -> Entry | None:
        return next(iter(self._read("WHERE name = ?", name)), None)

    def entries(self) -> list[Entry]:
        """In the order they were received."""
        return self._read("ORDER BY rowid")

    def _read(self, which: str, *values: str) -> list[Entry]:
        columns = "name, code, total, cdr, xml, voided, issued"
        with self._lock:
            rows = self._connection.execute(f"SELECT {columns} FROM document {which}", values).fetchall()  # noqa: S608
        return [
            Entry(name=name, code=code, total=total, cdr=cdr, xml=xml, voided=bool(voided), issued=issued)
            for name, code, total, cdr, xml, voided, issued in rows
        ]

    def void(self, name: str) -> bool:
        """False when no such document was received."""
        with self._lock:
            return self._connection.execute("UPDATE document SET voided = 1 WHERE name = ?", (name,)).rowcount == 1

    def keep_ticket(self, ticket: Ticket) -> None:
        with self._lock:
            self._connection.execute(
                "INSERT INTO ticket VALUES (?, ?, ?, ?, ?)",
                (ticket.number, ticket.name, ticket.code, ticket.cdr, ticket.ready_at),
            )

    def ticket(self, number: str) -> Ticket | None:
        return self._ticket("number", number)

    def ticket_of(self, name: str) -> Ticket | None:
        """The ticket of a file, as RC-20261123-1."""
        return self._ticket("name", name)

    def files(self) -> dict[str, str]:
        """The code of every summary and voiding that was taken, by name."""
        with self._lock:
            return dict(self._connection.execute("SELECT name, code FROM ticket ORDER BY rowid"))

    def _ticket(self, column: str, value: str) -> Ticket | None:
        with self._lock:
            row = self._connection.execute(f"SELECT * FROM ticket WHERE {column} = ?", (value,)).fetchone()  # noqa: S608
        return Ticket(number=row[0], name=row[1], code=row[2], cdr=row[3], ready_at=row[4]) if row else None
