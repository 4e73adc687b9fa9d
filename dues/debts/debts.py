"""The open dues as a file for a bank, oldest first: the bank shows them to who pays, and returns what it collects.

Each file replaces the one before: a due that was paid meanwhile is not in it. Layouts: docs/imports.md, "Debts files".
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import IO, Any
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from dues.debts import layouts
from dues.debts.layouts import Debt, Sums
from dues.models import CollectionAccount

ROWS_AT_ONCE = 2_000


class NothingOwed(Exception):
    """No due of this choice is open: a bank rejects a file without debts."""

    sentence = "No hay cuotas pendientes con esos datos: no se generó ningún archivo (el banco lo rechazaría)."


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which dues a file holds: those due until a day, of a kind and a regional council, or of all."""

    until: date
    kind: str = ""
    council: int | None = None


DEBTS = """
    SELECT member.cmp_number, member.surnames || ' ' || member.given_names, member.document_type,
           member.document_number, due.kind, due.period, due.amount, due.due_date
    FROM dues_due AS due JOIN members_member AS member ON member.id = due.member_id
    WHERE due.exemption_id IS NULL AND due.due_date <= %(until)s
      AND (%(kind)s = '' OR due.kind = %(kind)s)
      AND (%(council)s::integer IS NULL OR member.regional_council_id = %(council)s)
      AND NOT EXISTS (SELECT FROM dues_settlement AS s WHERE s.due_id = due.id AND s.reversed_at IS NULL)
    ORDER BY member.cmp_number, due.period, due.kind
"""


def open_debts(choice: Choice) -> Iterator[Debt]:
    """Each open due of the choice by CMP and month, through a cursor of the server's."""
    values: dict[str, Any] = {"until": choice.until, "kind": choice.kind, "council": choice.council}
    with transaction.atomic(), connection.cursor() as cursor:
        name = f"debts_{uuid4().hex}"
        cursor.execute(f"DECLARE {name} NO SCROLL CURSOR FOR {DEBTS}", values)
        while True:
            cursor.execute(f"FETCH {ROWS_AT_ONCE} FROM {name}")
            rows = cursor.fetchall()
            yield from (Debt(*row) for row in rows)
            if len(rows) < ROWS_AT_ONCE:
                return


def write(account: CollectionAccount, choice: Choice) -> IO[bytes]:
    """The debts file as this bank reads it, as an open file at its start. Raises NothingOwed.

    The header holds count and total, so the rows are written first, apart.
    """
    layout = layouts.LAYOUTS[CollectionAccount.Bank(account.bank)]
    sums = Sums()
    with tempfile.TemporaryFile() as details:
        for debt in open_debts(choice):
            sums.count += 1
            sums.total += debt.amount
            details.write(_line(layout.detail(account, debt, sums.count), layout.width))
        if not sums.count:
            raise NothingOwed
        return _joined(account, details, sums)


def _joined(account: CollectionAccount, details: IO[bytes], sums: Sums) -> IO[bytes]:
    layout = layouts.LAYOUTS[CollectionAccount.Bank(account.bank)]
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(_line(layout.header(account, sums, timezone.localdate()), layout.width))
    details.seek(0)
    while block := details.read(1 << 20):
        file.write(block)
    for line in layout.trailer(account, sums):
        file.write(_line(line, layout.width))
    file.seek(0)
    return file


def _line(text: str, width: int) -> bytes:
    """Banks read ASCII lines of one width that end as on Windows."""
    if len(text) > width:
        raise ValueError(f"the line has {len(text)} characters, more than {width}")
    return text.ljust(width).encode("ascii") + b"\r\n"


def sheet_rows(choice: Choice) -> Iterator[list[object]]:
    """The rows of BCP's own Excel sheet, in the order of debt_layouts.SHEET_HEADER. Raises NothingOwed."""
    count = 0
    for debt in open_debts(choice):
        count += 1
        yield layouts.sheet_row(debt)
    if not count:
        raise NothingOwed


def totals(choice: Choice) -> Sums:
    """How many debts a file of this choice would hold, and their sum in soles."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), coalesce(sum(amount), 0) FROM ({DEBTS}) AS debt "  # noqa: S608
            "(cmp, name, document_type, document, kind, period, amount, due_date)",
            {"until": choice.until, "kind": choice.kind, "council": choice.council},
        )
        count, total = cursor.fetchone()
        return Sums(count, total)
