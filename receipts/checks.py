"""What must be so before receipts are issued and printed; asked before a worker starts."""

import ctypes
import ctypes.util
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from receipts.tax_office.deadlines import NoLimit, read_limits

#: The library as ctypes knows it, its name on Linux, and the package of Debian and Ubuntu that brings it.
LIBRARIES = (
    ("pangoft2-1.0", "libpangoft2-1.0.so.0", "libpangoft2-1.0-0"),
    # WeasyPrint works without it, but five times slower and only until it drops the other way (docs of its 70).
    ("harfbuzz-subset", "libharfbuzz-subset.so.0", "libharfbuzz-subset0"),
)


@register
def libraries_of_the_printer(**_: Any) -> list[CheckMessage]:
    return [
        Error(
            f"Receipts cannot be printed without {file}: apt-get install {package} (script/setup does).",
            id="receipts.E001",
        )
        for name, file, package in LIBRARIES
        if not _loadable(name, file)
    ]


@register
def readable_limits(**_: Any) -> list[CheckMessage]:
    """A limit that cannot be read would stop every signature."""
    try:
        read_limits(settings.SUNAT_FILING_DAYS)
    except NoLimit as trouble:
        return [Error(f"The days to file documents cannot be read. {trouble}", id="receipts.E002")]
    return []


def _loadable(name: str, file: str) -> bool:
    for candidate in filter(None, (file, ctypes.util.find_library(name))):
        try:
            ctypes.CDLL(candidate)
        except OSError:
            continue
        return True
    return False
