"""How often an account may be tried: from one network, from one known device, and from anywhere.

Whoever knows a physician's CMP number, which is public, must not lock the physician out. So wrong tries count against
what was typed *from one network* (an IPv4 address, an IPv6 /64), and a device on which the account was opened before
has a budget of its own. Wrong tries from anywhere close the account to unknown devices only, and its owner gets a
letter that lets a browser through (members/login/devices.py).

Tries count against the identifier as it was typed, never against the account behind it. An unknown number or address is
treated as a known one, and tries by CMP number say nothing about the e-mail address.
"""

from collections.abc import Sequence
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


ANY_BY_NETWORK = Limit("any by network", 30, 60, forgiven=False)
WRONG_BY_NETWORK = Limit("wrong by network", 10, 60, forgiven=True)
# After the third wrong try one waits some seconds, and after the fifth some minutes.
SLOW_DOWN = Limit("wrong at identifier by network, soon", 3, 15, forgiven=True)
WRONG_BY_IDENTIFIER = Limit("wrong at identifier by network", 5, 300, forgiven=True)
# Guessed by many networks together: unknown devices wait.
WRONG_FROM_ANYWHERE = Limit("wrong at identifier", 50, 3600, forgiven=True)
ANY_BY_DEVICE = Limit("any by device", 20, 60, forgiven=False)
WRONG_BY_DEVICE = Limit("wrong at identifier by device", 10, 300, forgiven=True)


class TooManyTries(Exception):
    """This try must not be looked at. `by_network`: the network does nothing but try; `seconds`: how long to wait."""

    def __init__(self, *, by_network: bool, seconds: int) -> None:
        super().__init__(by_network)
        self.by_network, self.seconds = by_network, seconds


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


def count(*, network: str, identifier: str, device: str = "") -> Try:
    """Count one try before its password is looked at. Raises TooManyTries.

    `network` is an address with its host part cut off, `identifier` what was typed, in one spelling, and `device` the
    number of a known device of that account, empty for any other.
    """
    now = timezone.now()
    limits = _limits(network, identifier, device)
    with connection.cursor() as cursor:
        parameters: dict[str, Any] = {
            "now": now,
            "keys": list(limits),
            "most": [limit.most for limit in limits.values()],
            "seconds": [limit.seconds for limit in limits.values()],
        }
        cursor.execute(COUNT, parameters)
        refused = [limits[key] for key, counted in cursor.fetchall() if not counted]
    one = Try(now, tuple(key for key, limit in limits.items() if limit.forgiven))
    if refused:
        forgive(one)  # what is not looked at uses up none of the other limits
        raise TooManyTries(by_network=ANY_BY_NETWORK in refused, seconds=max(limit.seconds for limit in refused))
    return one


def _limits(network: str, identifier: str, device: str) -> dict[str, Limit]:
    if device:
        return {_key(ANY_BY_DEVICE, device): ANY_BY_DEVICE, _key(WRONG_BY_DEVICE, identifier, device): WRONG_BY_DEVICE}
    return {
        _key(ANY_BY_NETWORK, network): ANY_BY_NETWORK,
        _key(WRONG_BY_NETWORK, network): WRONG_BY_NETWORK,
        _key(SLOW_DOWN, identifier, network): SLOW_DOWN,
        _key(WRONG_BY_IDENTIFIER, identifier, network): WRONG_BY_IDENTIFIER,
        _key(WRONG_FROM_ANYWHERE, identifier): WRONG_FROM_ANYWHERE,
    }


def forgive(one: Try) -> None:
    """It was the right password: only this try is taken back, so that logging in now and then hides no guessing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_tries SET at = array_remove(at, %s) WHERE key = ANY(%s)", [one.at, list(one.forgivable)]
        )


def forget(identifiers: Sequence[str], *, network: str) -> None:
    """Whoever set a new password by a letter to its address may try again at once, from there and from new devices."""
    keys = [
        key
        for identifier in identifiers
        for key in (
            _key(SLOW_DOWN, identifier, network),
            _key(WRONG_BY_IDENTIFIER, identifier, network),
            _key(WRONG_FROM_ANYWHERE, identifier),
        )
    ]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM members_tries WHERE key = ANY(%s)", [keys])


def sweep() -> None:
    """Delete what no limit asks for any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM members_tries "
            "WHERE NOT EXISTS (SELECT FROM unnest(at) AS at WHERE at > now() - make_interval(secs => seconds))"
        )


def _key(limit: Limit, *whose: str) -> str:
    """No address and no account can be read back from it."""
    return sha256(" ".join([limit.name, *whose]).lower().encode()).hexdigest()
