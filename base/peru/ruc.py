"""The RUC, a taxpayer's number: eleven digits, the last of them a check digit."""

from stdnum.exceptions import ValidationError
from stdnum.pe import ruc as stdnum_ruc
from stdnum.util import isdigits

# 10 persons, 15 successions and the like, 16 and 17 foreigners and others without DNI, 20 companies.
PREFIXES = ("10", "15", "16", "17", "20")


def compact(typed: str) -> str:
    """Returns the text without spaces, dots and hyphens."""
    return typed.translate(str.maketrans("", "", " .-\u00a0"))


def is_valid(number: str) -> bool:
    """Tells whether `number` (digits only) is a valid RUC.

    python-stdnum lacks prefix 16, so we use only its check digit.
    """
    if len(number) != 11 or not isdigits(number) or not number.startswith(PREFIXES):
        return False
    try:
        return number.endswith(stdnum_ruc.calc_check_digit(number))
    except ValidationError:
        return False
