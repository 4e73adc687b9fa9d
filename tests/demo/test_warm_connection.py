"""The connection that is not asked whether it lives."""

from collections.abc import Iterator

import pytest
from django.db import connection, connections
from django.db.backends.postgresql import base as django_postgresql

from base.postgres.backend.base import STILL_WARM_SECONDS, DatabaseWrapper


@pytest.fixture
def kept() -> Iterator[DatabaseWrapper]:
    """A second connection, as a thread keeps one from request to request."""
    wrapper = connections.create_connection("default")
    assert isinstance(wrapper, DatabaseWrapper)
    wrapper.ensure_connection()
    yield wrapper
    wrapper.close()


@pytest.mark.django_db
def test_a_warm_connection_is_not_asked_and_one_that_rested_is(
    kept: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(django_postgresql.DatabaseWrapper, "is_usable", lambda self: asked.append(self) or True)
    assert kept.is_usable()
    assert not asked
    kept.answered_at -= STILL_WARM_SECONDS
    assert kept.is_usable()
    assert asked


@pytest.mark.django_db
def test_a_connection_that_postgresql_ended_is_noticed_though_it_was_warm(kept: DatabaseWrapper) -> None:
    ended = kept.connection.info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
    assert not kept.is_usable()
