import select
import time
from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError

# A connection that answered so many seconds ago is looked at, not asked: a server that ended since has closed it.
STILL_WARM_SECONDS = 10.0


class DatabaseWrapper(base.DatabaseWrapper):
    """CONN_HEALTH_CHECKS without a question at the start of each request.

    A connection used a moment ago counts as usable unless something arrived on it unasked, as its end does when
    PostgreSQL was restarted. One that rested longer is asked, as Django asks always.
    """

    answered_at = 0.0

    def is_usable(self) -> bool:
        if self.connection is not None and self._is_warm() and not self._has_news():
            return True
        return bool(super().is_usable())

    def _is_warm(self) -> bool:
        return time.monotonic() - self.answered_at < STILL_WARM_SECONDS

    def _has_news(self) -> bool:
        """Whether the socket can be read though nothing was asked: PostgreSQL's last words, or its hanging up."""
        waiting = select.poll()
        try:
            waiting.register(self.connection.fileno(), select.POLLIN | select.POLLHUP)
        except OperationalError:
            return True  # closed on our side
        return bool(waiting.poll(0))

    def _cursor(self, name: str | None = None) -> Any:
        cursor = super()._cursor(name)  # type: ignore[misc]  # missing in the stubs
        self.answered_at = time.monotonic()
        return cursor

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        self.answered_at = time.monotonic()
        return connection
