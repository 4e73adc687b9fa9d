"""What the list shows, as a file: CSV for any program and XLSX for Excel.

Rows come from a cursor on the server as plain values, so a hundred thousand cost no more memory than a thousand.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.db.models import QuerySet

from base.files.spreadsheets import write_workbook
from base.peru.lima import wall_clock
from dues.models import Kind
from payments.models import Attempt
from payments.states import AttemptState, Way

AT_ONCE = 5000
KINDS, STATES, WAYS = dict(Kind.choices), dict(AttemptState.choices), dict(Way.choices)

#: Each column with where it is read.
COLUMNS = {
    "Fecha y hora (Lima)": "created_at",
    "Número de pedido": "purchase_number",
    "CMP": "order__member__cmp_number",
    "Apellidos": "order__member__surnames",
    "Nombres": "order__member__given_names",
    "Documento": "order__member__document_number",
    "Consejo Regional": "order__member__regional_council__roman",
    "Sede": "order__member__regional_council__name",
    "Tipo de cuota": "order__kind",
    "Estado": "state",
    "Paga el pedido": "settles_order",
    "Monto (S/)": "amount",
    "Devuelto (S/)": "given_back",
    "Forma de pago": "way",
    "Tarjeta": "card",
    "Marca": "brand",
    "Celular de Yape": "yape_phone_end",
    "Cuotas de su banco": "instalments",
    "Autorización": "authorization_code",
    "Código de acción": "action_code",
    "Comprobante": "order__receipt__name",
    "Correo": "order__email",
    "Para revisión": "staff_reason",
}
HEADER = tuple(COLUMNS)
WAY = HEADER.index("Forma de pago")


def rows(attempts: QuerySet[Attempt]) -> Iterator[list[Any]]:
    """One row for each attempt, in the order of COLUMNS; times of Lima, states and kinds in words."""
    for values in attempts.values_list(*COLUMNS.values()).iterator(chunk_size=AT_ONCE):
        at, *rest = values
        row = [wall_clock(at), *rest]
        row[8], row[9], row[10] = KINDS[row[8]], STATES[row[9]], "sí" if row[10] else "no"
        row[WAY] = WAYS[row[WAY]]
        yield ["" if value is None else value for value in row]


def workbook(attempts: QuerySet[Attempt]) -> IO[bytes]:
    """The rows as an open XLSX file that is gone once closed. Raises base.files.spreadsheets.TooManyRows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pagos.xlsx"
        write_workbook(path, HEADER, rows(attempts))
        # Read on after its folder is gone: the open file keeps its bytes.
        return path.open("rb")
