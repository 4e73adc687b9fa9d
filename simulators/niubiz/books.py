"""What the simulator has promised, in one SQLite file: it outlives a kill, as a real gateway's books would.

A charge is committed before its answer leaves. Amounts are text with two decimals; times are Unix seconds.
"""

import secrets
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

SESSION_SECONDS = 30 * 60
TOKEN_SECONDS = 15 * 60

_SCHEMA = """
CREATE TABLE IF NOT EXISTS secret (value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS session (
    key TEXT PRIMARY KEY, amount TEXT NOT NULL, opened_at REAL NOT NULL, client_ip TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS token (
    token TEXT PRIMARY KEY, session_key TEXT NOT NULL, card TEXT NOT NULL, brand TEXT NOT NULL, card_type TEXT NOT NULL,
    behaviour TEXT NOT NULL, action_code TEXT NOT NULL, eci TEXT NOT NULL, email TEXT NOT NULL,
    minted_at REAL NOT NULL, used_at REAL
);
CREATE TABLE IF NOT EXISTS paycard (session_key TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS stored_card (
    token_id TEXT PRIMARY KEY, transaction_token TEXT NOT NULL UNIQUE, expiry TEXT NOT NULL, registered INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS typed_expiry (token TEXT PRIMARY KEY, expiry TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS authorisation (
    id INTEGER PRIMARY KEY, purchase_number TEXT NOT NULL UNIQUE, token TEXT NOT NULL, amount TEXT NOT NULL,
    currency TEXT NOT NULL, state TEXT NOT NULL, action_code TEXT NOT NULL, card TEXT NOT NULL, brand TEXT NOT NULL,
    card_type TEXT NOT NULL, eci TEXT NOT NULL, email TEXT NOT NULL, transaction_id TEXT NOT NULL,
    authorization_code TEXT NOT NULL, trace_number TEXT NOT NULL, signature TEXT NOT NULL UNIQUE,
    decided_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS undo (
    id INTEGER PRIMARY KEY, authorisation INTEGER NOT NULL REFERENCES authorisation, kind TEXT NOT NULL,
    amount TEXT NOT NULL, reference TEXT NOT NULL, reason TEXT NOT NULL, done_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS undo_of ON undo (authorisation);
"""

_OF_THE_TOKEN = ("card", "brand", "card_type", "eci", "email", "yape_id", "instalments")
#: Columns that books of before do not have.
_ADDED = {"yape_id": "TEXT NOT NULL DEFAULT ''", "instalments": "INTEGER NOT NULL DEFAULT 0"}

State = Literal["authorised", "denied", "voided", "partly_refunded", "refunded"]


@dataclass(frozen=True, kw_only=True)
class Session:
    key: str
    amount: Decimal
    opened_at: float
    client_ip: str

    @property
    def expires_at(self) -> float:
        return self.opened_at + SESSION_SECONDS


@dataclass(frozen=True, kw_only=True)
class Token:
    """A card as the form left it. The full number is never kept, only its mask and what it is to do."""

    token: str
    session_key: str
    card: str
    brand: str
    card_type: str
    behaviour: str
    action_code: str
    eci: str
    email: str
    minted_at: float
    used_at: float | None = None
    #: The payer's telephone; "" for a card.
    yape_id: str = ""
    #: Into how many parts the payer's bank splits the charge; 0 for one piece.
    instalments: int = 0


@dataclass(frozen=True, kw_only=True)
class StoredCard:
    """A card on file: the form's token it came from, its expiry (MM/YY), and whether its first charge was approved."""

    token_id: str
    transaction_token: str
    expiry: str
    registered: int = 0


@dataclass(frozen=True, kw_only=True)
class Authorisation:
    id: int
    purchase_number: str
    token: str
    amount: Decimal
    currency: str
    state: State
    action_code: str
    card: str
    brand: str
    card_type: str
    eci: str
    email: str
    transaction_id: str
    authorization_code: str
    trace_number: str
    signature: str
    decided_at: float
    yape_id: str = ""
    instalments: int = 0


@dataclass(frozen=True, kw_only=True)
class Undo:
    id: int
    authorisation: int
    kind: Literal["void", "refund"]
    amount: Decimal
    reference: str
    reason: str
    done_at: float


class Books:
    """Safe to use from several threads: one connection, one writer at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(_SCHEMA)
        for table in ("token", "authorisation"):
            present = {row["name"] for row in self._rows(f"PRAGMA table_info({table})")}
            for name in _ADDED.keys() - present:
                self._database.execute(f"ALTER TABLE {table} ADD COLUMN {name} {_ADDED[name]}")

    def close(self) -> None:
        with self._lock:
            self._database.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All or nothing, and nobody else between: what is read inside still holds when it is written."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def secret(self) -> str:
        """Return the stored secret. It is created once, so that access tokens outlive a restart."""
        with self.writing():
            rows = self._rows("SELECT value FROM secret")
            if not rows:
                self._insert("secret", {"value": secrets.token_hex(32)})
            return str(self._rows("SELECT value FROM secret")[0]["value"])

    def open_session(self, *, amount: Decimal, client_ip: str, now: float, for_keeping: bool = False) -> Session:
        session = Session(key=secrets.token_hex(32), amount=amount, opened_at=now, client_ip=client_ip)
        with self.writing():
            self._insert("session", vars(session))
            if for_keeping:
                self._insert("paycard", {"session_key": session.key})
        return session

    def session(self, key: str) -> Session | None:
        rows = self._rows("SELECT * FROM session WHERE key = ?", key)
        return Session(**_with_decimal(rows[0])) if rows else None

    def keep_token(self, token: Token) -> None:
        with self.writing():
            self._insert("token", vars(token))

    def token(self, token: str) -> Token | None:
        rows = self._rows("SELECT * FROM token WHERE token = ?", token)
        return Token(**dict(rows[0])) if rows else None

    def keep_expiry(self, token: str, expiry: str) -> None:
        """What was typed as the expiry of a card that is to be kept: MM/YY."""
        with self.writing():
            self._insert("typed_expiry", {"token": token, "expiry": expiry})

    def expiry(self, token: str) -> str:
        rows = self._rows("SELECT expiry FROM typed_expiry WHERE token = ?", token)
        return str(rows[0]["expiry"]) if rows else ""

    def is_for_keeping(self, session_key: str) -> bool:
        """Whether this session was opened to keep a card, not to charge one."""
        return bool(self._rows("SELECT 1 FROM paycard WHERE session_key = ?", session_key))

    def store_card(self, card: "StoredCard") -> None:
        with self._lock:
            self._insert("stored_card", vars(card))

    def stored_card(self, token_id: str) -> "StoredCard | None":
        rows = self._rows("SELECT * FROM stored_card WHERE token_id = ?", token_id)
        return StoredCard(**dict(rows[0])) if rows else None

    def register_stored_card(self, token_id: str) -> None:
        with self._lock:
            self._database.execute("UPDATE stored_card SET registered = 1 WHERE token_id = ?", (token_id,))

    def spend_token(self, token: str, *, now: float) -> None:
        with self._lock:
            self._database.execute("UPDATE token SET used_at = ? WHERE token = ?", (now, token))

    def record(self, token: Token, order: dict[str, Any], *, state: State, action_code: str, decided_at: float) -> None:
        """Write down a decision about a purchase number that has none yet."""
        with self._lock:
            count = self._rows("SELECT count(*) AS n FROM authorisation")[0]["n"]
            self._insert(
                "authorisation",
                {
                    "purchase_number": order["purchaseNumber"],
                    "token": token.token,
                    "amount": order["amount"],
                    "currency": order["currency"],
                    "state": state,
                    "action_code": action_code,
                    **{name: getattr(token, name) for name in _OF_THE_TOKEN},
                    "transaction_id": f"99{secrets.randbelow(10**13):013d}",
                    "authorization_code": f"{secrets.randbelow(10**6):06d}" if state == "authorised" else "",
                    "trace_number": str(10_000 + count),
                    "signature": str(uuid.uuid4()),
                    "decided_at": decided_at,
                },
            )

    def find(
        self, column: Literal["purchase_number", "signature", "transaction_id"], value: str
    ) -> Authorisation | None:
        found = self._rows(f"SELECT * FROM authorisation WHERE {column} = ?", value)  # noqa: S608 - a literal
        return Authorisation(**_with_decimal(found[0])) if found else None

    def authorisations(self) -> list[Authorisation]:
        """All decisions, newest first."""
        rows = self._rows("SELECT * FROM authorisation ORDER BY id DESC")
        return [Authorisation(**_with_decimal(row)) for row in rows]

    def undo(
        self,
        charge: Authorisation,
        kind: str,
        *,
        amount: Decimal,
        state: State,
        reason: str,
        reference: str,
        now: float,
    ) -> Undo:
        with self._lock:
            self._database.execute("UPDATE authorisation SET state = ? WHERE id = ?", (state, charge.id))
            fields = {"authorisation": charge.id, "kind": kind, "amount": amount, "reference": reference}
            self._insert("undo", {**fields, "reason": reason, "done_at": now})
            return self.undos(charge.id)[-1]

    def undos(self, authorisation: int | None = None) -> list[Undo]:
        """What was undone of one charge, or of all, oldest first."""
        rows = self._rows("SELECT * FROM undo WHERE ?1 IS NULL OR authorisation = ?1 ORDER BY id", authorisation)
        return [Undo(**_with_decimal(row)) for row in rows]

    def refunded(self, charge: Authorisation) -> Decimal:
        return sum((undo.amount for undo in self.undos(charge.id) if undo.kind == "refund"), Decimal("0.00"))

    def _rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._database.execute(sql, values).fetchall()

    def _insert(self, table: str, values: dict[str, Any]) -> None:
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        written = [f"{value:.2f}" if isinstance(value, Decimal) else value for value in values.values()]
        self._database.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", written)  # noqa: S608 - our own names


def _with_decimal(row: sqlite3.Row) -> dict[str, Any]:
    return {**dict(row), "amount": Decimal(row["amount"])}
