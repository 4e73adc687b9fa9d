"""The sales register as a report: documents by series and by when they are written down."""

from collections.abc import Callable
from functools import partial
from typing import Any

from receipts.models import Paper
from staff.reports.register.entries import ENTRIES, Opportunity, parameters
from staff.reports.register.layouts import LAYOUTS, download
from staff.reports.report import Answer, Bars, Choice, Column, Download, Row, Shape, sums
from staff.reports.sql import by, listing, read

SUMS = f"""
    SELECT document, series, opportunity, count(*), sum(worth * unaffected), sum(worth * taxed), sum(worth * igv),
           sum(worth * total), sum(total)
      FROM ({ENTRIES}) AS entry GROUP BY 1, 2, 3 ORDER BY 3, 1, 2
"""  # noqa: S608
ROWS = f"""
    SELECT series || '-' || number, issue_date, buyer_type, buyer_number, buyer_name, worth * unaffected,
           worth * taxed, worth * igv, worth * total,
           CASE WHEN corrected_on IS NULL THEN '' ELSE corrected_series || '-' || corrected_number END
      FROM ({ENTRIES}) AS entry
     WHERE document = %(document)s AND series = %(series)s AND opportunity = %(opportunity)s
     ORDER BY entry.number
"""  # noqa: S608
WHEN = {
    Opportunity.IN_ITS_MONTH: "De estos meses",
    Opportunity.WORTHLESS: "Sin valor: rechazado o dado de baja",
    Opportunity.CORRECTS_EARLIER: "Corrige un mes anterior: quedó sin valor después",
}
COLUMNS = (
    Column("Comprobante"), Column("Serie"), Column("Anotación"), Column("Cantidad", Shape.COUNT),
    Column("Inafecto", Shape.MONEY), Column("Base gravada", Shape.MONEY), Column("IGV", Shape.MONEY),
    Column("Total", Shape.MONEY),
)  # fmt: skip
ROW_COLUMNS = (
    Column("Comprobante"), Column("Emitido"), Column("Tipo de documento"), Column("Documento"), Column("Comprador"),
    Column("Inafecto", Shape.MONEY), Column("Base gravada", Shape.MONEY), Column("IGV", Shape.MONEY),
    Column("Total", Shape.MONEY), Column("Corrige a"),
)  # fmt: skip
NOTES = (
    "Las notas de crédito restan. Un comprobante rechazado o dado de baja antes de que termine su mes va con 0.00; "
    "después, va como corrección en el mes en que quedó sin valor.",
    "Los archivos son del último mes elegido y de todo el Colegio. El SIRE no recibe correcciones de meses anteriores "
    "en este archivo: regístrelas allí como ajustes posteriores.",
)


def answer(choice: Choice) -> Answer:
    found = read(SUMS, choice, **parameters())
    rows = tuple(_row(*values) for values in found)
    total = sums(COLUMNS, rows)
    columns = [(Paper(paper).label, (abs(sum(row[7] for row in of_it)),)) for paper, of_it in by(found, 0)]
    bars = Bars("Total por tipo de comprobante (las notas, lo que restan)", ("Total",), tuple(columns))
    return Answer(COLUMNS, rows, total, _verdict(found, total), NOTES, bars)


def behind(choice: Choice, key: str, limit: int | None) -> Answer:
    """The documents of the line `document:series:opportunity`."""
    document, series, opportunity = key.split(":")
    values = {"document": document, "series": series, "opportunity": opportunity}
    return listing(ROW_COLUMNS, ROWS, choice, limit, **values, **parameters())


def downloads() -> dict[str, tuple[str, Callable[[Choice], Download]]]:
    """The files for SUNAT by the version of their layout."""
    return {key: (layout.version, partial(download, layout)) for key, layout in LAYOUTS.items()}


def _row(document: str, series: str, opportunity: str, *amounts: Any) -> Row:
    words = WHEN[Opportunity(opportunity)]
    return Row((Paper(document).label, series, words, *amounts[:5]), f"{document}:{series}:{opportunity}")


def _verdict(found: list[tuple[Any, ...]], total: tuple[Any, ...]) -> str:
    undone = sum(row[8] for row in found if row[2] == Opportunity.CORRECTS_EARLIER)
    words = f"El registro suma S/ {total[7]:,.2f}."
    return f"{words} Además anula S/ {undone:,.2f} de meses anteriores." if undone else words
