"""Turns that no row can stand for: one transaction has it, the next waits, another turn does not."""

import pytest
from django.db import connections, transaction

from base.postgres import advisory
from base.postgres.advisory import Turn

pytestmark = pytest.mark.django_db(transaction=True)


def another_gets(turn: Turn, key: str | None = None) -> bool:
    """Whether a second connection could take this turn now."""
    other = connections.create_connection("default")
    arguments = [int(turn)] if key is None else [int(turn), key]
    asked = "%s::bigint" if key is None else "%s::int, hashtext(%s)"
    try:
        with other.cursor() as cursor:
            cursor.execute(f"SELECT pg_try_advisory_xact_lock({asked})", arguments)
            return bool(cursor.fetchone()[0])
    finally:
        other.close()


@pytest.mark.parametrize("turn", list(Turn))
def test_a_turn_lasts_until_the_transaction_ends(turn: Turn) -> None:
    with transaction.atomic():
        advisory.wait_for(turn)
        assert not another_gets(turn)
        assert all(another_gets(other) for other in Turn if other != turn)
    assert another_gets(turn)


def test_two_kinds_of_files_are_loaded_at_once_and_two_of_one_kind_are_not() -> None:
    with transaction.atomic():
        advisory.wait_for(Turn.LOAD_FILE, key="dues")
        assert not another_gets(Turn.LOAD_FILE, "dues")
        assert another_gets(Turn.LOAD_FILE, "payments")


def test_no_other_module_takes_an_advisory_lock_of_its_own() -> None:
    """PostgreSQL knows a lock by its number: two modules that choose alone may choose the same."""
    from django.conf import settings

    houses = ("base", "members", "dues", "payments", "receipts", "staff", "cmp_portal")
    files = [path for house in houses for path in (settings.BASE_DIR / house).rglob("*.py")]
    assert [path.name for path in files if "pg_advisory" in path.read_text()] == ["advisory.py"]
