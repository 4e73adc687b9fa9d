import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.postgresql import base, operations
from django.db.backends.postgresql.base import ServerBindingCursor
from psycopg import OperationalError

# A connection used within these seconds is not queried: if the server ended since, the socket shows it.
STILL_WARM_SECONDS = 10.0
PREPARED = "prepared"


class DatabaseOperations(operations.DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> Any:
        """Also for a prepared cursor, whose query text has no values in it."""
        if isinstance(cursor, ServerBindingCursor):
            return self.compose_sql(sql, params)
        return super().last_executed_query(cursor, sql, params)


class DatabaseWrapper(base.DatabaseWrapper):
    """CONN_HEALTH_CHECKS without a query at the start of each request.

    A recently used connection counts as usable unless its socket is readable, as it is after PostgreSQL restarts. An
    older one is queried, as in Django.
    """

    ops_class = DatabaseOperations
    answered_at = 0.0

    def is_usable(self) -> bool:
        if self.connection is not None and self._is_warm() and not self._has_news():
            return True
        return bool(super().is_usable())

    def _is_warm(self) -> bool:
        return time.monotonic() - self.answered_at < STILL_WARM_SECONDS

    def _has_news(self) -> bool:
        """Tells whether the socket is readable although no query runs: PostgreSQL sent a last word or hung up."""
        poll = select.poll()
        try:
            poll.register(self.connection.fileno(), select.POLLIN | select.POLLHUP)
        except OperationalError:
            return True  # closed on our side
        return bool(poll.poll(0))

    def _cursor(self, name: str | None = None) -> Any:
        cursor = super()._cursor(name)  # type: ignore[misc]  # missing in the stubs
        self.answered_at = time.monotonic()
        return cursor

    def prepared_cursor(self) -> Any:
        """Returns a cursor that sends text and values apart, so that the server can reuse the plan (kept_queries).

        The setting DATABASE_POOLED decides whether plans are reused.
        """
        return self._cursor(PREPARED)

    @contextmanager
    def pipeline(self) -> Iterator[None]:
        """Sends the queries of this block without waiting for each answer (psycopg's pipeline mode)."""
        self.ensure_connection()
        with self.wrap_database_errors, self.connection.pipeline():
            yield

    def create_cursor(self, name: str | None = None) -> Any:
        if name != PREPARED:
            return super().create_cursor(name)
        return ServerBindingCursor(self.connection)  # type: ignore[call-arg]  # psycopg's cursor: missing in the stubs

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        self.answered_at = time.monotonic()
        return connection
