"""Which rule of the database an error broke."""

from django.db import IntegrityError


def broken_constraint(error: IntegrityError) -> str:
    """The name of the constraint PostgreSQL says was broken; empty when it names none."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""
