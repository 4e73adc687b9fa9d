"""What a preview shows of a file: how it was read, its first rows as understood, days, sums, and who changes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection

from base.files.tables import WORKBOOK, BadTable, TableFile, header_of
from dues.models import Channel, DataLoad

FIRST_ROWS = 5
#: Of a roll; the count above them is of all.
MOST_CHANGES = 100


@dataclass(frozen=True)
class Preview:
    """Texts in Spanish: `facts` are pairs, `first` the first rows under `header`, `changes` of members."""

    facts: Sequence[tuple[str, str]] = ()
    header: Sequence[str] = ()
    first: Sequence[Sequence[str]] = ()
    changes: Sequence[Sequence[str]] = field(default_factory=list)


#: The staged table of each kind of file, and the columns that are shown.
STAGED = {
    DataLoad.Content.ROLL: ("staged_roll", ("cmp", "apellidos", "nombres", "numero_documento", "consejo", "estado")),
    DataLoad.Content.DUES: ("staged_dues", ("cmp", "tipo", "mes", "monto", "vence")),
    DataLoad.Content.EXEMPTIONS: ("staged_exemptions", ("cmp", "tipo", "primer_mes", "ultimo_mes", "documento")),
}


def of_file(file: TableFile, names: Sequence[str]) -> list[tuple[str, str]]:
    """Sheet, encoding and title rows, as facts."""
    encoding = "libro de Excel" if file.encoding == WORKBOOK else f"texto {file.encoding.removesuffix('-sig').upper()}"
    facts = [("Cómo se leyó", file.notice or encoding)]
    try:
        header = header_of(file, names)
    except BadTable:
        return facts
    if header.sheet:
        facts.append(("Hoja", header.sheet))
    if header.fits:
        facts.append(("Nombres de columnas", f"en la fila {header.line}"))
    return facts


FIRST_PAYMENTS = f"""
    SELECT line, cmp, tipo, to_char(mes, 'MM/YYYY'), monto, canal, referencia,
           to_char(fecha_pago AT TIME ZONE 'America/Lima', 'DD/MM/YYYY HH24:MI:SS')
    FROM staged_payments ORDER BY line LIMIT {FIRST_ROWS}
"""  # noqa: S608


def of_payments() -> tuple[list[tuple[str, str]], list[list[str]]]:
    """Days and sums by channel, and the first rows, of the payments that are staged."""
    facts = []
    for first, last in _rows(
        "SELECT to_char(min(fecha_pago) AT TIME ZONE 'America/Lima', 'DD/MM/YYYY'), "
        "to_char(max(fecha_pago) AT TIME ZONE 'America/Lima', 'DD/MM/YYYY') FROM staged_payments"
    ):
        facts.append(("Días de pago", f"del {first} al {last}" if first else "ninguno"))
    for channel, count, total in _rows(
        "SELECT canal, count(*), sum(monto) FROM staged_payments GROUP BY canal ORDER BY canal"
    ):
        facts.append((f"Canal {Channel(channel).label}", f"{count:,} filas, S/ {total:,.2f}"))
    rows = _rows(FIRST_PAYMENTS)
    return facts, [[_shown(value) for value in row] for row in rows]


PAYMENTS_HEADER = ("línea", "cmp", "tipo", "mes", "monto", "canal", "referencia", "fecha_pago")


def of_table(content: DataLoad.Content) -> Preview:
    """The first rows of a staged table that is no payments."""
    table, columns = STAGED[content]
    rows = _rows(f"SELECT line, {', '.join(columns)} FROM {table} ORDER BY line LIMIT {FIRST_ROWS}")  # noqa: S608
    return Preview(header=("línea", *columns), first=[[_shown(value) for value in row] for row in rows])


CHANGES = f"""
    SELECT cmp, member.surnames || ' ' || member.given_names, apellidos || ' ' || nombres,
           member.document_number, numero_documento, member.status, estado
    FROM staged_roll JOIN members_member AS member ON member.cmp_number = cmp
    WHERE (member.surnames, member.given_names, member.document_number, member.status)
          IS DISTINCT FROM (apellidos, nombres, numero_documento, estado)
    ORDER BY cmp LIMIT {MOST_CHANGES}
"""  # noqa: S608
STATES = {"active": "activo", "deceased": "fallecido", "withdrawn": "retirado"}


def member_changes() -> list[list[str]]:
    """Members that a staged roll changes: CMP, before, after. To be asked before the roll is merged."""
    changes = []
    for cmp, *pairs in _rows(CHANGES):
        words = [STATES.get(text, text) for text in pairs]
        before, after = words[::2], words[1::2]
        differing = [place for place in range(3) if before[place] != after[place]]
        changes.append(
            [str(cmp), ", ".join(before[place] for place in differing), ", ".join(after[place] for place in differing)]
        )
    return changes


class Looker:
    """Looks at a file's rows when they are staged (staging.Seen), before they are merged; `preview` is what it saw."""

    def __init__(self, content: DataLoad.Content, file: TableFile, names: Sequence[str]) -> None:
        self.content, self.file, self.names = content, file, names
        self.preview = Preview(of_file(file, names))

    def __call__(self) -> None:
        facts = list(self.preview.facts)
        if self.content == DataLoad.Content.PAYMENTS:
            more, first = of_payments()
            self.preview = Preview([*facts, *more], PAYMENTS_HEADER, first)
            return
        table = of_table(self.content)
        changes = member_changes() if self.content == DataLoad.Content.ROLL else []
        self.preview = Preview(facts, table.header, table.first, changes)


def as_json(preview: Preview) -> dict[str, Any]:
    return asdict(preview)


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
