"""Tells by its first bytes what a file is, and refuses in a sentence what is no table."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

#: A ZIP of one text, as banks send it, may unpack to so much.
MOST_UNPACKED = 400 << 20
TEXT_NAMES = (".txt", ".csv", ".tsv", ".dat", ".asc", ".prn")

_SIGNATURES = (
    (b"\xd0\xcf\x11\xe0", "es un libro de Excel antiguo (.xls) o con contraseña; guárdelo como .xlsx sin ella"),
    (b"%PDF", "es un PDF; pida el archivo de datos (.xlsx, .csv o .txt)"),
    (b"Rar!", "está comprimido con RAR; ábralo y suba el archivo que contiene"),
    (b"7z\xbc\xaf", "está comprimido con 7-Zip; ábralo y suba el archivo que contiene"),
    (b"\x1f\x8b", "está comprimido (.gz); ábralo y suba el archivo que contiene"),
    (b"\x89PNG", "es una imagen; se espera una tabla (.xlsx, .csv o .txt)"),
    (b"\xff\xd8\xff", "es una foto; se espera una tabla (.xlsx, .csv o .txt)"),
    (b"GIF8", "es una imagen; se espera una tabla (.xlsx, .csv o .txt)"),
    (b"{\\rtf", "es un documento de texto (.rtf); guarde la tabla como .xlsx o «CSV UTF-8»"),
    (b"ID;P", "es una hoja en formato SYLK; guárdela como .xlsx"),
)
WEB_PAGE = "es una página web guardada como .xls; ábrala en Excel y guárdela como «Libro de Excel (.xlsx)»"
XML_SHEET = "es una hoja de cálculo XML; ábrala en Excel y guárdela como «Libro de Excel (.xlsx)»"


class NoTable(Exception):
    """The file is no table. `reason` is what a person reads."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def refuse_others(start: bytes) -> None:
    """`start` is the first 4 kB of the file. Raises NoTable for what is known to be something else."""
    for signature, reason in _SIGNATURES:
        if start.startswith(signature):
            raise NoTable(reason)
    head = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith(
        (b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<style", b"<div", b"mime-version")
    ):
        raise NoTable(WEB_PAGE)
    if head.startswith(b"<?xml"):
        raise NoTable(WEB_PAGE if b"<html" in head else XML_SHEET)


def is_zip(start: bytes) -> bool:
    return start.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def text_inside(path: Path) -> str:
    """The name of the one text in a ZIP that is no workbook; empty for a workbook or another office document.

    Raises NoTable.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = [part for part in archive.infolist() if not part.is_dir() and not _is_noise(part.filename)]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise NoTable(
            "el archivo comprimido o libro de Excel está dañado; vuelva a descargarlo o a guardarlo"
        ) from error
    if any(part.filename in ("[Content_Types].xml", "mimetype", "Index/Document.iwa") for part in parts):
        return ""
    return _the_one_text(parts)


def _is_noise(name: str) -> bool:
    """What a Mac leaves in a ZIP."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")


def _the_one_text(parts: list[zipfile.ZipInfo]) -> str:
    texts = [part for part in parts if part.filename.lower().endswith(TEXT_NAMES)]
    if len(parts) != 1 or len(texts) != 1:
        names = ", ".join(part.filename.rpartition("/")[2] for part in parts[:3]) or "nada"
        raise NoTable(f"es un ZIP que contiene {names}; ábralo y suba el archivo de datos")
    [text] = texts
    if text.flag_bits & 1:
        raise NoTable("el ZIP tiene contraseña; ábralo y suba el archivo que contiene")
    if text.file_size > MOST_UNPACKED:
        raise NoTable(f"el ZIP se abre a más de {MOST_UNPACKED >> 20} MB; divídalo")
    return text.filename


@contextmanager
def opened(path: Path, inner: str) -> Iterator[IO[bytes]]:
    """The file's bytes, or those of the text inside its ZIP. Raises NoTable for a damaged ZIP."""
    if not inner:
        with path.open("rb") as file:
            yield file
        return
    try:
        with zipfile.ZipFile(path) as archive, archive.open(inner) as file:
            yield file
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise NoTable("el archivo comprimido está dañado; vuelva a descargarlo") from error
