"""Cards on file at Niubiz: how one is charged, and how its answer is read (tokenisation, reference §11.1).

What integrators disagree about stands in `charge` alone: its channel, and what the first charge sends.
"""

import re
from calendar import monthrange
from datetime import date
from typing import Any

from payments.gateway.base import CardRefused, StoredCard
from payments.gateway.parsing import Document, read_document
from payments.gateway.transport import Reply

_VERIFIED_CODE = "000"
_CENTURY = 2000


def charge(card_token: str, *, first: bool, email: str) -> dict[str, Any]:
    """The part of an authorisation that names the card on file.

    The published samples send the channel `recurrent` always, register the card with its first charge and use it with
    the later ones. One integrator was told that a first charge has the channel `web`; Niubiz confirms it in the
    certification of each merchant.
    """
    return {
        "channel": "recurrent",
        "card": {"tokenId": card_token, "registerFrequent": first, "useFrequent": not first},
        "cardHolder": {"email": email},
    }


def read(reply: Reply) -> StoredCard | CardRefused | None:
    """The card that the gateway keeps, or that it refuses it; None for anything that is not understood."""
    document = read_document(reply.text) if not reply.failure else None
    if document is None or reply.status not in (200, 400):
        return None
    if reply.status == 400 or document.error_code or document.action_code not in ("", _VERIFIED_CODE):
        return CardRefused(action_code=document.action_code[:10], action_description=document.description[:200])
    return _stored(document)


def _stored(document: Document) -> StoredCard | None:
    card, token = _part(document, "card"), _part(document, "token")
    expires = _last_day(str(card.get("expirationYear", "")), str(card.get("expirationMonth", "")))
    last_four = re.search(r"[0-9]{4}$", str(card.get("cardNumber", "")))
    token_id = token.get("tokenId")
    if not (isinstance(token_id, str) and token_id and last_four and expires):
        return None
    brand = str(card.get("brand") or "")[:20].lower()
    return StoredCard(token=token_id, brand=brand, last_four=last_four.group(), expires=expires)


def _part(document: Document, name: str) -> dict[str, Any]:
    part = document.top.get(name)
    return part if isinstance(part, dict) else {}


def _last_day(year: str, month: str) -> date | None:
    """The last day of the month on which a card expires; the year with two or four digits."""
    if not re.fullmatch(r"(20)?[0-9]{2}", year) or not re.fullmatch(r"0?[1-9]|1[0-2]", month):
        return None
    full_year = int(year) if len(year) == 4 else _CENTURY + int(year)
    return date(full_year, int(month), monthrange(full_year, int(month))[1])
