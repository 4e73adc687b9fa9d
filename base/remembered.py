"""What the college decides a few times a year: asked for every few seconds instead of for every page.

For what a page tells, never for what money waits on: that is asked anew where it is decided.
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import ParamSpec, TypeVar, cast

from django.core.cache import caches

SECONDS = 10

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


def remembered(ask: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """Decorates a function whose answer is the same for everybody. Each process gives the same one for SECONDS: a page
    may say what was so that long ago."""
    name = f"{ask.__module__}.{ask.__qualname__}"

    @wraps(ask)
    def answer(*args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        key = ":".join([name, *map(str, args), *map(str, kwargs.values())])
        return cast(Answer, caches["process"].get_or_set(key, partial(ask, *args, **kwargs), SECONDS))

    return answer
