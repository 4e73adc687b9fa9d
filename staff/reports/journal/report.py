"""The journal as a report: sums by account, debit equal to credit."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import cast

from staff.models import JournalLayout
from staff.reports.journal import layouts
from staff.reports.journal.postings import Posting, postings
from staff.reports.report import Answer, Bars, Choice, Column, Download, Row, Shape, sums

COLUMNS = (
    Column("Cuenta"), Column("Qué registra"), Column("Movimientos", Shape.COUNT), Column("Debe", Shape.MONEY),
    Column("Haber", Shape.MONEY),
)  # fmt: skip
ROW_COLUMNS = (
    Column("Fecha"), Column("Voucher"), Column("Glosa"), Column("Documento"), Column("Anexo"),
    Column("Debe", Shape.MONEY), Column("Haber", Shape.MONEY),
)  # fmt: skip
NOTES = (
    "Lo cobrado por la pasarela se registra por comprobante; lo de bancos, planilla y tesorería, por día. El saldo "
    "inicial no se registra: no entró dinero aquí.",
    "Las cuentas son las del primer formato en uso; revíselas con su contador en «Formatos de asientos contables».",
)


def answer(choice: Choice) -> Answer:
    layout = _layout()
    if layout is None:
        return Answer(COLUMNS, (), verdict="Ningún formato de asiento está en uso: active uno en Configuración.")
    accounts: dict[str, list[Posting]] = {}
    for posting in postings(choice, layout):
        accounts.setdefault(posting.account, []).append(posting)
    rows = tuple(_row(account, lines, layout) for account, lines in sorted(accounts.items()))
    total = sums(COLUMNS, rows)
    bars = Bars("Debe y haber por cuenta", ("Debe", "Haber"), tuple(_bar(row) for row in rows))
    verdict = f"Debe S/ {total[3]:,.2f}, haber S/ {total[4]:,.2f}."
    return Answer(COLUMNS, rows, total, verdict, NOTES, bars)


def behind(choice: Choice, key: str, limit: int | None) -> Answer:
    """The postings of the account `key`, in the order of the vouchers."""
    layout = _layout()
    found = [posting for posting in postings(choice, layout) if posting.account == key] if layout else []
    rows = tuple(
        Row((line.day, line.voucher, line.words, line.document_number, line.buyer, line.debit, line.credit))
        for line in found[:limit]
    )
    return Answer(ROW_COLUMNS, rows, more=limit is not None and len(found) > limit)


def downloads() -> dict[str, tuple[str, Callable[[Choice], Download]]]:
    """A file for each layout in use, by its number."""
    layouts.ensure()
    used = JournalLayout.objects.filter(active=True).order_by("name")
    return {str(layout.pk): (layout.name, partial(layouts.download, layout)) for layout in used}


def _layout() -> JournalLayout | None:
    layouts.ensure()
    return JournalLayout.objects.filter(active=True).order_by("name").first()


def _row(account: str, lines: list[Posting], layout: JournalLayout) -> Row:
    named = {
        getattr(layout, field.name): field.verbose_name.removeprefix("cuenta de ").removeprefix("cuenta del ")
        for field in JournalLayout._meta.fields
        if field.name.endswith("_account")
    }
    debit = sum((line.debit for line in lines), Decimal("0.00"))
    credit = sum((line.credit for line in lines), Decimal("0.00"))
    return Row((account, str(named[account]), len(lines), debit, credit), account)


def _bar(row: Row) -> tuple[str, tuple[Decimal, ...]]:
    return str(row.cells[0]), (cast(Decimal, row.cells[3]), cast(Decimal, row.cells[4]))
