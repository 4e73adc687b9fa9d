"""Writes XLSX a row at a time: a workbook of one sheet, as few parts as Excel needs (ECMA-376, part 1, §18).

Own code, for its speed: of a hundred thousand rows of twenty cells openpyxl takes half a minute, and this a few seconds
(docs/decisions/, "Workbooks row by row").
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

#: Day zero of Excel's dates, which counts a 29 February 1900 that never was.
DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a workbook knows no time zones
DAY = timedelta(days=1)
#: What XML cannot hold, even escaped.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: The fastest: smaller files would cost more time than they save in sending.
COMPRESSION = 1

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"

# Cells name their style by its place among cellXfs.
_PLAIN, _HEADING, _MOMENT, _DAY, _MONEY, _QUOTED = range(6)
#: Texts that become formulas when somebody edits the cell: their style says that they are texts.
FORMULA = ("=", "+", "-", "@")
#: Columns are as wide as the longest of the first rows, between these numbers of characters.
WIDTH_ROWS, NARROWEST, WIDEST = 100, 8, 60

_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="Movimientos" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><numFmts count="2">'
    '<numFmt numFmtId="164" formatCode="dd/mm/yyyy hh:mm:ss"/>'
    '<numFmt numFmtId="165" formatCode="dd/mm/yyyy"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="6">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """The header in bold, then the rows: texts, numbers, Decimals as money, dates, and moments without a time zone.

    Empty texts and None are empty cells. Raises TypeError for any other value; whatever is raised, by `rows` too,
    leaves no file.
    """
    try:
        with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=COMPRESSION) as book:
            for name, content in _PARTS.items():
                book.writestr(name, _XML + content)
            # Its size is not known beforehand, and may be more than 4 GB.
            with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
                _write_sheet(sheet, header, rows)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write_sheet(sheet: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    letters = [column_letters(place) for place in range(len(header))]
    rows = iter(rows)
    first = list(islice(rows, WIDTH_ROWS))
    sheet.write(f'{_XML}<worksheet xmlns="{_MAIN}">{_columns([header, *first])}<sheetData>'.encode())
    sheet.write(_row(1, letters, [_text(name, _HEADING) for name in header]))
    for number, row in enumerate(chain(first, rows), start=2):
        sheet.write(_row(number, letters, [_cell(value) for value in row]))
    sheet.write(b"</sheetData></worksheet>")


def _columns(rows: Sequence[Sequence[Any]]) -> str:
    widths = [
        min(max(NARROWEST, *(_characters(row[place]) + 2 for row in rows if place < len(row))), WIDEST)
        for place in range(len(rows[0]))
    ]
    columns = (
        f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>' for place, width in enumerate(widths, 1)
    )
    return f"<cols>{''.join(columns)}</cols>" if widths else ""


def _characters(value: Any) -> int:
    """How long the value looks in its cell."""
    if isinstance(value, datetime):
        return 19
    return 10 if isinstance(value, date) else len(str(value or ""))


def _row(number: int, letters: Sequence[str], cells: Sequence[str]) -> bytes:
    written = [f'<c r="{letter}{number}"{cell}</c>' for letter, cell in zip(letters, cells, strict=True) if cell]
    return f'<row r="{number}">{"".join(written)}</row>'.encode()


def column_letters(place: int) -> str:
    """A, B … Z, AA, AB … for the columns from 0 on."""
    letters = ""
    while place >= 0:
        place, letter = divmod(place, 26)
        letters = chr(65 + letter) + letters
        place -= 1
    return letters


# --- Each kind of value as the rest of its cell, after the cell's address


def _cell(value: Any) -> str:
    write_as = _WRITERS.get(type(value)) or _writer_of_kin(value)
    return write_as(value)


def _writer_of_kin(value: Any) -> Callable[[Any], str]:
    for kind, write_as in _WRITERS.items():
        if isinstance(value, kind) and not isinstance(value, bool):
            return write_as
    raise TypeError(f"A cell cannot hold {type(value).__name__}: {value!r}")


def _text(value: str, style: int = _PLAIN) -> str:
    if not value:
        return ""
    if style == _PLAIN and value.startswith(FORMULA):
        style = _QUOTED
    space = ' xml:space="preserve"' if value != value.strip() else ""
    return f' s="{style}" t="inlineStr"><is><t{space}>{escape(UNWRITABLE.sub("", value))}</t></is>'


def _moment(value: datetime) -> str:
    # Eight decimals of a day are a thousandth of a second.
    return f' s="{_MOMENT}"><v>{(value - DAY_ZERO) / DAY:.8f}</v>'


def _day(value: date) -> str:
    return f' s="{_DAY}"><v>{value.toordinal() - DAY_ZERO.toordinal()}</v>'


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: _text,
    int: lambda value: f"><v>{value}</v>",
    Decimal: lambda value: f' s="{_MONEY}"><v>{value}</v>',
    datetime: _moment,
    date: _day,
    type(None): lambda _: "",
}
