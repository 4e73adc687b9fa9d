"""The guard against formulas: text that a person typed stays text when a spreadsheet opens our CSV file."""

import re

# Excel and LibreOffice compute these beginnings, and their full-width forms too (OWASP, "CSV Injection"). A signed
# number is not a formula.
_FORMULA = re.compile(r"[=@\t\r\n＝＠]|[+\-＋－](?![0-9.,]+\Z)")
# Numbers that a spreadsheet rounds or takes the zeros from.
_SPOILED = re.compile(r"0\d|\d{12,}$|\d+[eE]\d+$")


def harmless(text: str) -> str:
    """Returns the text; a formula is written as `="…"`, which shows it and which imports read back."""
    return _as_text(text) if _FORMULA.match(text) else text


def unspoiled(text: str) -> str:
    """As `harmless`; operation numbers keep their zeros and digits too."""
    return _as_text(text) if _FORMULA.match(text) or _SPOILED.match(text) else text


def _as_text(text: str) -> str:
    quoted = text.replace('"', '""')
    return f'="{quoted}"'
