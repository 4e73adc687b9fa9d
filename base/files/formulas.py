"""The one guard against formulas: what somebody typed stays a text when a spreadsheet opens our file."""

import re

# What Excel or LibreOffice computes, also in the wide letters of East Asia, which they read as the narrow ones (OWASP,
# "CSV Injection"). A number with its sign is no formula.
_FORMULA = re.compile(r"[=@\t\r\n＝＠]|[+\-＋－](?![0-9.,]+\Z)")


def harmless(text: str) -> str:
    """Returns the text, with an apostrophe before what a spreadsheet would compute: that keeps it a text."""
    return f"'{text}" if _FORMULA.match(text) else text
