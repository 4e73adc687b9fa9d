"""Recognises how a text file is encoded, by what Spanish names look like, and mends what was encoded twice.

A text that is valid UTF-8 is UTF-8. One with accents of UTF-8 and a few bytes that are none is a damaged UTF-8 file:
its bad bytes read as U+FFFD, which every cell refuses by its line. Anything else is one of the single-byte encodings
that Windows, MS-DOS and old Macs write in Peru; the one whose letters form Spanish words is taken.
"""

import codecs
import re
from dataclasses import dataclass
from functools import cache
from typing import IO

BLOCK = 1 << 20
#: Lines with letters beyond ASCII that are looked at to choose among single-byte encodings.
SAMPLE = 2_000
#: So many lines with accents of UTF-8 settle the question.
ENOUGH = 100_000
#: U+FFFD in UTF-8: another program lost the character before.
DAMAGED_BEFORE = b"\xef\xbf\xbd"
UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
#: Each single-byte encoding with the words by which people know it. At a tie the first is taken.
SINGLE_BYTE = {"cp1252": "Windows (ANSI)", "cp850": "MS-DOS (CP850)", "mac_roman": "Macintosh"}
LABELS = {"utf-16-le": "Texto Unicode (UTF-16)", "utf-16-be": "Texto Unicode (UTF-16)", "utf-8-sig": "UTF-8"}

#: How many of the letters beyond ASCII have to form Spanish words.
PLAUSIBLE_SHARE = 0.5
SPANISH = "áéíóúñü", "ÁÉÍÓÚÑÜ"
#: Letters of names from elsewhere: they count for less, since every encoding has some at each place.
FOREIGN = "çäöàèìòùâêîôûãõß", "ÇÄÖÀÈÌÒÙÂÊÎÔÛÃÕ"
SIGNS = "°ºª¿¡“”‘’–—…·€«»´"


def _in_a_word(lower: str, upper: str) -> str:
    """A letter of this case beside letters that a word has beside it: `Núñez`, `NÚÑEZ`, not `NúñEZ` or `PÄrez`."""
    return f"(?<![A-Z])[{lower}]|(?<=[A-Z])[{lower}](?=[a-z])|(?<![a-z])[{upper}](?![a-z])|(?<![A-Za-z])[{upper}]"


OURS = re.compile(f"{_in_a_word(*SPANISH)}|[{SIGNS}]")
THEIRS = re.compile(_in_a_word(*FOREIGN))
#: What a text in Spanish, with names from elsewhere, is never without when it is not ASCII.
LATIN = re.compile(f"[{''.join(SPANISH + FOREIGN)}{SIGNS}\u0300-\u036f\ufeff\u2000-\u2bff\u00a0]|[ÃÂâï][^\x00-\x7f]")


@dataclass(frozen=True)
class Recognised:
    """`encoding` is a codec of Python. `notice` is a sentence for a person, empty when nothing is to be said."""

    encoding: str
    notice: str = ""
    doubled: bool = False


class UnknownEncoding(Exception):
    """No encoding makes Spanish of the file's letters."""


def recognise(file: IO[bytes]) -> Recognised:
    """Read the file from where it stands to its end. Raises UnknownEncoding."""
    start = file.read(BLOCK)
    if encoding := _of_two_bytes(start):
        return Recognised(encoding, f"El archivo está en {LABELS[encoding]}; se leyó así.")
    scan = _Scan()
    block = start
    while block:
        scan.add(block)
        block = file.read(BLOCK)
    return scan.result()


def _of_two_bytes(start: bytes) -> str:
    """UTF-16 by its mark, or by the zero byte beside each ASCII letter; empty for another encoding."""
    for mark, encoding in UTF_16.items():
        if start.startswith(mark):
            return encoding
    head = start[:400]
    for place, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        half, other = head[place::2], head[1 - place :: 2]
        if half.count(0) * 2 > len(half) and not other.count(0):
            return encoding
    return ""


class _Scan:
    """What is seen of a file that has no two-byte mark, line by line."""

    def __init__(self) -> None:
        self.rest = b""
        self.sample: list[bytes] = []
        self.good_lines = self.bad_lines = 0
        self.doubled = ""

    def add(self, block: bytes) -> None:
        data = self.rest + block
        # A character cut by the end of a block is completed by the next one.
        cut = data.rfind(b"\n") + 1 or len(data)
        data, self.rest = data[:cut], data[cut:]
        if not data.isascii() and self.good_lines < ENOUGH:
            self._look(data)

    def result(self) -> Recognised:
        if not self.rest.isascii():
            self._look(self.rest)
        if self.bad_lines and not self.good_lines:
            return _single_byte(self.sample)
        notice = f"El archivo estaba codificado dos veces en UTF-8; se leyó «{self.doubled}»." if self.doubled else ""
        return Recognised("utf-8-sig", notice, doubled=bool(self.doubled))

    def _look(self, data: bytes) -> None:
        for line in data.split(b"\n"):
            if not line.isascii():
                self._look_at_line(line)

    def _look_at_line(self, line: bytes) -> None:
        if len(self.sample) < SAMPLE:
            self.sample.append(line[:1_000])
        text = line.decode(errors="replace")
        if LATIN.search(text) or DAMAGED_BEFORE in line:
            self.good_lines += 1
            self.doubled = self.doubled or _first_doubled(text)
        else:
            self.bad_lines += 1


def _single_byte(sample: list[bytes]) -> Recognised:
    text = b"\n".join(sample)
    letters = sum(byte > 0x7F for byte in text)
    scores = {encoding: _spanish(text, encoding) for encoding in SINGLE_BYTE}
    best = max(scores, key=scores.__getitem__)
    if scores[best] < letters * PLAUSIBLE_SHARE:
        raise UnknownEncoding
    notice = "" if best == "cp1252" else f"El archivo está en {SINGLE_BYTE[best]}; se leyó así: revise los nombres."
    return Recognised(best, notice)


def _spanish(text: bytes, encoding: str) -> int:
    """Two for each letter beyond ASCII that is where Spanish has it, one for a letter from elsewhere."""
    written = text.decode(encoding, errors="replace")
    return 2 * len(OURS.findall(written)) + len(THEIRS.findall(written))


# --- Encoded twice: the two bytes of an accent were taken for two letters of Windows-1252


@cache
def _as_windows_reads(first: int, last: int) -> str:
    """The characters that Windows-1252 makes of these bytes; those it has none for stay control characters."""
    return "".join(_windows_character(byte) for byte in range(first, last + 1))


def _windows_character(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


_FOLLOWING = f"[{re.escape(_as_windows_reads(0x80, 0xBF))}]"
DOUBLED = re.compile(f"(?:[ÃÂ]{_FOLLOWING}|[âï]{_FOLLOWING}{{2}})+")
# The word around, as far as a notice shows it.
_WORD_BEFORE = re.compile(r"[^\s;,|]{0,40}\Z")
_WORD_AFTER = re.compile(r"[^\s;,|]{0,40}")


def _first_doubled(text: str) -> str:
    """The first word that was encoded twice, mended; empty for none."""
    match = DOUBLED.search(text)
    if not match:
        return ""
    before = _WORD_BEFORE.search(text[max(0, match.start() - 40) : match.start()])
    after = _WORD_AFTER.match(text, match.end())
    word = (before[0] if before else "") + match[0] + (after[0] if after else "")
    return mended(word).lstrip("\ufeff")


def mended(text: str) -> str:
    """`JosÃ©` as `José`; a text that was encoded once stays as it is."""
    return DOUBLED.sub(_mended, text)


def _mended(match: re.Match[str]) -> str:
    try:
        return b"".join(_windows_byte(character) for character in match[0]).decode()
    except UnicodeDecodeError:
        return match[0]


def _windows_byte(character: str) -> bytes:
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        return character.encode("latin-1")
