"""Amounts in words, as SUNAT's legend 1000 requires on a receipt."""

import re
from decimal import Decimal

from num2words import num2words

CURRENCY_NAMES = {"PEN": "SOLES", "USD": "DÓLARES AMERICANOS"}


def amount_in_words(amount: Decimal, currency: str = "PEN") -> str:
    """Returns `CIENTO VEINTE CON 50/100 SOLES`; the document prints SON: before it.

    Raises ValueError for a negative amount or a fraction of a céntimo.
    """
    if amount < 0 or amount != amount.quantize(Decimal("0.01")):
        raise ValueError(f"not an amount of a receipt: {amount}")
    whole = int(amount)
    cents = int((amount - whole) * 100)
    # num2words writes "veintiuno mil"; before a noun Spanish drops the o.
    words = num2words(whole, lang="es").replace("veintiuno mil", "veintiún mil")
    words = re.sub(r"\buno mil", "un mil", words)
    return f"{words.upper()} CON {cents:02}/100 {CURRENCY_NAMES[currency]}"
