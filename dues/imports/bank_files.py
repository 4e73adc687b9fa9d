"""Reads the payments file of a bank by a saved layout: fixed positions, or named columns of a text or a workbook.

Layouts: dues/models/banks.py; the ones that come with the portal follow docs/imports.md. The count and the sum that
the bank writes in its header or trailer are compared with the rows: a file that differs was cut or changed.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache, lru_cache

from base.files import table_lines, tables
from base.files.cell_text import clean
from base.files.cells import LIMA
from base.files.table_lines import CannotRead, Header
from base.files.tables import WORKBOOK, BadTable, Problem, TableFile
from dues.imports import default_layouts
from dues.models import BankLayout, Kind

REMEMBERED = 50_000
#: `COL202607`, `SEM 2026-07`: what the debts file gave the bank to return.
OPERATION = tables.operation_number(30)
INFORMATION = re.compile(r"\b(COL|SEM)[A-Z]*[\s/-]*(?:(20\d{2})-?(0[1-9]|1[0-2]))?", re.IGNORECASE)
KINDS = {"COL": Kind.COLEGIADO, "SEM": Kind.SEMEFA}
#: A CMP number in free text: not a part of a longer number or of a word.
CODE_IN_TEXT = re.compile(r"(?<![\w.,/-])0{0,9}([1-9]\d{3,6})(?![\w.,/-])")
EXTORNO = re.compile(r"extorn|revers|devoluci", re.IGNORECASE)
#: Behind it stands where an operation was paid: its number alone is used again another day or at another office.
AT = " · "


@dataclass(frozen=True)
class BankRow:
    """One payment as the file says it. `amount` is soles, less than nothing for an extorno; None is not said."""

    line: int
    code: str
    cmp: int | None
    kind: str | None
    period: date | None
    amount: Decimal
    reference: str
    paid_at: datetime
    payer: str


@dataclass
class BankFile:
    """A file with the layout that reads it. `problems` collects the rows that cannot be read."""

    file: TableFile
    layout: BankLayout
    header: Header | None = None
    problems: list[Problem] = field(default_factory=list)

    def rows(self) -> Iterator[BankRow]:
        """Each payment. Raises BadTable when the file cannot be read on, or its count or sum differs."""
        yield from _fixed_rows(self) if self.layout.shape == BankLayout.Shape.FIXED else _column_rows(self)

    def said(self, lines: set[int]) -> dict[int, dict[str, str]]:
        """Everything that these lines say, by line, as they were written."""
        if self.header:
            names = self.header.cells
            read = ((line.number, line.cells) for line in tables.below(self.file, self.header) if line.number in lines)
            return {number: _named(names, cells) for number, cells in read}
        written = enumerate(table_lines.written_lines(self.file.source), start=1)
        return {number: _fields(self.layout, line.rstrip("\r\n")) for number, line in written if number in lines}


def recognise(file: TableFile) -> BankFile | None:
    """The file with the first layout in use that fits it; None when none does."""
    default_layouts.ensure()
    for layout in BankLayout.objects.filter(active=True).order_by("shape", "pk"):
        if layout.shape == BankLayout.Shape.FIXED:
            if file.encoding != WORKBOOK and _is_fixed(file, layout):
                return BankFile(file, layout)
        else:
            header = tables.header_of(file, {tables.plain(name) for name in layout.places.values()})
            if header.fits:
                return BankFile(file, layout, header)
    return None


def _is_fixed(file: TableFile, layout: BankLayout) -> bool:
    """Whether the first lines begin as this layout's do, and no cells are cut."""
    try:
        lines = [line for _, line in zip(range(3), table_lines.written_lines(file.source), strict=False)]
    except CannotRead:
        return False
    marks = [mark for mark in (layout.detail_mark, layout.totals_mark) if mark]
    first = lines[0] if lines else ""
    details = [line for line in lines if line.startswith(layout.detail_mark)]
    longest = max((last for place in layout.places.values() for _, last in _spans(place)[:1]), default=0)
    if any(len(line.rstrip("\r\n")) < min(longest, 100) for line in details):
        return False
    return first.startswith(tuple(marks)) or bool(details and details == lines[1 : 1 + len(details)])


# --- Fixed positions


@cache
def _spans(place: str) -> list[tuple[int, int]]:
    """`96-110, 81-95` as slices."""
    pairs = [span.strip().split("-") for span in place.split(",")]
    return [(int(first) - 1, int(last)) for first, last in pairs]


def _cut(line: str, place: str) -> str:
    """What stands at the place; of several, the first that is neither empty nor zeros."""
    for first, last in _spans(place):
        text = line[first:last].strip()
        if text.strip("0"):
            return text
    return ""


def _cutter(places: dict[str, str]) -> Callable[[str], dict[str, str]]:
    """What stands at each place of a line. One span is cut as it is, several as `_cut` says: made once for a file."""
    single = [(name, slice(*_spans(place)[0])) for name, place in places.items() if len(_spans(place)) == 1]
    several = [(name, place) for name, place in places.items() if len(_spans(place)) > 1]

    def cut(line: str) -> dict[str, str]:
        cells = {name: line[span].strip() for name, span in single}
        for name, place in several:
            cells[name] = _cut(line, place)
        return cells

    return cut


def _fields(layout: BankLayout, line: str) -> dict[str, str]:
    labels = {field.name: str(field.verbose_name) for field in layout._meta.fields}
    named = {labels[name]: " ".join(_cut(line, place).split()) for name, place in layout.places.items()}
    return {**{name: text for name, text in named.items() if text}, "línea": line.rstrip()}


@dataclass
class _Sums:
    count: int = 0
    total: Decimal = Decimal("0.00")
    given_back: Decimal = Decimal("0.00")


def _fixed_rows(bank: BankFile) -> Iterator[BankRow]:
    layout, sums, stated, number = bank.layout, _Sums(), "", 0
    read = _reader(layout)
    cut, summed = _cutter(layout.places), layout.summed_at or layout.amount_at
    try:
        for number, written in enumerate(table_lines.written_lines(bank.file.source), start=1):
            line = written.rstrip("\r\n\x1a")
            if line.startswith(layout.detail_mark):
                sums.count += 1
                if row := _row(bank, number, cut(line), read):
                    _add(sums, _cut(line, summed), row)
                    yield row
            elif layout.totals_mark and line.startswith(layout.totals_mark):
                stated = line
    except CannotRead as error:
        raise BadTable([Problem(error.line, "", error.reason)]) from error
    _compare(bank, stated, sums)


def _add(sums: _Sums, summed: str, row: BankRow) -> None:
    stated = _hundredths(summed or "0")
    sums.total += stated
    if row.amount < 0:
        sums.given_back += stated


def _compare(bank: BankFile, stated: str, sums: _Sums) -> None:
    layout = bank.layout
    if not (layout.count_at or layout.total_at):
        return
    if not stated:
        raise BadTable(
            [Problem(1, "", f"falta la fila «{layout.totals_mark}» con los totales: el archivo está cortado")]
        )
    count = int(_cut(stated, layout.count_at) or "0") if layout.count_at else sums.count
    total = _hundredths(_cut(stated, layout.total_at) or "0") if layout.total_at else sums.total
    if bank.problems:
        return
    if count != sums.count:
        raise BadTable(
            [Problem(1, "", f"el banco dice {count:,} pagos y el archivo trae {sums.count:,}: está cortado")]
        )
    if total not in (sums.total, sums.total - sums.given_back):
        reason = (
            f"el banco dice que suman S/ {total:,.2f} y las filas suman S/ {sums.total:,.2f}: está cortado o cambiado"
        )
        raise BadTable([Problem(1, "", reason)])


# --- Named columns


def _named(names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    return {
        name.strip(): cell.strip() for name, cell in zip(names, cells, strict=False) if name.strip() and cell.strip()
    }


def _column_rows(bank: BankFile) -> Iterator[BankRow]:
    assert bank.header  # noqa: S101 - a layout of columns fits by its header
    names = [tables.plain(name) for name in bank.header.cells]
    places = {name: names.index(tables.plain(column)) for name, column in bank.layout.places.items()}
    read = _reader(bank.layout)
    for line in tables.below(bank.file, bank.header):
        try:
            cells = {
                name: clean(line.cells[place]) if place < len(line.cells) else "" for name, place in places.items()
            }
        except ValueError as error:
            bank.problems.append(Problem(line.number, "", str(error)))
            continue
        if (cells["amount_at"] or cells["paid_on_at"]) and (row := _row(bank, line.number, cells, read)):
            yield row


# --- What a row says


@dataclass(frozen=True)
class _Reader:
    day: Callable[[str], date]
    amount: Callable[[str], Decimal]


def _reader(layout: BankLayout) -> _Reader:
    days = {
        BankLayout.Dates.YEAR_FIRST: lambda text: _digits_day(text, 0, 4, 6),
        BankLayout.Dates.DAY_FIRST: lambda text: _digits_day(text, 4, 2, 0),
        BankLayout.Dates.SEPARATED: lambda text: tables.moment(text).astimezone(LIMA).date(),
    }
    amounts = _hundredths if layout.implied_decimals else tables.signed_amount
    return _Reader(
        lru_cache(REMEMBERED)(days[BankLayout.Dates(layout.dates)]),
        lru_cache(REMEMBERED)(amounts),
    )


def _digits_day(text: str, year: int, month: int, day: int) -> date:
    if len(text) != 8 or not text.isdigit():
        raise ValueError(f"«{text}» no es una fecha de ocho cifras")
    return tables.day(f"{text[day : day + 2]}/{text[month : month + 2]}/{text[year : year + 4]}")


@lru_cache(REMEMBERED)
def _hundredths(text: str) -> Decimal:
    digits = text.lstrip("-")
    if not digits.isdigit() or not digits.isascii():
        raise ValueError(f"«{text}» no es un monto de solo cifras")
    return Decimal(text).scaleb(-2)


def _row(bank: BankFile, number: int, cells: dict[str, str], read: _Reader) -> BankRow | None:
    """None for a row that is no payment (a charge of the account), or that cannot be read: that one is a problem."""
    column = ""
    try:
        column = "paid_on_at"
        paid_on = read.day(cells["paid_on_at"])
        column = "amount_at"
        amount = read.amount(cells["amount_at"] or "0")
        column = "operation_at"
        operation = OPERATION(cells["operation_at"].lstrip("0") and cells["operation_at"])
    except ValueError as error:
        label = bank.layout.places[column] if bank.header else _label(column)
        bank.problems.append(Problem(number, label, str(error)))
        return None
    text = cells.get("description_at", "")
    if amount == 0 or (amount < 0 and text and not EXTORNO.search(text)):
        return None
    if amount > 0 and _given_back(cells, text):
        amount = -amount
    code, cmp = _code(cells.get("code_at", ""), text)
    kind, period = _what_for(bank.layout.kind, cells.get("information_at") or text)
    return BankRow(
        line=number,
        code=code[:40],
        cmp=cmp,
        kind=kind,
        period=period,
        amount=amount,
        reference=f"{operation}{AT}{_office(bank.layout.bank, cells.get('office_at', ''))}"[:60],
        paid_at=_moment(paid_on, cells.get("hour_at", "")),
        payer=" ".join(cells.get("payer_at", "").split())[:100],
    )


def _label(field: str) -> str:
    """How staff know the place, in the form of the layout."""
    return next(str(each.verbose_name) for each in BankLayout._meta.fields if each.name == field)


def _given_back(cells: dict[str, str], text: str) -> bool:
    return bool(cells.get("extorno_at", "").strip("0 ")) or bool(EXTORNO.search(text))


@lru_cache(REMEMBERED)
def _code(code: str, text: str) -> tuple[str, int | None]:
    """The depositor's code as it stands, and the CMP number it is, if it can be one."""
    if not code and text:
        found = CODE_IN_TEXT.search(INFORMATION.sub(" ", text))
        code = found[1] if found else ""
    digits = code.lstrip("0")
    return code, int(digits) if digits.isdigit() and digits.isascii() and len(digits) <= 7 else None


@lru_cache(REMEMBERED)
def _what_for(kind: str, text: str) -> tuple[str, date | None]:
    if not (match := INFORMATION.search(text)):
        return kind, None
    period = date(int(match[2]), int(match[3]), 1) if match[2] else None
    return KINDS[match[1].upper()].value, period


@lru_cache(REMEMBERED)
def _office(bank: str, office: str) -> str:
    return f"{bank} {' '.join(office.split())}".strip()


@lru_cache(REMEMBERED)
def _moment(paid_on: date, hour: str) -> datetime:
    return datetime.combine(paid_on, _hour(hour), LIMA)


def _hour(text: str) -> time:
    """`102201` or `10:22:01`; noon when the file has none that can be read."""
    digits = text.replace(":", "")[:6]
    try:
        return datetime.strptime(digits, "%H%M%S").time()  # noqa: DTZ007 - joined with its day and Lima
    except ValueError:
        return time(12)
