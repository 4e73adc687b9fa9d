"""Names as people type them when they search: «sanchez» finds Sánchez, and «munoz» Muñoz."""

from typing import Any

from django.db.models import Func, TextField

# PostgreSQL's unaccent is an extension that some servers lack, and an index cannot use it. Small letters are listed
# too: with the locale C, upper() leaves accented ones as they are.
_ACCENTED = "ÁÀÂÃÄÉÈÊËÍÌÎÏÓÒÔÕÖÚÙÛÜÑÇáàâãäéèêëíìîïóòôõöúùûüñç"
_PLAIN = "AAAAAEEEEIIIIOOOOOUUUUNC" * 2
_TABLE = str.maketrans(_ACCENTED, _PLAIN)


def without_accents(text: str) -> str:
    """Returns the text in capitals without accents, equal to WithoutAccents of a column."""
    return text.upper().translate(_TABLE)


def alike(declared: str, on_the_roll: str) -> bool:
    """Whether every word of a name as its person types it is in the roll's name; accents and capitals do not count.

    A second name or surname may be left out: «Rosa Nunez» is «Rosa María Núñez Peña».
    """
    words = set(without_accents(declared).split())
    return bool(words) and words <= set(without_accents(on_the_roll).split())


class WithoutAccents(Func):
    """A column of names in capitals without accents."""

    template = f"TRANSLATE(UPPER(%(expressions)s), '{_ACCENTED}', '{_PLAIN}')"
    arity = 1

    def __init__(self, expression: Any, **extra: Any) -> None:
        super().__init__(expression, output_field=TextField(), **extra)
