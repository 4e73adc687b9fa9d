"""The zip in which a document travels to SUNAT, and the one in which its constancy comes back."""

import io
import zipfile

LARGEST_ARCHIVE = 2_000_000
LARGEST_FILE = 4_000_000
MOST_ENTRIES = 5
# The same document gives the same archive, whenever it is sent.
_ALWAYS = (1980, 1, 1, 0, 0, 0)


class BadArchive(ValueError):
    """Not a zip with one XML file of a sensible size."""


def pack(name: str, content: bytes) -> bytes:
    """`name`.xml alone in a zip (0151 to 0161)."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(f"{name}.xml", _ALWAYS)
        info.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(info, content)
    return packed.getvalue()


def unpack(packed: bytes) -> tuple[str, bytes]:
    """The name without .xml, and the content, of the only XML file; SUNAT's empty folder `dummy/` is passed over.

    Raises BadArchive for anything else, without ever holding more than LARGEST_FILE bytes.
    """
    if len(packed) > LARGEST_ARCHIVE:
        raise BadArchive(f"a zip of {len(packed)} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            return _only_file(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zipfile.LargeZipFile) as error:
        raise BadArchive(f"not a readable zip: {error}"[:200]) from error
    except Exception as error:
        # zlib.error and what else a crafted archive may provoke.
        if isinstance(error, BadArchive):
            raise
        raise BadArchive(f"not a readable zip: {error}"[:200]) from error


def _only_file(archive: zipfile.ZipFile) -> tuple[str, bytes]:
    entries = archive.infolist()
    files = [entry for entry in entries if not entry.is_dir()]
    if len(entries) > MOST_ENTRIES or len(files) != 1 or not files[0].filename.lower().endswith(".xml"):
        raise BadArchive(f"{len(entries)} entries where one XML file was expected")
    with archive.open(files[0]) as file:
        # What a header claims of a size is not believed: at most so much is unpacked.
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise BadArchive(f"more than {LARGEST_FILE} bytes unpacked")
    return files[0].filename.rpartition("/")[2][:-4], content
