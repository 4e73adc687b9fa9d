"""The constraint that an IntegrityError broke."""

from django.db import IntegrityError


def broken_constraint(error: IntegrityError) -> str:
    """Returns the name of the broken constraint, or "" if PostgreSQL names none."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""
