"""Caches settings that the college changes a few times a year.

For pages only. Code that decides about money reads the setting itself.
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import ParamSpec, TypeVar, cast

from django.core.cache import caches

SECONDS = 10

Args = ParamSpec("Args")
Answer = TypeVar("Answer")


def remembered(compute: Callable[Args, Answer]) -> Callable[Args, Answer]:
    """Decorates a function whose answer is the same for everybody; each process caches it for SECONDS."""
    name = f"{compute.__module__}.{compute.__qualname__}"

    @wraps(compute)
    def answer(*args: Args.args, **kwargs: Args.kwargs) -> Answer:
        key = ":".join([name, *map(str, args), *map(str, kwargs.values())])
        return cast(Answer, caches["process"].get_or_set(key, partial(compute, *args, **kwargs), SECONDS))

    return answer
