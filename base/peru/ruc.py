"""The RUC, a taxpayer's number: eleven digits, the last of them a check digit. Pure."""

from stdnum.exceptions import ValidationError
from stdnum.pe import ruc as stdnum_ruc
from stdnum.util import isdigits

# 10 persons, 15 successions and the like, 16 and 17 foreigners and others without DNI, 20 companies.
PREFIXES = ("10", "15", "16", "17", "20")


def compact(typed: str) -> str:
    """The digits of what was typed, without spaces, dots or hyphens."""
    return typed.translate(str.maketrans("", "", " .-\u00a0"))


def is_valid(number: str) -> bool:
    """Whether `number` (digits only) may be a RUC. python-stdnum lacks prefix 16, so only its check digit is asked."""
    if len(number) != 11 or not isdigits(number) or not number.startswith(PREFIXES):
        return False
    try:
        return number.endswith(stdnum_ruc.calc_check_digit(number))
    except ValidationError:
        return False
