"""What PostgreSQL itself counted: statements by pg_stat_statements, whoever sent them."""

import re
from dataclasses import dataclass

import psycopg

from bench.checkout.wire import Wire

# BEGIN, COMMIT and the like end at the server without touching a table; they are told apart, not hidden.
BRACKETS = r"^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET|DISCARD|LISTEN|UNLISTEN)\b"
READ = """
    SELECT query, calls FROM pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND query NOT LIKE '%pg_stat_statements%' AND toplevel
      -- the worker's own clock, which no payment makes tick
      AND query NOT LIKE '%procrastinate_defer_periodic%'
      -- what each process asks once about its types
      AND query NOT LIKE 'SELECT oid, typarray FROM pg_type %'
      -- PostgreSQL's own check of a foreign key, which nobody sent
      AND query NOT LIKE 'SELECT % FROM ONLY % FOR KEY SHARE OF x'
    ORDER BY calls DESC, query
"""


@dataclass(frozen=True)
class Counted:
    """Statements, and apart from them the brackets of transactions; `text` names each with its number of calls."""

    statements: int
    brackets: int
    text: str
    #: Times that somebody waited, without brackets (bench/checkout/wire.py); 0 where nobody counted.
    round_trips: int = 0


class Statements:
    def __init__(self, url: str, wire: Wire | None = None) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._wire = wire or Wire()

    def forget(self) -> None:
        self._connection.execute("SELECT pg_stat_statements_reset()")
        self._wire.forget()

    def counted(self) -> Counted:
        """Since `forget`."""
        rows = self._connection.execute(READ).fetchall()
        brackets = sum(calls for query, calls in rows if re.match(BRACKETS, query, re.IGNORECASE))
        text = "\n".join(f"{calls:6} {' '.join(query.split())}" for query, calls in rows)
        return Counted(sum(calls for _, calls in rows) - brackets, brackets, text, self._wire.round_trips)

    def close(self) -> None:
        self._connection.close()
