"""Every advisory lock of the portal. They guard work for which no row can be locked, such as the first daily close."""

from enum import IntEnum, unique

from django.db import connection


@unique
class Turn(IntEnum):
    """Work that one transaction does at a time. PostgreSQL identifies a lock by its number alone, so all are listed
    here.
    """

    #: Charge a month's dues, or load dues.
    CHARGE_DUES = 4_031
    #: Issue a credit note: no two take back the same document.
    ISSUE_NOTE = 4_032
    #: Close a day of the books.
    CLOSE_DAY = 4_033
    #: Load one kind of file; the kind is the key.
    LOAD_FILE = 4_034
    #: Move the sequence of purchase numbers forward.
    SKIP_NUMBERS = 4_035
    #: Number a sheet of the Libro de Reclamaciones.
    NUMBER_COMPLAINT = 4_036


def wait_for(turn: Turn, *, key: str | None = None) -> None:
    """Takes this lock until the caller's transaction ends; waits while another transaction holds it.

    Locks with different keys are independent of each other and of the lock without a key.
    """
    with connection.cursor() as cursor:
        if key is None:
            cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [int(turn)])
        else:
            cursor.execute("SELECT pg_advisory_xact_lock(%s::int, hashtext(%s))", [int(turn), key])
