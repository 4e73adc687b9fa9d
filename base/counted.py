"""How often one address may ask for something: counted in the shared cache, for a span of seconds."""

import time

from django.core.cache import cache


def may_ask(what: str, address: str, *, most: int, span_seconds: int) -> bool:
    """Counts one request for `what` from this address. Returns False once there are more than `most` in the span."""
    key = f"{what}:{address}:{int(time.time()) // span_seconds}"
    if cache.add(key, 1, span_seconds):
        return True
    try:
        return cache.incr(key) <= most
    except ValueError:  # it ran out in between
        return True
