"""Reads a settings file. The grammar is that of systemd's EnvironmentFile=, so that one file serves every program.

NAME=value on each line; `#` or `;` begins a comment line; a value may stand between quotes. `$` is a plain character.
"""

import re
from collections.abc import Iterator
from pathlib import Path

QUOTED = re.compile(r"""[ \t]*(?:'([^']*)'|"((?:[^"\\]|\\.)*)")""", re.DOTALL)
#: A line, with those that a backslash or a quote joins to it.
ENTRY = re.compile(
    r"""[ \t]*([^=\n]*?)[ \t]*=((?:[ \t]*(?:'[^']*'|"(?:[^"\\]|\\.)*"))*(?:[^\\\n]|\\.)*)(?:\n|\Z)""", re.DOTALL
)
OTHER = re.compile(r"[^\n]*(?:\n|\Z)")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class UnreadableFile(Exception):
    """The file cannot be opened, or a line of it sets nothing; the message says which."""


def read(path: Path) -> dict[str, tuple[str, str]]:
    """Each name with its value and the place where it stands. Raises UnreadableFile."""
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as refusal:
        raise UnreadableFile(
            f"No se puede leer {path}: {getattr(refusal, 'strerror', None) or 'no es UTF-8'}."
        ) from refusal
    return {name: (value, f"{path}, línea {line}") for name, value, line in _entries(text, path)}


def _entries(text: str, path: Path) -> Iterator[tuple[str, str, int]]:
    at = 0
    while at < len(text):
        line = text.count("\n", 0, at) + 1
        whole = OTHER.match(text, at)
        assert whole  # noqa: S101 - it matches anything
        if not whole[0].strip() or whole[0].lstrip()[0] in "#;":
            at = whole.end()
            continue
        entry = ENTRY.match(text, at)
        if not entry or not NAME.fullmatch(entry[1]):
            raise UnreadableFile(f"{path}, línea {line}: se espera NOMBRE=valor.")
        yield entry[1], _value(entry[2]), line
        at = entry.end()


def _value(written: str) -> str:
    parts, at = [], 0
    while quoted := QUOTED.match(written, at):
        single, double = quoted.groups()
        parts.append(single if single is not None else re.sub(r"\\(?:([\"\\`$])|\n)", r"\1", double))
        at = quoted.end()
    rest = re.sub(r"\\(?:\n|(.))", r"\1", written[at:].strip(), flags=re.DOTALL)
    return "".join(parts) + rest
