"""Reads the XML of an XLSX workbook piece by piece, with a bound on everything that a small file can make large.

openpyxl shows neither hidden rows nor formulas without a value when it reads row by row, and holds a cell of any
length; so the sheets are parsed here, by Python's own expat.
"""

import time
from collections.abc import Iterator, Sequence
from typing import IO, Any, NamedTuple
from xml.parsers import expat

from base.files.sheet_cells import Formats, text_of

BLOCK = 1 << 16
# Excel's own limits.
MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
LONGEST_CELL = 32_767
#: Four times a full upload of payments; empty cells that carry a style count too.
MOST_CELLS = 12_000_000
MOST_STRINGS = 1_000_000
MOST_CHARACTERS = 48_000_000
#: Of work, not of waiting for a busy machine.
MOST_SECONDS = 60


class Unreadable(Exception):
    """The workbook cannot be read on after `line`."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


class SheetRow(NamedTuple):
    number: int
    cells: list[str]
    hidden: bool
    hidden_columns: Sequence[range] = ()


class Listener:
    """Elements of one XML part, without their namespace's prefix. Entities are refused: they multiply."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.buffer_size = BLOCK
        self.parser.StartDoctypeDeclHandler = self._refuse_entities
        self.parser.StartElementHandler = self._started
        self.parser.EndElementHandler = self._ended

    def started(self, name: str, attributes: dict[str, str]) -> None: ...

    def ended(self, name: str) -> None: ...

    def _started(self, name: str, attributes: dict[str, str]) -> None:
        self.started(name.rpartition(":")[2] if ":" in name else name, attributes)

    def _ended(self, name: str) -> None:
        self.ended(name.rpartition(":")[2] if ":" in name else name)

    def _refuse_entities(self, *_: Any) -> None:
        raise Unreadable(0, "el libro de Excel está dañado: define entidades XML")

    def feed(self, part: IO[bytes]) -> Iterator[None]:
        """Parse the part; stops after each block, so that the caller takes what was read."""
        deadline = time.thread_time() + MOST_SECONDS
        while block := part.read(BLOCK):
            self.parser.Parse(block, False)
            if time.thread_time() > deadline:
                raise Unreadable(0, f"el libro de Excel toma más de {MOST_SECONDS} segundos de lectura; {CSV_CURE}")
            yield
        self.parser.Parse(b"", True)
        yield


CSV_CURE = "divídalo o guárdelo como «CSV UTF-8»"


class TextListener(Listener):
    """Collects the text of `<t>` and `<v>`, up to what a cell can hold; phonetic readings are left out."""

    texts: tuple[str, ...] = ("t",)

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.length = 0
        self.phonetic = False
        self.line = 0

    def started(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 - attributes are for subclasses
        if name == "rPh":
            self.phonetic = True
        elif name in self.texts and not self.phonetic:
            self.parser.CharacterDataHandler = self._characters

    def ended(self, name: str) -> None:
        if name == "rPh":
            self.phonetic = False
        elif name in self.texts:
            self.parser.CharacterDataHandler = None

    def _characters(self, text: str) -> None:
        self.length += len(text)
        if self.length > LONGEST_CELL:
            raise Unreadable(self.line, f"una celda tiene más de {LONGEST_CELL:,} caracteres, lo más que admite Excel")
        self.pieces.append(text)

    def taken(self) -> str:
        text = "".join(self.pieces)
        self.pieces.clear()
        self.length = 0
        return text


class Strings(TextListener):
    """The texts that cells share."""

    def __init__(self) -> None:
        super().__init__()
        self.strings: list[str] = []
        self.characters = 0

    def ended(self, name: str) -> None:
        super().ended(name)
        if name == "si":
            self.strings.append(self.taken())
            self.characters += len(self.strings[-1])
            if len(self.strings) > MOST_STRINGS or self.characters > MOST_CHARACTERS:
                raise Unreadable(0, f"el libro de Excel tiene demasiados textos; {CSV_CURE}")


class Sheet(TextListener):
    """The rows of a sheet that hold anything; `rows` is emptied by its reader."""

    texts = ("t", "v")

    def __init__(self, strings: Sequence[str], known: Formats) -> None:
        super().__init__()
        self.strings, self.known = strings, known
        self.rows: list[SheetRow] = []
        self.cells: list[str] = []
        self.count = 0
        self.hidden = False
        self.hidden_columns: list[range] = []
        self.place = -1
        self.cell: dict[str, str] = {}
        self.has_formula = False

    def _started(self, name: str, attributes: dict[str, str]) -> None:
        """Called for each cell, most of which are empty in a sheet that was formatted as a whole: kept short."""
        if name == "c":
            self.cell = attributes
            self.count += 1
            self.has_formula = False
        elif name == "row":
            self._start_row(attributes)
        elif name == "f":
            self.has_formula = True
        else:
            super()._started(name, attributes)

    def _ended(self, name: str) -> None:
        if name == "c":
            if self.pieces or self.has_formula:
                self._end_cell(self.taken())
            else:
                self.place += 1
        elif name == "row":
            self._end_row()
        elif name != "f":
            super()._ended(name)

    def started(self, name: str, attributes: dict[str, str]) -> None:
        """Also those of programs that write a prefix before each name."""
        if name in ("c", "row", "f"):
            self._started(name, attributes)
        elif name == "col":
            self._note_column(attributes)
        else:
            super().started(name, attributes)

    def _note_column(self, attributes: dict[str, str]) -> None:
        """A sheet says before its rows which columns nobody sees."""
        if attributes.get("hidden") in ("1", "true"):
            self.hidden_columns.append(range(int(attributes["min"]) - 1, int(attributes["max"])))

    def ended(self, name: str) -> None:
        if name in ("c", "row", "f"):
            self._ended(name)
        else:
            super().ended(name)

    def _start_row(self, attributes: dict[str, str]) -> None:
        self.line = int(attributes.get("r") or self.line + 1)
        if self.line > MOST_ROWS:
            raise Unreadable(MOST_ROWS, f"el libro tiene más de {MOST_ROWS:,} filas; {CSV_CURE}")
        self.hidden = attributes.get("hidden") in ("1", "true")
        self.cells, self.place = [], -1

    def _end_cell(self, value: str) -> None:
        attributes = self.cell
        address = attributes.get("r")
        self.place = column_of(address) if address else self.place + 1
        if self.place >= MOST_COLUMNS:
            raise Unreadable(self.line, f"la fila tiene más de {MOST_COLUMNS:,} columnas")
        text = text_of(
            attributes.get("t", "n"),
            int(attributes.get("s", 0)),
            value,
            has_formula=self.has_formula,
            strings=self.strings,
            known=self.known,
        )
        missing = self.place - len(self.cells)
        if missing > 0:
            self.count += missing
            self.cells += [""] * missing
        self.cells[self.place :] = [text]

    def _end_row(self) -> None:
        if self.count > MOST_CELLS:
            raise Unreadable(
                self.line, f"el libro tiene más de {MOST_CELLS:,} celdas, muchas quizá vacías con formato; {CSV_CURE}"
            )
        cells = self.cells
        while cells and not cells[-1].strip():
            cells.pop()
        if cells:
            self.rows.append(SheetRow(self.line, cells, self.hidden, self.hidden_columns))


def column_of(address: str) -> int:
    """0 for `A7`, 26 for `AA7`."""
    place = 0
    for letter in address:
        if not letter.isalpha():
            break
        place = place * 26 + ord(letter) - 64
    return place - 1
