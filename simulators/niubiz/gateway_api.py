"""Niubiz' server-to-server calls: security, session, card on file, authorisation, retrieve, void, refund."""

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from simulators.clock import Clock, lima_day
from simulators.messages import NO_ANSWER, SERVER_ERROR, Request, Response, as_json, as_text
from simulators.niubiz import stored_cards
from simulators.niubiz.answers import Voice, refund_answer, refused
from simulators.niubiz.books import TOKEN_SECONDS, Authorisation, Books, Token
from simulators.niubiz.cards import LATE_SECONDS, SLOW_SECONDS
from simulators.niubiz.yape import NEVER_UNDONE

ACCESS_SECONDS = 60 * 60


@dataclass(frozen=True, kw_only=True)
class Account:
    """The merchant the simulator works for. It guards nothing: there is no money here."""

    user: str = "comercio@simulador.pe"
    password: str = "simulador"  # noqa: S105
    merchant_id: str = "100000001"
    #: Keeps cards on file, and charges only those.
    token_merchant_id: str = "100000002"  # noqa: S105


class GatewayApi:
    """The eight calls. Each takes a request and the values of its path, and answers as Niubiz does."""

    def __init__(self, books: Books, clock: Clock, account: Account, *, canned: bool = False) -> None:
        self._books = books
        self._clock = clock
        self._account = account
        self._voice = Voice(merchant_id=account.merchant_id, canned=canned)
        self._secret = books.secret().encode()

    def security(self, request: Request) -> Response:
        expected = base64.b64encode(f"{self._account.user}:{self._account.password}".encode()).decode()
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Basic {expected}".encode()):
            return as_text(401, "Unauthorized access")
        issued = int(self._clock.seconds())
        return as_text(201, self._signed({"sub": self._account.user, "iat": issued, "exp": issued + ACCESS_SECONDS}))

    def session(self, request: Request, merchant_id: str) -> Response:
        if refusal := self._refusal(request):
            return refusal
        asked = request.json() or {}
        amount = _amount(asked.get("amount"))
        channels = {self._account.merchant_id: "web", self._account.token_merchant_id: "paycard"}
        if asked.get("channel") != channels.get(merchant_id, "") or amount is None:
            return as_text(400, "Bad Request")
        antifraud = asked.get("antifraud") if isinstance(asked.get("antifraud"), dict) else {}
        session = self._books.open_session(
            amount=amount,
            client_ip=str((antifraud or {}).get("clientIp", ""))[:45],
            now=self._clock.seconds(),
            for_keeping=asked["channel"] == "paycard",
        )
        return as_json(200, {"sessionKey": session.key, "expirationTime": int(session.expires_at * 1000)})

    def authorise(self, request: Request, merchant_id: str) -> Response:
        if refusal := self._refusal(request):
            return refusal
        asked = request.json()
        if asked is None:
            return as_text(400, "Bad Request")
        order = asked.get("order") if isinstance(asked.get("order"), dict) else {}
        if merchant_id == self._account.token_merchant_id:
            return self._charge_stored(asked, order or {})
        complaint = _complaint(order or {}, with_token=True)
        if complaint or merchant_id != self._account.merchant_id or not order:
            return self._refused(complaint or "Merchant not found")
        return self._decide({**order, "amount": _amount(order["amount"])})

    def card(self, request: Request, merchant_id: str, transaction_token: str) -> Response:
        """Keeps the card behind a token of the form `paycard`, once, and gives its own token back."""
        if refusal := self._refusal(request, with_body=False):
            return refusal
        if merchant_id != self._account.token_merchant_id:
            return self._refused("Merchant not found")
        now = self._clock.seconds()
        with self._books.writing():
            token = self._books.token(transaction_token)
            objection = stored_cards.why_not_kept(token, self._books, now=now)
            if token is None or objection:
                return self._refused(objection)
            self._books.spend_token(token.token, now=now)
            if code := stored_cards.refused_code(token):
                return as_json(400, self._voice.denied(token, {"currency": "PEN", "amount": "1.00"}, code, now=now))
            return as_json(200, stored_cards.keep(token, self._books, now=now))

    def _charge_stored(self, asked: dict[str, Any], order: dict[str, Any]) -> Response:
        card = stored_cards.card_of(asked, self._books)
        complaint = _complaint(order, with_token=False) or stored_cards.complaint(asked, card)
        token = self._books.token(card.transaction_token) if card else None
        if complaint or card is None or token is None:
            return self._refused(complaint or "Card token not found")
        order = {**order, "amount": _amount(order["amount"])}
        with self._books.writing():
            now = self._clock.seconds()
            code = "300" if self._books.find("purchase_number", order["purchaseNumber"]) else ""
            code = code or stored_cards.says(token, card, now=now)
            answered = _answered(token, code)
            self._write_down(token, order, code)
            if code == "000" and asked["card"]["registerFrequent"]:
                self._books.register_stored_card(card.token_id)
        return answered or self._told(token, order, code)

    def retrieve(self, request: Request, criterion: str, merchant_id: str, value: str) -> Response:
        if refusal := self._refusal(request, with_body=False):
            return refusal
        charge = self._visible("purchase_number" if criterion == "purchase" else "transaction_id", value)
        if charge is None or not self._is_of(merchant_id, charge):
            return self._refused("Transaction not found")
        return as_json(200, self._voice.retrieved(charge, now=self._clock.seconds()))

    def void(self, request: Request, merchant_id: str, signature: str) -> Response:
        if refusal := self._refusal(request):
            return refusal
        reason = str((request.json() or {}).get("annulationReason") or "")
        with self._books.writing():
            charge = self._visible("signature", signature)
            if charge is None or charge.state == "denied" or not self._is_of(merchant_id, charge):
                return self._refused("Transaction not found")
            if code := self._why_not_voided(charge):
                return as_json(400, self._voice.not_voided(charge, code, now=self._clock.seconds()))
            self._void(charge, reason=reason)
        return self.retrieved_again(charge)

    def refund(self, request: Request, merchant_id: str, transaction_id: str) -> Response:
        if refusal := self._refusal(request):
            return refusal
        asked = request.json() or {}
        amount = _amount(asked.get("amount"))
        if amount is None or not re.fullmatch(r"\d{11}", str(asked.get("ruc"))):
            return as_json(400, refund_answer(done=False, message="Datos de la devolucion no validos"))
        with self._books.writing():
            charge = self._visible("transaction_id", transaction_id)
            if charge is None or charge.state in ("denied", "voided") or not self._is_of(merchant_id, charge):
                return as_json(400, refund_answer(done=False, message="Transaccion no encontrada"))
            if charge.yape_id == NEVER_UNDONE:
                return as_json(400, refund_answer(done=False, message="Operacion no permitida"))
            return self._refund(charge, amount, reference=str(asked.get("externalReferenceId") or ""))

    def retrieved_again(self, charge: Authorisation) -> Response:
        """The answer to a void: the order as it stands now."""
        return as_json(200, self._voice.retrieved(_voided(charge), now=self._clock.seconds()))

    def _refund(self, charge: Authorisation, amount: Decimal, *, reference: str) -> Response:
        given_back = self._books.refunded(charge) + amount
        if given_back > charge.amount:
            return as_json(400, refund_answer(done=False, message="El monto supera lo cobrado"))
        undo = self._books.undo(
            charge,
            "refund",
            amount=amount,
            state="refunded" if given_back == charge.amount else "partly_refunded",
            reason="Devolucion",
            reference=reference,
            now=self._clock.seconds(),
        )
        return as_json(200, refund_answer(done=True, message="Devolucion registrada", reference=f"{undo.id:08d}"))

    def _void(self, charge: Authorisation, *, reason: str) -> None:
        self._books.undo(
            charge,
            "void",
            amount=charge.amount,
            state="voided",
            reason=reason[:200],
            reference="",
            now=self._clock.seconds(),
        )

    def _why_not_voided(self, charge: Authorisation) -> str:
        """Annex c of the manual: what settles by itself can be voided only on the day it was charged."""
        if charge.state == "voided":
            return "941"
        if charge.yape_id == NEVER_UNDONE:
            return "476"
        same_day = lima_day(charge.decided_at) == lima_day(self._clock.seconds())
        return "" if charge.state == "authorised" and same_day else "476"

    def _decide(self, order: dict[str, Any]) -> Response:
        with self._books.writing():
            now = self._clock.seconds()
            token = self._books.token(str(order["tokenId"]))
            if token is None or self._books.is_for_keeping(token.session_key):
                return self._refused("Token not found")
            if token.used_at is not None:
                return self._refused("Token has been used before")
            self._books.spend_token(token.token, now=now)
            code = self._objection(token, order, now) or _card_says(token)
            answered = _answered(token, code)
            self._write_down(token, order, code)
        # The books are committed; only now may the answer leave, be late or be lost.
        return answered or self._told(token, order, code)

    def _write_down(self, token: Token, order: dict[str, Any], code: str) -> None:
        """The decision, unless the number was seen before or this card's trouble is that nothing comes of it."""
        if code == "300" or token.behaviour in ("lost_before_charge", "http_500_before_charge"):
            return
        late = LATE_SECONDS if token.behaviour == "late_approval" and code == "000" else 0
        state: Literal["authorised", "denied"] = "authorised" if code == "000" else "denied"
        decided_at = self._clock.seconds() + late
        self._books.record(token, order, state=state, action_code=code, decided_at=decided_at)

    def _is_of(self, merchant_id: str, charge: Authorisation) -> bool:
        """Whether this merchant made the charge: of a card on file the one of tokenisation, else the usual one."""
        token = self._books.token(charge.token)
        kept = token is not None and self._books.is_for_keeping(token.session_key)
        return merchant_id == (self._account.token_merchant_id if kept else self._account.merchant_id)

    def _told(self, token: Token, order: dict[str, Any], code: str) -> Response:
        if token.behaviour == "slow":
            time.sleep(SLOW_SECONDS)
        now = self._clock.seconds()
        charge = self._books.find("purchase_number", order["purchaseNumber"])
        if code == "000" and charge:
            return as_json(200, self._voice.approved(charge, now=now))
        return as_json(400, self._voice.denied(token, order, code, now=now))

    def _objection(self, token: Token, order: dict[str, Any], now: float) -> str:
        """The action code with which the gateway itself objects, before any card is asked; "" for none."""
        session = self._books.session(token.session_key)
        if self._books.find("purchase_number", order["purchaseNumber"]):
            return "300"
        if now > token.minted_at + TOKEN_SECONDS:
            return "682"
        if session is None or now > session.expires_at:
            return "674"
        return "943" if session.amount != order["amount"] else ""

    def _visible(
        self, column: Literal["purchase_number", "signature", "transaction_id"], value: str
    ) -> Authorisation | None:
        """The decision under `value`, unless it is a late one that has yet to appear."""
        charge = self._books.find(column, value)
        return charge if charge and charge.decided_at <= self._clock.seconds() else None

    def _refusal(self, request: Request, *, with_body: bool = True) -> Response | None:
        """What the gateway says before it reads the request: no access, or not JSON."""
        if not self._has_access(request.headers.get("authorization", "")):
            return as_text(401, "Unauthorized access")
        if with_body and "json" not in request.headers.get("content-type", ""):
            return as_text(406, "Not Acceptable")
        return None

    def _refused(self, message: str) -> Response:
        return as_json(400, refused(message, now=self._clock.seconds()))

    def _signed(self, claims: dict[str, Any]) -> str:
        unsigned = f"{_base64({'alg': 'HS256', 'typ': 'JWT'})}.{_base64(claims)}"
        return f"{unsigned}.{self._signature(unsigned)}"

    def _signature(self, unsigned: str) -> str:
        digest = hmac.new(self._secret, unsigned.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def _has_access(self, token: str) -> bool:
        """Whether the whole header is a token of ours that still lives: with "Bearer" in front it is not."""
        unsigned, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(unsigned).encode()):
            return False
        try:
            claims = json.loads(base64.urlsafe_b64decode(unsigned.split(".")[1] + "=="))
        except (ValueError, IndexError, binascii.Error):
            return False
        return bool(claims["exp"] > self._clock.seconds())


def _base64(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _card_says(token: Token) -> str:
    return token.action_code


def _answered(token: Token, code: str) -> Response | None:
    """The answer of a card whose trouble is its answer; None for a card that is answered properly."""
    if token.behaviour in ("lost_before_charge", "lost_after_charge", "late_approval") and code == "000":
        return NO_ANSWER
    if token.behaviour in ("http_500_before_charge", "http_500_after_charge") and code == "000":
        return SERVER_ERROR
    return None


def _voided(charge: Authorisation) -> Authorisation:
    return Authorisation(**{**vars(charge), "state": "voided"})


def _amount(value: Any) -> Decimal | None:
    """An amount above zero with at most two decimals, sent as a number or as text."""
    try:
        amount = Decimal(value) if isinstance(value, (int, str, Decimal)) and not isinstance(value, bool) else None
    except ArithmeticError:
        return None
    if amount is None or not amount.is_finite() or not 0 < amount < 10**8:
        return None
    return amount.quantize(Decimal("0.01")) if amount == amount.quantize(Decimal("0.01")) else None


def _complaint(order: dict[str, Any], *, with_token: bool) -> str:
    """What is wrong with an order's form, in the gateway's words; "" for nothing."""
    if not re.fullmatch(r"\d{1,12}", str(order.get("purchaseNumber"))):
        return "PurchaseNumber has to be numeric [max 12 digits]."
    if _amount(order.get("amount")) is None:
        return "Amount has to be numeric [####.##]."
    if order.get("currency") not in ("PEN", "USD"):
        return "Currency has to be PEN or USD."
    return "" if order.get("tokenId") or not with_token else "TokenId is required."
