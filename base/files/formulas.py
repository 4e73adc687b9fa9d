"""The guard against formulas: text that a person typed stays text when a spreadsheet opens our file."""

import re

# Excel and LibreOffice compute these beginnings, and their full-width forms too (OWASP, "CSV Injection"). A signed
# number is not a formula.
_FORMULA = re.compile(r"[=@\t\r\n＝＠]|[+\-＋－](?![0-9.,]+\Z)")


def harmless(text: str) -> str:
    """Returns the text; a formula gets a leading apostrophe, which keeps it a text."""
    return f"'{text}" if _FORMULA.match(text) else text
