"""The cache that all processes share: Django's table, with one statement for each question.

Django's own counts the whole table before it writes and reads before it decides: the limits of one login took 40
statements, and more time the more people had logged in. What is old is swept out by a job instead (`sweep`).
"""

import pickle
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connection

FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)


class OneStatementCache(DatabaseCache):
    """As Django's DatabaseCache with the same table. Raises nothing it does not; an expired entry is not there."""

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        wanted = {self.make_and_validate_key(key, version=version): key for key in keys}
        if not wanted:
            return {}
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT cache_key, value FROM {self._name} WHERE cache_key = ANY(%s) AND expires > now()",  # noqa: S608
                [list(wanted)],
            )
            # Pickles of our own: who can write this table can do anything already.
            return {wanted[key]: pickle.loads(b64decode(value)) for key, value in cursor.fetchall()}  # noqa: S301

    def _base_set(self, mode: str, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT) -> bool:
        """True when it was written; an `add` is not where an entry lives."""
        until = self.get_backend_timeout(timeout)
        expires = FOR_EVER if until is None else datetime.fromtimestamp(until, tz=UTC)
        with connection.cursor() as cursor:
            if mode == "touch":
                statement = f"UPDATE {self._name} SET expires = %s WHERE cache_key = %s AND expires > now()"  # noqa: S608
                cursor.execute(statement, [expires, key])
            else:
                text = b64encode(pickle.dumps(value, self.pickle_protocol)).decode("ascii")
                cursor.execute(self._upsert(mode), [key, text, expires])
            return bool(cursor.rowcount)

    def _upsert(self, mode: str) -> str:
        only = f" WHERE {self._name}.expires <= now()" if mode == "add" else ""
        return (
            f"INSERT INTO {self._name} (cache_key, value, expires) VALUES (%s, %s, %s) ON CONFLICT (cache_key) "  # noqa: S608
            f"DO UPDATE SET value = excluded.value, expires = excluded.expires{only}"
        )

    def sweep(self) -> int:
        """Delete what expired and, beyond MAX_ENTRIES, what would expire first; how many entries went."""
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {self._name} WHERE expires <= now()")  # noqa: S608
            expired = cursor.rowcount
            cursor.execute(
                f"DELETE FROM {self._name} WHERE cache_key IN "  # noqa: S608
                f"(SELECT cache_key FROM {self._name} ORDER BY expires DESC OFFSET %s)",
                [self._max_entries],
            )
            return int(expired + cursor.rowcount)

    @property
    def _name(self) -> str:
        return connection.ops.quote_name(self._table)  # type: ignore[attr-defined]  # missing in the stubs
