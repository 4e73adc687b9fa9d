"""Opens an XLSX workbook: its sheets by name, and the rows of each as lines of text.

A workbook is a ZIP of XML files: a small one can unpack to gigabytes. What it says it unpacks to is looked at first,
and Python's zipfile never unpacks more than that; base/files/sheet_parser.py bounds the rest.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from base.files import sheet_cells
from base.files.sheet_cells import Formats
from base.files.sheet_parser import CSV_CURE, MOST_ROWS, Listener, Sheet, SheetRow, Strings, Unreadable

__all__ = ["MOST_ROWS", "SheetInfo", "SheetRow", "Unreadable", "Workbook"]

#: Sheets are read piece by piece. About 800,000 rows of seven columns; more come as CSV, which has no limit.
MOST_UNPACKED = 400 << 20
#: Texts are held in memory as a whole.
MOST_OF_STRINGS = 64 << 20
#: Styles and the like.
MOST_OF_ONE_PART = 24 << 20
TOO_LARGE = f"el libro de Excel es demasiado grande al abrirse; {CSV_CURE}"


@dataclass(frozen=True)
class SheetInfo:
    name: str
    hidden: bool
    part: str


class Workbook:
    """An open workbook. Every method raises Unreadable."""

    def __init__(self, path: Path) -> None:
        self._zip = _opened(path)
        try:
            self.sheets, since_1904 = self._sheets()
            self._formats = self._read_formats(since_1904)
            self._strings = self._read_strings()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> "Workbook":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def rows(self, sheet: SheetInfo) -> Iterator[SheetRow]:
        """The rows that hold anything, each with its number in the sheet."""
        listener = Sheet(self._strings, self._formats)
        with self._part(sheet.part) as part:
            pieces = listener.feed(part)
            while True:
                try:
                    next(pieces)
                except StopIteration:
                    return
                except Unreadable:
                    raise
                # Whatever the ZIP and XML readers below raise for a damaged file, of which nobody has the list.
                except Exception as error:
                    raise Unreadable(listener.line + 1, DAMAGED) from error
                yield from listener.rows
                listener.rows.clear()

    def _part(self, name: str) -> IO[bytes]:
        try:
            return self._zip.open(name)
        except (KeyError, RuntimeError, zipfile.BadZipFile, NotImplementedError) as error:
            raise Unreadable(0, DAMAGED) from error

    def _has(self, name: str) -> bool:
        return name in self._zip.namelist()

    def _sheets(self) -> tuple[list[SheetInfo], bool]:
        book, links = _Book(), _Links()
        self._read(book, "xl/workbook.xml")
        self._read(links, "xl/_rels/workbook.xml.rels")
        sheets = [SheetInfo(name, hidden, links.targets.get(link, "")) for name, hidden, link in book.sheets]
        sheets = [sheet for sheet in sheets if self._has(sheet.part)]
        if not sheets:
            raise Unreadable(0, DAMAGED)
        return sheets, book.since_1904

    def _read_formats(self, since_1904: bool) -> Formats:
        styles = _Styles()
        if self._has("xl/styles.xml"):
            self._read(styles, "xl/styles.xml")
        return sheet_cells.formats(styles.of_cells, styles.codes, since_1904=since_1904)

    def _read_strings(self) -> list[str]:
        strings = Strings()
        if self._has("xl/sharedStrings.xml"):
            self._read(strings, "xl/sharedStrings.xml")
        return strings.strings

    def _read(self, listener: Listener, name: str) -> None:
        with self._part(name) as part:
            try:
                for _ in listener.feed(part):
                    pass
            except Unreadable:
                raise
            except Exception as error:
                raise Unreadable(0, DAMAGED) from error


DAMAGED = "el libro de Excel está dañado: ábralo en Excel, guárdelo otra vez como .xlsx y súbalo"
_OTHER_PACKAGES = {
    "word/document.xml": "es un documento de Word; guarde la tabla como .xlsx o «CSV UTF-8»",
    "xl/workbook.bin": "es un libro binario de Excel (.xlsb); guárdelo como .xlsx",
    "content.xml": "es una hoja de LibreOffice (.ods); guárdela como .xlsx o «CSV UTF-8»",
    "ppt/presentation.xml": "es una presentación; se espera una tabla (.xlsx o CSV)",
    "Index/Document.iwa": "es una hoja de Numbers; expórtela como .xlsx o CSV",
}


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Unreadable(0, DAMAGED) from error
    try:
        _refuse_others(archive)
        _refuse_bombs(archive)
    except BaseException:
        archive.close()
        raise
    return archive


def _refuse_others(archive: zipfile.ZipFile) -> None:
    names = set(archive.namelist())
    for name, reason in _OTHER_PACKAGES.items():
        if name in names:
            raise Unreadable(0, reason)
    if "xl/workbook.xml" not in names:
        raise Unreadable(0, DAMAGED)
    if any(part.flag_bits & 1 for part in archive.infolist()):
        raise Unreadable(0, "el archivo tiene contraseña; quítesela y súbalo otra vez")


def _refuse_bombs(archive: zipfile.ZipFile) -> None:
    sizes = {part.filename: part.file_size for part in archive.infolist()}
    strings = sizes.pop("xl/sharedStrings.xml", 0)
    whole = [size for name, size in sizes.items() if not name.startswith("xl/worksheets/")]
    largest = max(sizes.values(), default=0)
    if largest > MOST_UNPACKED or max(whole, default=0) > MOST_OF_ONE_PART or strings > MOST_OF_STRINGS:
        raise Unreadable(0, TOO_LARGE)


class _Book(Listener):
    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, bool, str]] = []
        self.since_1904 = False

    def started(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            link = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append((attributes.get("name", ""), hidden, link))
        elif name == "workbookPr":
            self.since_1904 = attributes.get("date1904") in ("1", "true")


class _Links(Listener):
    """Where each sheet is inside the ZIP, by the name of its link."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[str, str] = {}

    def started(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            target = attributes.get("Target", "")
            whole = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            self.targets[attributes.get("Id", "")] = re.sub(r"[^/]+/\.\./", "", whole)


class _Styles(Listener):
    """The number format of each cell style, and the workbook's own formats."""

    def __init__(self) -> None:
        super().__init__()
        self.of_cells: list[int] = []
        self.codes: dict[int, str] = {}
        self._among_cells = False

    def started(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self.codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._among_cells = True
        elif name == "xf" and self._among_cells:
            self.of_cells.append(int(attributes.get("numFmtId", 0)))

    def ended(self, name: str) -> None:
        if name == "cellXfs":
            self._among_cells = False
