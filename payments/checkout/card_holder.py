"""Whom the gateway's card form is told of, so that nobody types name and mail twice (Niubiz reference §3.1)."""

import re
import unicodedata
from dataclasses import dataclass

from payments.models import Order, TaxDocument

SURNAMES = 2


@dataclass(frozen=True)
class CardHolder:
    """Names in plain letters; empty names are asked for by the form."""

    name: str
    last_name: str
    email: str


def card_holder(order: Order) -> CardHolder:
    """Returns the account's person, as the confirmation names the payer.

    Without names when the document names somebody else: then the card may be theirs, and the form asks.
    """
    if order.paid_by_other or order.names_another_person or order.document == TaxDocument.FACTURA:
        return CardHolder("", "", order.email)
    name, last_name = _parts(order)
    return CardHolder(_plain(name), _plain(last_name), order.email)


def _parts(order: Order) -> tuple[str, str]:
    """Given names and surnames; of a name that the roll does not have, the last two words are the surnames."""
    member = order.member
    if order.payer_name == member.full_name:
        return member.given_names, member.surnames
    words = order.payer_name.split()
    first = max(1, len(words) - SURNAMES)
    return " ".join(words[:first]), " ".join(words[first:])


def _plain(name: str) -> str:
    """The name in the letters A to Z: the form takes no special characters."""
    letters = unicodedata.normalize("NFD", name)
    return " ".join(re.sub(r"[^A-Za-z ]", "", letters.replace("-", " ")).split())
