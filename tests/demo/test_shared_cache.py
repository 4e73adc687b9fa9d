"""The cache in which failed logins are counted, and the connection that is not asked whether it lives."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection, connections
from django.db.backends.postgresql import base as django_postgresql

from base.postgres.backend.base import STILL_WARM_SECONDS, DatabaseWrapper
from cmp_portal.cache import OneStatementCache


@pytest.mark.django_db
def test_what_is_kept_comes_back_until_it_expires() -> None:
    cache.set("limit", [1.5, 2.5], 60)
    cache.set("limit", [3.5], 60)
    cache.set("over", "gone", -1)
    cache.set("always", "kept", None)
    assert cache.get_many(["limit", "over", "always", "never"]) == {"limit": [3.5], "always": "kept"}
    assert cache.delete("limit")
    assert cache.get("limit", "nothing") == "nothing"


@pytest.mark.django_db
def test_only_the_first_gets_a_lock_and_an_old_one_is_taken_over() -> None:
    assert cache.add("lock", 1, 60)
    assert not cache.add("lock", 2, 60)
    assert cache.get("lock") == 1
    assert cache.touch("lock", -1)
    assert not cache.touch("lock", 60)
    assert cache.add("lock", 3, 60)
    assert cache.get("lock") == 3


@pytest.mark.django_db
def test_the_sweep_takes_what_expired_and_of_too_many_the_next_to_expire() -> None:
    small = OneStatementCache("shared_cache", {"OPTIONS": {"MAX_ENTRIES": 2}})
    for name, seconds in (("over", -1), ("soon", 60), ("later", 600), ("last", 6000)):
        small.set(name, name, seconds)
    assert small.sweep() == 2
    assert set(small.get_many(["over", "soon", "later", "last"])) == {"later", "last"}


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
