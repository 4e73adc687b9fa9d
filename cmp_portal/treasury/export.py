"""What the list shows, as a file: CSV for any program and XLSX for Excel, read and sent a piece at a time.

Rows come from a cursor on the server, so a hundred thousand cost no more memory than a thousand.
"""

import csv
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import IO, Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from openpyxl import Workbook

from payments.models import Attempt

LIMA = ZoneInfo("America/Lima")
AT_ONCE = 2000
#: Excel's own limit, the header included.
MOST_XLSX_ROWS = 1_048_575
BOM = "\ufeff"
Cell = str | int | Decimal | datetime | None

COLUMNS = (
    "Fecha y hora (Lima)",
    "Número de pedido",
    "CMP",
    "Apellidos",
    "Nombres",
    "Documento",
    "Consejo Regional",
    "Tipo de cuota",
    "Estado",
    "Pago doble",
    "Monto (S/)",
    "Devuelto (S/)",
    "Tarjeta",
    "Marca",
    "Autorización",
    "Código de acción",
    "Comprobante",
    "Correo",
    "Para revisión",
)


def rows(attempts: QuerySet[Attempt]) -> Iterator[list[Cell]]:
    """One row for each attempt, in the order of COLUMNS."""
    for attempt in attempts.iterator(chunk_size=AT_ONCE):
        order, member = attempt.order, attempt.order.member
        receipt = getattr(order, "receipt", None)
        yield [
            attempt.created_at.astimezone(LIMA).replace(tzinfo=None, microsecond=0),
            attempt.purchase_number,
            member.cmp_number,
            member.surnames,
            member.given_names,
            member.document_number,
            str(member.regional_council),
            order.get_kind_display(),
            attempt.get_state_display(),
            "sí" if attempt.double_payment else "",
            attempt.amount,
            attempt.given_back,
            attempt.card,
            attempt.brand,
            attempt.authorization_code,
            attempt.action_code,
            receipt.name if receipt else "",
            order.email,
            attempt.staff_reason,
        ]


def harmless(cell: Cell) -> Cell:
    """Text that a spreadsheet would run as a formula gets an apostrophe before it: names are typed by strangers."""
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{cell}"
    return cell


class _Line:
    """A file for csv.writer that hands back what was written to it."""

    def write(self, text: str) -> str:
        return text


def as_csv(columns: Iterable[str], lines: Iterable[list[Cell]]) -> Iterator[str]:
    """UTF-8 with the mark by which Excel knows it; dates as 25/07/2020 22:07:13, points for decimals."""
    writer = csv.writer(_Line())
    yield BOM + writer.writerow(columns)
    for line in lines:
        yield writer.writerow([_text(harmless(cell)) for cell in line])


def _text(cell: Cell) -> Any:
    return cell.strftime("%d/%m/%Y %H:%M:%S") if isinstance(cell, datetime) else cell


def as_xlsx(columns: Iterable[str], lines: Iterable[list[Cell]]) -> IO[bytes]:
    """A workbook of one sheet in a temporary file, written row by row and rewound. Numbers are numbers, dates dates."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Pagos")
    sheet.freeze_panes = "A2"
    sheet.append(list(columns))
    for count, line in enumerate(lines):
        if count == MOST_XLSX_ROWS:
            break
        sheet.append([harmless(cell) for cell in line])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    book.save(file)
    file.seek(0)
    return file
