"""How often an account may be tried: by one address, and from anywhere.

The limits are allauth's. Its way of counting, in the cache, took four statements for each of three limits, and eight
more after a login; here one counts all of them, and another forgives.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import connection
from django.utils import timezone


@dataclass(frozen=True)
class Limit:
    """At most so many tries in so many seconds. Those of a login that succeeded may be forgiven."""

    name: str
    most: int
    seconds: int
    forgiven: bool


ANY_BY_ADDRESS = Limit("any by address", 30, 60, forgiven=False)
WRONG_BY_ADDRESS = Limit("wrong by address", 10, 60, forgiven=True)
WRONG_AT_ACCOUNT = Limit("wrong at account", 5, 300, forgiven=True)


class TooManyTries(Exception):
    """This one must not be looked at; `by_address` when it is the address that does nothing but try."""

    def __init__(self, *, by_address: bool) -> None:
        super().__init__(by_address)
        self.by_address = by_address


@dataclass(frozen=True)
class Try:
    at: datetime
    forgivable: tuple[str, ...]


# Refused tries are not added: who waits is let in again, however often was tried meanwhile. Each limit's row is locked
# while it is looked at, in the order of the keys, so that tries at one instant are counted one after the other.
COUNT = """
    INSERT INTO members_tries AS kept (key, most, seconds, at)
    SELECT key, most, seconds, ARRAY[%(now)s]
      FROM unnest(%(keys)s::text[], %(most)s::int[], %(seconds)s::int[]) AS tried (key, most, seconds)
     ORDER BY key
    ON CONFLICT (key) DO UPDATE SET at = (
        SELECT coalesce(array_agg(at), '{}') || CASE WHEN count(*) < excluded.most THEN excluded.at ELSE '{}' END
          FROM unnest(kept.at) AS at WHERE at > %(now)s - make_interval(secs => excluded.seconds)
    )
    RETURNING key, %(now)s = ANY(at)
"""


def count(*, address: str, account: str) -> Try:
    """Count one try before its password is looked at. Raises TooManyTries."""
    now = timezone.now()
    limits = {
        _key(ANY_BY_ADDRESS, address): ANY_BY_ADDRESS,
        _key(WRONG_BY_ADDRESS, address): WRONG_BY_ADDRESS,
        _key(WRONG_AT_ACCOUNT, account): WRONG_AT_ACCOUNT,
    }
    with connection.cursor() as cursor:
        told: dict[str, Any] = {
            "now": now,
            "keys": list(limits),
            "most": [limit.most for limit in limits.values()],
            "seconds": [limit.seconds for limit in limits.values()],
        }
        cursor.execute(COUNT, told)
        refused = [limits[key] for key, counted in cursor.fetchall() if not counted]
    if refused:
        raise TooManyTries(by_address=ANY_BY_ADDRESS in refused)
    return Try(now, tuple(key for key, limit in limits.items() if limit.forgiven))


def forgive(one: Try) -> None:
    """It was the right password: only this try is taken back, so that logging in now and then hides no guessing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_tries SET at = array_remove(at, %s) WHERE key = ANY(%s)", [one.at, list(one.forgivable)]
        )


def forget(account: str) -> None:
    """Whoever set a new password by a letter to its address may try again at once."""
    _delete("key = %s", _key(WRONG_AT_ACCOUNT, account))


def sweep() -> None:
    """Delete what no limit asks for any more."""
    _delete("NOT EXISTS (SELECT FROM unnest(at) AS at WHERE at > now() - make_interval(secs => seconds))")


def _delete(which: str, *told: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM members_tries WHERE {which}", told)  # noqa: S608 - our own text


def _key(limit: Limit, whose: str) -> str:
    """No address and no account can be read back from it."""
    return sha256(f"{limit.name} {whose.lower()}".encode()).hexdigest()
