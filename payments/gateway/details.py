"""What an answer's upper-case details tell beyond the charge itself: Yape and the instalments of a card.

The vendor documents neither. So a value that makes no sense is dropped, and nothing here can spoil an approval.
"""

import re
from decimal import Decimal
from typing import Any

from payments.gateway.base import Instalments, Yape

MOST_INSTALMENTS = 48
MOST_DEFERRED = 12
# A Peruvian mobile, whole or masked, with or without the country's code: 969929157, 51969929157, 96*****157, ******157.
# The number of stars varies, as it does in a card's mask.
_TELEPHONE = re.compile(r"(?:\+?(?:51)?9[0-9]{5}|\+?[0-9]{0,5}[*xX]{3,9})([0-9]{3})")


def details_text(holder: dict[str, Any], key: str) -> str:
    """A string, or a whole number as one; "" for anything else. Bounded, and without what PostgreSQL cannot store."""
    value = holder.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30:
        return str(value)
    if not isinstance(value, str):
        return ""
    return re.sub("[\x00-\x1f\x7f\ud800-\udfff]", " ", value).strip()[:200]


def read_yape(details: dict[str, Any]) -> Yape | None:
    """The Yape of an answer, or None for a card. This is the one place that decides what counts as a Yape.

    YAPE_ID means Yape (Niubiz reference §4.2). What it holds is not documented: if it is a telephone, only its end is
    taken.
    """
    name = details_text(details, "YAPE_ID")
    if not name and details_text(details, "BRAND").lower() != "yape":
        return None
    telephone = phone_end(name)
    return Yape(id=mask_phone(name)[:64], phone_end=telephone)


def phone_end(text: str) -> str:
    """The last three digits of a telephone, or "" for a text that is none."""
    telephone = _TELEPHONE.fullmatch(re.sub(r"[\s-]", "", text))
    return telephone.group(1) if telephone else ""


def mask_phone(text: str) -> str:
    """A telephone with all but its last three digits hidden; any other text as it is."""
    end = phone_end(text)
    return f"******{end}" if end else text


def read_instalments(details: dict[str, Any], order: dict[str, Any], *, charged: Decimal | None) -> Instalments | None:
    """How a charge of `charged` soles is split, or None for one piece. Values that make no sense count as untold."""
    number = (
        _whole(details.get("QUOTA_NUMBER"), MOST_INSTALMENTS)
        or _whole(details.get("INSTALLMENTS_INFO"), MOST_INSTALMENTS)
        or _whole(order.get("installment"), MOST_INSTALMENTS)
    )
    if not number or number < 2:
        return None
    return Instalments(
        number=number,
        amount=_part(details.get("QUOTA_AMOUNT"), charged),
        deferred=_whole(details.get("QUOTA_DEFERRED"), MOST_DEFERRED),
    )


def _whole(value: Any, most: int) -> int | None:
    """A whole number from 0 to `most`, sent as a number or as text of a few digits."""
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    text = text.strip()
    number = int(text) if re.fullmatch(r"[0-9]{1,3}", text) else None
    return number if number is not None and number <= most else None


def _part(value: Any, charged: Decimal | None) -> Decimal | None:
    """Soles of one instalment: above nothing, and not above the whole charge."""
    text = str(value).strip() if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool) else ""
    if charged is None or not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,2})?", text):
        return None
    amount = Decimal(text).quantize(Decimal("0.01"))
    return amount if 0 < amount <= charged else None
