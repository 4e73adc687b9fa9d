"""Reads the gateway's report of payouts as it comes: titles above the header, a comma behind each row, any order.

Columns have the names of SettlementLayout (several spellings each); others are left alone. Shape: docs/imports.md.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from base.files import tables
from base.files.cell_text import clean
from base.files.table_lines import Header, Line
from base.files.tables import BadTable, Problem, TableFile
from payments.models import PayoutLayout, PayoutLine

Operation = PayoutLine.Operation
#: A file of other rows than operations: totals under the table, say.
MOST_PROBLEMS = 200
REQUIRED = ("operation", "happened_at", "amount")
SOLES = ("soles", "sol", "pen", "s/", "s/.", "604", "nuevos_soles")
ZERO = Decimal("0.00")
Reader = Callable[[str], Any]


def read(file: TableFile, names: PayoutLayout) -> Iterator[PayoutLine]:
    """Each operation of the report. Raises BadTable with every cell that cannot be read, by the file's own column."""
    header = _header(file, names)
    places = _places(header, names)
    readers = _readers(names)
    problems: list[Problem] = []
    for line in tables.below(file, header):
        if not _is_operation(line, places):
            continue
        operation = _line(line, header, places, readers, problems)
        if operation:
            yield operation
        elif len(problems) >= MOST_PROBLEMS:
            break
    if problems:
        raise BadTable(problems)


def _spellings(listed: str) -> list[str]:
    return [tables.plain(name) for name in listed.split(",") if name.strip()]


def _header(file: TableFile, names: PayoutLayout) -> Header:
    """The row that names operation, moment and amount in one of their spellings each, or the one most like it."""
    best = None
    for operation in _spellings(names.operation):
        for moment in _spellings(names.happened_at):
            for amount in _spellings(names.amount):
                header = tables.header_of(file, [operation, moment, amount])
                if header.fits:
                    return header
                best = best or header
    if best is None:
        raise BadTable([Problem(1, "", "el formato de la liquidación no nombra sus columnas")])
    return best


def _places(header: Header, names: PayoutLayout) -> dict[str, int]:
    cells = [tables.plain(cell) for cell in header.cells]
    places = {}
    for field in _readers(names):
        spelling = next((name for name in _spellings(getattr(names, field)) if name in cells), None)
        if spelling is not None:
            places[field] = cells.index(spelling)
    problems = [
        Problem(header.line, getattr(names, field), "falta la columna") for field in REQUIRED if field not in places
    ]
    if "purchase_number" not in places and "operation_id" not in places:
        problems.append(Problem(header.line, names.purchase_number, "falta la columna"))
    twice = [field for field, place in places.items() if cells.count(cells[place]) > 1]
    problems += [Problem(header.line, header.cells[places[field]], "está repetida") for field in twice]
    if problems:
        raise BadTable(problems)
    return places


def _readers(names: PayoutLayout) -> dict[str, Reader]:
    words = dict.fromkeys(_spellings(names.sale_words), Operation.SALE)
    words |= dict.fromkeys(_spellings(names.refund_words), Operation.REFUND)
    words |= dict.fromkeys(_spellings(names.chargeback_words), Operation.CHARGEBACK)
    return {
        "purchase_number": _whole_number,
        "operation_id": tables.text(40),
        "operation": tables.one_of({word: operation.value for word, operation in words.items()}),
        "happened_at": tables.moment,
        "authorization_code": tables.text(20),
        "card": tables.text(30),
        "currency": _soles_only,
        "amount": tables.signed_amount,
        "commission": _money,
        "igv": _money,
        "deposited": _money,
        "deposited_on": lambda cell: tables.day(cell.partition(" ")[0]) if cell else None,
        "state": tables.text(30),
    }


def _whole_number(cell: str) -> int | None:
    if not cell:
        return None
    if not (cell.isascii() and cell.isdigit() and len(cell) <= 18):
        raise ValueError(f"«{cell}» no es un número de pedido")
    return int(cell)


def _soles_only(cell: str) -> str:
    if cell and tables.plain(cell) not in SOLES:
        raise ValueError(f"«{cell}»: el portal cobra solo en soles; quite esta fila o pregunte a la pasarela")
    return cell


def _money(cell: str) -> Decimal:
    """An amount that may be nothing, or less."""
    without_sign = cell.removeprefix("S/").lstrip(". ").lstrip("-").strip()
    return ZERO if not without_sign.strip("0.") else tables.signed_amount(cell)


def _is_operation(line: Line, places: dict[str, int]) -> bool:
    """Totals under the table have neither moment nor kind."""
    cells = [line.cells[places[field]] for field in ("operation", "happened_at") if places[field] < len(line.cells)]
    return any(cell.strip() for cell in cells)


def _line(
    line: Line, header: Header, places: dict[str, int], readers: dict[str, Reader], problems: list[Problem]
) -> PayoutLine | None:
    values: dict[str, Any] = {}
    before = len(problems)
    for field, place in places.items():
        try:
            values[field] = readers[field](clean(line.cells[place]) if place < len(line.cells) else "")
        except ValueError as error:
            problems.append(Problem(line.number, header.cells[place], str(error)))
    if len(problems) > before:
        return None
    return _checked(line.number, header.cells, places, values, problems)


def _checked(
    number: int, names: Sequence[str], places: dict[str, int], values: dict[str, Any], problems: list[Problem]
) -> PayoutLine | None:
    """The line, its amounts without signs. The sum deposited has to follow from amount, commission and tax.

    Some reports state the commission with its tax and some without: `commission` is kept without it.
    """
    values.pop("currency", None)
    amount, sale = values["amount"], values["operation"] == Operation.SALE
    if sale and amount < 0:
        problems.append(Problem(number, names[places["amount"]], "un cobro no puede ser negativo"))
        return None
    signed = amount if sale else -abs(amount)
    commission, igv, deposited = values.get("commission", ZERO), values.get("igv", ZERO), values.get("deposited")
    if deposited is not None and signed - commission == deposited and igv:
        commission -= igv
    elif deposited is not None and signed - commission - igv != deposited:
        reason = f"S/ {signed:,.2f} menos comisión e IGV no da S/ {deposited:,.2f}"
        problems.append(Problem(number, names[places["deposited"]], reason))
        return None
    return PayoutLine(line=number, **{**values, "amount": abs(amount), "commission": commission, "igv": igv})
