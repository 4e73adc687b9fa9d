"""Counts how often the portal waits for PostgreSQL: once for a query, once for a pipeline of them."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from django.db import connection
from psycopg.pq import PipelineStatus


class RoundTrips:
    """While it is entered, `count` has the round trips and `queries` the queries of this thread's connection.

    BEGIN, COMMIT and savepoints that Django sends by itself are not counted, nor PostgreSQL's own checks.
    """

    def __init__(self) -> None:
        self.count = 0
        self.queries = 0
        self.texts: list[str] = []
        self._stack = ExitStack()
        self._pipeline: object = None

    def __enter__(self) -> "RoundTrips":
        self._stack.enter_context(connection.execute_wrapper(self._counting))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _counting(self, execute: Callable[..., Any], query: str, params: Any, many: bool, context: Any) -> Any:
        raw = connection.connection
        if raw and raw.pgconn.pipeline_status != PipelineStatus.OFF:
            pipeline = raw._pipeline
            self.count += pipeline is not self._pipeline
            self._pipeline = pipeline
        elif not query.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            self.count += 1
        self.queries += 1
        self.texts.append(query)
        return execute(query, params, many, context)
