"""Whether this Python has the fault of CVE-2026-3276: normalising some texts takes time that grows with their square.

The portal refuses long texts before it normalises them (cmp_portal/middleware.py), so that the fault stops nobody here.
It is measured and not read from a version: distributions mend old versions. Runs without the portal's settings, for
script/setup.
"""

import logging
import time
import unicodedata

# Two combining characters whose order has to be changed, again and again.
PAIR = "\u0315\u0300"
FEW, MANY = 250, 2000
# Eight times the text takes eight times as long when it is sorted well, and sixty-four times when it is not.
SUSPICIOUS = 24

WARNING = (
    "This Python normalises crafted texts in quadratic time (CVE-2026-3276). The portal cuts texts by length first; "
    "update Python all the same: 3.13.14, 3.14.6 or a mended package of your distribution."
)

logger = logging.getLogger(__name__)


def has_the_fault() -> bool:
    """Measures it; takes some hundredths of a second."""
    return _seconds(MANY) > SUSPICIOUS * _seconds(FEW)


def _seconds(pairs: int) -> float:
    """The least of three, because another process may have interrupted one."""
    text = "a" + PAIR * pairs
    return min(_timed(text) for _ in range(3))


def _timed(text: str) -> float:
    began = time.perf_counter()
    unicodedata.normalize("NFC", text)
    return time.perf_counter() - began


def warn() -> None:
    """Log the warning when the fault is there."""
    if has_the_fault():
        logger.warning(WARNING)


if __name__ == "__main__" and has_the_fault():
    print(WARNING)  # noqa: T201 - script/setup shows it
