"""The desk's people and some payments to look at."""

from tests.treasury.conftest import page, paid

__all__ = ["page", "paid"]
