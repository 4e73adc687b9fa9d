"""Make an exchange fit to keep: no secrets, no card numbers, nothing PostgreSQL's jsonb would refuse."""

import re
from typing import Any

from payments.gateway.details import mask_phone

MASK = "***"
_LONGEST_TEXT = 4_000
_DEEPEST = 12
_MOST_ITEMS = 200

_SECRET_KEYS = frozenset(
    {"tokenid", "transactiontoken", "sessionkey", "authorization", "accesstoken", "access_token", "password"}
    | {"card_token", "vault_block", "token", "cvv", "cvv2", "pan", "cardnumber"}
)
# Identifiers the gateway makes of 15 digits and more: one in ten would pass for a card number.
_NUMBER_KEYS = frozenset(
    {"transactionid", "transaction_id", "id_unico", "externaltransactionid", "ecoretransactiondate"}
)
# Yape's id may be the payer's telephone.
_PHONE_KEYS = frozenset({"yape_id", "phonenumber"})
_CARD_LIKE = re.compile(r"(?<![\dA-Za-z])(?:\d[ -]?){12,18}\d(?![\dA-Za-z])")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(value: Any, *, secrets: tuple[str, ...] = (), key: str = "", depth: int = 0) -> Any:
    """`value` with secrets and card numbers masked, cut to a bounded size and made JSON-serialisable."""
    if key.lower() in _SECRET_KEYS and value not in (None, "", {}, []):
        return MASK
    if value is None or isinstance(value, bool):
        return value
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return _storable_mapping(value, secrets, depth)
    if isinstance(value, (list, tuple)):
        return [storable(item, secrets=secrets, key=key, depth=depth + 1) for item in value[:_MOST_ITEMS]]
    return _storable_scalar(value, secrets, key)


def _storable_mapping(value: dict[Any, Any], secrets: tuple[str, ...], depth: int) -> dict[str, Any]:
    items = list(value.items())[:_MOST_ITEMS]
    return {
        mask_text(str(name), secrets)[:100]: storable(item, secrets=secrets, key=str(name), depth=depth + 1)
        for name, item in items
    }


def _storable_scalar(value: Any, secrets: tuple[str, ...], key: str) -> Any:
    if isinstance(value, int) and abs(value) < 10**12 and key.lower() not in _PHONE_KEYS:
        return value
    # Decimals are kept as text so that 120.00 is read back as 120.00 and not as a float.
    text = str(value)
    if key.lower() in _PHONE_KEYS:
        text = mask_phone(text)
    if key.lower() in _NUMBER_KEYS:
        return _cut(_without(text, secrets))
    return mask_text(text, secrets)


def mask_text(text: str, secrets: tuple[str, ...] = ()) -> str:
    """`text` without any of `secrets` and with what looks like a card number reduced to its first six and last four."""
    return _cut(_CARD_LIKE.sub(_mask_card, _without(text, secrets)))


def _without(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        if len(secret) >= 6:
            text = text.replace(secret, MASK)
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…"


def _mask_card(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found.group())
    return f"{digits[:6]}******{digits[-4:]}" if passes_luhn(digits) else found.group()


def passes_luhn(digits: str) -> bool:
    """Whether a string of decimal digits has the check digit of a card number."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + position % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
