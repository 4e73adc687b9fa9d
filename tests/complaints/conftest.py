"""The queue of the receipts' tests, for letters of the book."""

from tests.receipts.conftest import run_jobs

__all__ = ["run_jobs"]
