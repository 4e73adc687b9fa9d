"""Lets a tester go on after six declined cards, which lock an account for an hour (payments/checkout/limits.py)."""

import psycopg

OLDER = """
UPDATE payments_attempt
SET created_at = created_at - interval '25 hours', concluded_at = concluded_at - interval '25 hours'
WHERE state = 'declined' AND concluded_at > now() - interval '25 hours'
"""


def forget_declined(database_url: str) -> int:
    """Make the declined attempts of the last day a day older; return how many there were."""
    with psycopg.connect(database_url) as connection:
        return connection.execute(OLDER).rowcount
