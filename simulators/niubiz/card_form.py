"""The gateway's own card form: the script merchants load, the page in its frame, and the tokens it hands out."""

import re
import secrets
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources import files
from typing import Any

from simulators.clock import LIMA, Clock
from simulators.messages import Request, Response, as_html, as_json, as_text
from simulators.niubiz import yape
from simulators.niubiz.books import Books, Token
from simulators.niubiz.cards import CHALLENGE_CODE, INSTALMENTS, TEST_CARDS, TestCard, brand_of, find, mask, passes_luhn

_TYPES = {"js": "text/javascript", "css": "text/css", "html": "text/html", "svg": "image/svg+xml"}
_CHALLENGE_TRIES = 3

#: The frame may be opened by any merchant's page and shows that merchant's logo, but runs only its own script.
_FORM_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src * data:",
        "form-action 'none'",
        "base-uri 'none'",
    ]
)


class BadCard(Exception):
    """What was typed cannot be a card. `field` names the input, the message is for the person."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, kw_only=True)
class TypedCard:
    """What the form sends. Expiry is MM/YY."""

    number: str
    expiry: str
    cvv: str
    email: str
    instalments: int = 0

    @classmethod
    def read(cls, asked: dict[str, Any], *, now: float) -> "TypedCard":
        """Raises BadCard for the first thing wrong."""
        typed = cls(
            number=re.sub(r"[ -]", "", str(asked.get("number", ""))),
            expiry=re.sub(r"\s", "", str(asked.get("expiry", ""))),
            cvv=str(asked.get("cvv", "")).strip(),
            email=str(asked.get("email", "")).strip()[:100],
            instalments=_instalments(asked),
        )
        typed._check(now)
        if not str(asked.get("name", "")).strip():
            raise BadCard("name", "Escriba el nombre como figura en la tarjeta.")
        return typed

    def _check(self, now: float) -> None:
        brand = brand_of(self.number)
        if not re.fullmatch(r"[0-9]{13,19}", self.number) or not brand or not passes_luhn(self.number):
            raise BadCard("number", "El número de tarjeta no es válido. Revise los dígitos.")
        if self._expired(now):
            raise BadCard("expiry", "La fecha de vencimiento no es válida o ya pasó (MM/AA).")
        digits = 4 if brand == "amex" else 3
        if not re.fullmatch(rf"[0-9]{{{digits}}}", self.cvv):
            raise BadCard("cvv", f"El código de seguridad de esta tarjeta tiene {digits} dígitos.")
        known = find(self.number)
        if self.instalments and not (known and known.splits):
            raise BadCard("instalments", "Esta tarjeta no se puede pagar en cuotas.")
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", self.email):
            raise BadCard("email", "Escriba un correo electrónico válido.")

    def _expired(self, now: float) -> bool:
        """Past the end of its month. A test card's own printed date never is, so that the list stays usable."""
        if not re.fullmatch(r"(0[1-9]|1[0-2])/[0-9]{2}", self.expiry):
            return True
        known = find(self.number)
        month, year = int(self.expiry[:2]), 2000 + int(self.expiry[3:])
        today = datetime.fromtimestamp(now, LIMA)
        return not (known and known.expiry == self.expiry) and (year, month) < (today.year, today.month)


class CardForm:
    """Turns typed cards into tokens that are good once and for 15 minutes."""

    def __init__(self, books: Books, clock: Clock) -> None:
        self._books = books
        self._clock = clock
        self._lock = threading.Lock()
        # Challenges under way: a restart forgets them, and the payer starts the form again.
        self._challenges: dict[str, tuple[Token, int]] = {}

    def submit(self, request: Request) -> Response:
        """A card was typed: its token, or the challenge its bank asks for."""
        asked = request.json() or {}
        now = self._clock.seconds()
        session = self._books.session(str(asked.get("sessionKey", "")))
        if session is None or now > session.expires_at:
            return as_json(409, {"error": "La sesión de pago terminó. Cierre esta ventana y vuelva a empezar."})
        try:
            if asked.get("way") == "yape":
                return self._hand_out(yape.read(asked, session, now=now))
            typed = TypedCard.read(asked, now=now)
        except (BadCard, yape.BadYape) as error:
            return as_json(422, {"error": str(error), "field": error.field})
        token = self._token_for(typed, session.key)
        self._books.keep_expiry(token.token, typed.expiry)
        if token.behaviour == "challenge":
            return as_json(200, {"challenge": self._challenge(token)})
        return self._hand_out(token)

    def answer_challenge(self, request: Request) -> Response:
        """The payer typed the bank's code, or gave up: then a token comes all the same, and is denied with 403."""
        asked = request.json() or {}
        with self._lock:
            token, tries = self._challenges.pop(str(asked.get("challenge")), (None, 0))
        if token is None:
            return as_json(409, {"error": "La verificación terminó. Cierre esta ventana y vuelva a empezar."})
        if str(asked.get("code", "")).strip() == CHALLENGE_CODE:
            return self._hand_out(replace(token, eci="05", behaviour="approve"))
        if asked.get("cancel") or tries + 1 >= _CHALLENGE_TRIES:
            return self._hand_out(replace(token, behaviour="deny", action_code="403"))
        again = self._challenge(token, tries=tries + 1)
        return as_json(422, {"error": "El código no es correcto.", "challenge": again})

    def mint(self, asked: dict[str, Any]) -> Response:
        """A token without a browser, as the form would have made it of a known card or Yape. For tests."""
        card = find(re.sub(r"\D", "", str(asked.get("card", ""))))
        session = self._books.session(str(asked.get("session_key", "")))
        if session and asked.get("phone"):
            email, now = str(asked.get("email") or "payer@example.pe"), self._clock.seconds()
            return self._hand_out(yape.mint(str(asked["phone"]), str(asked.get("otp")), session, email=email, now=now))
        if card is None or session is None:
            return as_json(422, {"error": "card must be a test card and session_key an open session"})
        cvv = str(asked.get("cvv") or card.cvv)
        email = str(asked.get("email") or "payer@example.pe")
        parts = _instalments(asked)
        expiry = str(asked.get("expiry") or card.expiry)
        typed = TypedCard(number=card.number, expiry=expiry, cvv=cvv, email=email, instalments=parts)
        token = self._token_for(typed, session.key)
        self._books.keep_expiry(token.token, typed.expiry)
        return self._hand_out(replace(token, behaviour="approve", eci="05") if card.behaviour == "challenge" else token)

    def _token_for(self, typed: TypedCard, session_key: str) -> Token:
        behaviour, code = _outcome(typed, find(typed.number))
        known = find(typed.number)
        return Token(
            token=secrets.token_hex(16).upper(),
            session_key=session_key,
            card=mask(typed.number),
            brand=brand_of(typed.number),
            card_type=known.card_type if known else "C",
            behaviour=behaviour,
            action_code=code,
            eci="07",
            email=typed.email,
            minted_at=self._clock.seconds(),
            instalments=typed.instalments,
        )

    def _challenge(self, token: Token, *, tries: int = 0) -> str:
        name = secrets.token_hex(16)
        with self._lock:
            self._challenges[name] = (token, tries)
        return name

    def _hand_out(self, token: Token) -> Response:
        token = replace(token, minted_at=self._clock.seconds())
        self._books.keep_token(token)
        channel = "paycard" if self._books.is_for_keeping(token.session_key) else "web"
        return as_json(200, {"transactionToken": token.token, "customerEmail": token.email, "channel": channel})


def _outcome(typed: TypedCard, known: TestCard | None) -> tuple[str, str]:
    """What the card will do: an unknown one is denied as invalid, a known one with another CVV as mismatched."""
    if known is None:
        return "deny", "180"
    if typed.cvv != known.cvv:
        return "deny", "408"
    return known.behaviour, known.action_code


def _instalments(asked: dict[str, Any]) -> int:
    text = str(asked.get("instalments") or 0)
    return int(text) if text.isdecimal() and int(text) in INSTALMENTS else 0


def list_yapes(_: Request) -> Response:
    """The telephones and codes the form offers to fill itself from."""
    return as_json(200, [{"phone": one.phone, "otp": one.otp, "does": one.does} for one in yape.TEST_YAPES])


def list_cards(_: Request) -> Response:
    """The list the form offers to fill itself from."""
    fields = ("number", "brand", "expiry", "cvv", "does", "splits")
    return as_json(200, [{name: getattr(card, name) for name in fields} for card in TEST_CARDS])


def static_file(name: str) -> Response:
    """A file of the package. Never cached: the next version may be a minute away."""
    found = files("simulators.niubiz").joinpath("static", name)
    kind = _TYPES.get(name.rpartition(".")[2], "")
    if not re.fullmatch(r"[a-z_-]+\.[a-z]+", name) or not kind or not found.is_file():
        return as_text(404, "Not Found")
    if kind == "text/html":
        return as_html(200, found.read_text(), headers={"Content-Security-Policy": _FORM_POLICY})
    headers = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
    return Response(status=200, body=found.read_bytes(), content_type=f"{kind}; charset=utf-8", headers=headers)
