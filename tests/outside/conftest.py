"""The desk's people and what Ana paid, for stories of money that moves outside the portal."""

from tests.treasury.conftest import page, paid

__all__ = ["page", "paid"]
