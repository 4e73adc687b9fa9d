"""Cards on file: which are kept, what an authorisation of one must say, and what the card answers then."""

import secrets
from datetime import datetime
from typing import Any

from simulators.clock import LIMA, lima_stamp
from simulators.niubiz.books import TOKEN_SECONDS, Books, StoredCard, Token

#: A card that is kept although its charges are declined; any other denial refuses it at once.
DECLINED_LATER = ("116", "191", "102", "209")


def why_not_kept(token: Token | None, books: Books, *, now: float) -> str:
    """The gateway's objection to a form's token, before the card is looked at; "" for none."""
    if token is None or not books.is_for_keeping(token.session_key):
        return "Token not found"
    if token.used_at is not None:
        return "Token has been used before"
    return "Token expired" if now > token.minted_at + TOKEN_SECONDS else ""


def refused_code(token: Token) -> str:
    """The action code with which this card is not even kept; "" for a card that is."""
    return token.action_code if token.behaviour == "deny" and token.action_code not in DECLINED_LATER else ""


def keep(token: Token, books: Books, *, now: float) -> dict[str, Any]:
    """Writes the card down and returns the answer that hands out its token."""
    card = StoredCard(
        token_id=secrets.token_hex(16).upper(), transaction_token=token.token, expiry=books.expiry(token.token)
    )
    books.store_card(card)
    month, year = card.expiry.split("/")
    return {
        "header": {"ecoreTransactionDate": int(now * 1000), "millis": 412},
        "card": {
            "cardNumber": token.card,
            "brand": token.brand,
            "expirationMonth": month,
            "expirationYear": f"20{year}",
            "firstName": "",
            "lastName": "",
        },
        "order": {
            "transactionToken": token.token,
            "amount": 1.0,
            "currency": "PEN",
            "actionCode": "000",
            "actionDescription": "Aprobado y completado con exito",
            "status": "Verified",
            "transactionDate": lima_stamp(now),
        },
        "token": {"tokenId": card.token_id, "ownerId": token.email, "expireOn": f"{month}{year}"},
    }


def card_of(asked: dict[str, Any], books: Books) -> StoredCard | None:
    part = asked.get("card")
    return books.stored_card(str(part.get("tokenId", ""))) if isinstance(part, dict) else None


def complaint(asked: dict[str, Any], card: StoredCard | None) -> str:
    """What is wrong with the authorisation of a card on file; "" for nothing."""
    if asked.get("channel") != "recurrent" or asked.get("captureType") != "manual":
        return "Channel not allowed"
    if card is None:
        return "Card token not found"
    flags = asked["card"].get("registerFrequent"), asked["card"].get("useFrequent")
    if flags not in ((True, False), (False, True)):
        return "registerFrequent and useFrequent are required"
    return "Card not registered as frequent" if flags == (False, True) and not card.registered else ""


def says(token: Token, card: StoredCard, *, now: float) -> str:
    """The card's own action code: expired past the end of its month, else as the list of test cards has it."""
    month, year = int(card.expiry[:2]), 2000 + int(card.expiry[3:])
    today = datetime.fromtimestamp(now, LIMA)
    return "101" if (year, month) < (today.year, today.month) else token.action_code
