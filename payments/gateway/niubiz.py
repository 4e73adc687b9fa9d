"""Niubiz' Pago Web over HTTP: security, session, authorisation, retrieve, void and refund.

Facts from Niubiz' "Documento de Integración del Formulario Pago Web" (2020) and from recorded answers. The access
token travels bare, without "Bearer". Nothing is ever repeated, save that a 401, which the gateway gives before it
looks at the request, is answered once with a fresh access token.
"""

import logging
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import requests

from payments.gateway import cards_on_file, parsing
from payments.gateway.base import (
    Absent,
    Approved,
    CardRefused,
    Denied,
    Exchange,
    FormSession,
    GatewayUnavailable,
    Payer,
    StoredCard,
    UndoResult,
    Unknown,
    Voided,
)
from payments.gateway.environments import Environment
from payments.gateway.masking import mask_text, storable
from payments.gateway.transport import AccessTokens, Reply, send, to_json

logger = logging.getLogger(__name__)

_access_tokens = AccessTokens()


@dataclass(frozen=True, kw_only=True)
class Credentials:
    user: str
    password: str = field(repr=False)
    merchant_id: str


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """(connect, read) in seconds. Reading waits longest where giving up leaves money in doubt."""

    authorise: tuple[float, float] = (5.0, 45.0)
    other: tuple[float, float] = (5.0, 20.0)


class Niubiz:
    """One merchant at one environment. Cheap to make; safe to share between threads."""

    def __init__(self, *, environment: Environment, credentials: Credentials, timeouts: Timeouts | None = None) -> None:
        self.environment = environment
        self.merchant_id = credentials.merchant_id
        self._credentials = credentials
        self._timeouts = timeouts or Timeouts()

    def open_session(self, *, amount: Decimal, payer: Payer, channel: str = "web") -> FormSession:
        """Open a card form session for `amount` soles. Raises GatewayUnavailable; no money can have moved then.

        The channel `paycard` opens the form that keeps a card on file and charges nothing.
        """
        body = {
            "channel": channel,
            "amount": amount,
            "antifraud": {"clientIp": payer.client_ip, "merchantDefineData": _merchant_defined_data(payer)},
        }
        path = f"/api.ecommerce/v2/ecommerce/token/session/{self.merchant_id}"
        reply, _ = self._ask("session", "POST", path, body)
        document = parsing.read_document(reply.text) if reply.status == 200 and not reply.failure else None
        session = parsing.read_session(document, now=datetime.now(UTC))
        if session is None:
            raise _unavailable("The card form session was not opened", reply)
        return session

    def authorise(
        self, *, purchase_number: str, amount: Decimal, currency: str, transaction_token: str
    ) -> Approved | Denied | Unknown:
        """Charge the card behind `transaction_token`, once. Never raises for what network or gateway do.

        Raises ValueError only for a purchase number or an amount that could not be sent at all.
        """
        body = {
            "channel": "web",
            "captureType": "manual",
            "countable": True,
            "order": {
                "tokenId": transaction_token,
                "purchaseNumber": _checked_number(purchase_number),
                "amount": amount,
                "currency": currency,
            },
        }
        path = f"/api.authorization/v3/authorization/ecommerce/{self.merchant_id}"
        reply, exchange = self._ask_quietly("authorise", "POST", path, body, secrets=(transaction_token,))
        return parsing.read_authorisation(reply, exchange)

    def keep_card(self, *, transaction_token: str) -> StoredCard | CardRefused:
        """Turn what the form of the channel `paycard` posted into a card on file. No money moves.

        Raises GatewayUnavailable when the answer is none: the member may type the card again.
        """
        path = f"/api.ecommerce/v2/ecommerce/token/card/{self.merchant_id}/{quote(transaction_token, safe='')}"
        reply, _ = self._ask("card", "GET", path, None, secrets=(transaction_token,))
        answer = cards_on_file.read(reply)
        if answer is None:
            raise _unavailable("The card was not kept", reply)
        return answer

    def charge_stored_card(
        self, *, purchase_number: str, amount: Decimal, currency: str, card_token: str, first: bool, email: str
    ) -> Approved | Denied | Unknown:
        """Charge a card on file, once and without its holder. `first` until a charge of this card was approved.

        Never raises for what network or gateway do; ValueError as `authorise`.
        """
        body = cards_on_file.charge(card_token, first=first, email=email) | {
            "captureType": "manual",
            "countable": True,
            "order": {"purchaseNumber": _checked_number(purchase_number), "amount": amount, "currency": currency},
        }
        path = f"/api.authorization/v3/authorization/ecommerce/{self.merchant_id}"
        reply, exchange = self._ask_quietly("authorise", "POST", path, body, secrets=(card_token,))
        return parsing.read_authorisation(reply, exchange)

    def retrieve(self, *, purchase_number: str) -> Approved | Denied | Voided | Absent | Unknown:
        """What became of a purchase number. Never raises for what network or gateway do."""
        path = f"/api.authorization/v3/retrieve/purchase/{self.merchant_id}/{_checked_number(purchase_number)}"
        reply, exchange = self._ask_quietly("retrieve", "GET", path, None)
        return parsing.read_retrieved(reply, exchange, purchase_number=purchase_number)

    def void(self, *, signature: str, reason: str) -> UndoResult:
        """Undo an approval of the same Lima day, known by its signature."""
        path = f"/api.authorization/v3/void/ecommerce/{self.merchant_id}/{quote(signature, safe='')}"
        reply, exchange = self._ask_quietly("void", "PUT", path, {"annulationReason": reason})
        return parsing.read_void(reply, exchange)

    def refund(self, *, transaction_id: str, amount: Decimal, ruc: str, reference: str, comment: str) -> UndoResult:
        """Give back `amount` soles of a settled charge. `reference` (at most 20 characters) names our refund."""
        body = {"ruc": ruc, "comment": comment, "externalReferenceId": reference[:20], "amount": amount}
        path = f"/api.refund/v1/refund/{self.merchant_id}/{quote(transaction_id, safe='')}"
        reply, exchange = self._ask_quietly("refund", "POST", path, body)
        return parsing.read_refund(reply, exchange)

    def reachable(self) -> bool:
        """Whether the gateway's host answers anything within three seconds. Charges and asks nothing."""
        address = f"{self.environment.api_host}/"
        no_token = _BareToken("")
        reply = send("GET", address, auth=no_token, body=None, timeout=(3.0, 3.0), trust_env=self._uses_proxy)
        return reply.status is not None

    def _ask_quietly(
        self, operation: str, method: str, path: str, body: dict[str, Any] | None, *, secrets: tuple[str, ...] = ()
    ) -> tuple[Reply, Exchange]:
        """As `_ask`, with a missing access token told as a question that was never sent."""
        try:
            return self._ask(operation, method, path, body, secrets=secrets)
        except GatewayUnavailable as error:
            reply = Reply(status=None, text=str(error), failure="not_sent", millis=0)
            return reply, _exchange(operation, path, reply, body, secrets)

    def _ask(
        self, operation: str, method: str, path: str, body: dict[str, Any] | None, *, secrets: tuple[str, ...] = ()
    ) -> tuple[Reply, Exchange]:
        token = self._access_token()
        reply = self._send(operation, method, path, body, token)
        if _refuses_access(reply):
            _access_tokens.drop(self._token_key, token)
            token = self._access_token()
            reply = self._send(operation, method, path, body, token)
        exchange = _exchange(operation, path, reply, body, (*secrets, token))
        logger.info("niubiz %s answered %s in %d ms %s", operation, reply.status, reply.millis, reply.failure)
        return reply, exchange

    def _send(self, operation: str, method: str, path: str, body: dict[str, Any] | None, token: str) -> Reply:
        return send(
            method,
            self.environment.api_host + path,
            auth=_BareToken(token),
            body=None if body is None else to_json(body),
            timeout=self._timeouts.authorise if operation == "authorise" else self._timeouts.other,
            trust_env=self._uses_proxy,
        )

    @property
    def _uses_proxy(self) -> bool:
        # A company proxy in the environment knows the way to Niubiz, not to a simulator on this machine.
        return self.environment.name != "simulator"

    @property
    def _token_key(self) -> tuple[str, str]:
        return (self.environment.api_host, self._credentials.user)

    def _access_token(self) -> str:
        """The cached access token or a new one. Raises GatewayUnavailable."""
        return _access_tokens.get(self._token_key) or self._new_access_token()

    def _new_access_token(self) -> str:
        reply = send(
            "GET",
            f"{self.environment.api_host}/api.security/v1/security",
            auth=(self._credentials.user, self._credentials.password),
            body=None,
            timeout=self._timeouts.other,
            trust_env=self._uses_proxy,
        )
        token = reply.text.strip()
        if reply.failure or reply.status not in (200, 201) or not re.fullmatch(r"[\w-]+(\.[\w-]+){2}", token, re.ASCII):
            raise _unavailable("The gateway gave no access token", reply)
        _access_tokens.keep(self._token_key, token)
        return token


class _BareToken(requests.auth.AuthBase):
    """The access token as the whole Authorization header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._token
        return request


def _merchant_defined_data(payer: Payer) -> dict[str, str]:
    """The antifraud fields integrators agree on; Niubiz confirms the list for each merchant."""
    fields = {
        "MDD4": payer.email,
        "MDD21": "1" if payer.days_registered > 0 else "0",
        "MDD32": payer.customer_id,
        "MDD33": payer.document_type,
        "MDD34": payer.document_number,
        "MDD75": "Registrado",
        "MDD77": str(payer.days_registered),
    }
    return {name: value[:100] for name, value in fields.items() if value}


def _checked_number(purchase_number: str) -> str:
    """Niubiz takes digits only, nine by its manual and twelve by its newer messages."""
    if not re.fullmatch(r"[0-9]{1,12}", purchase_number):
        raise ValueError("A purchase number has one to twelve digits")
    return purchase_number


def _refuses_access(reply: Reply) -> bool:
    """Whether the gateway turned the access token down, in its own words: any other 401 may come from elsewhere."""
    return reply.status == 401 and not reply.failure and reply.text.strip().strip('"').lower() == "unauthorized access"


def _unavailable(message: str, reply: Reply) -> GatewayUnavailable:
    retryable = bool(reply.failure) or reply.status is None or reply.status >= 500
    return GatewayUnavailable(f"{message} ({reply.failure or f'HTTP {reply.status}'})", retryable=retryable)


def _as_sent(body: dict[str, Any] | None) -> dict[str, Any]:
    """The body as it went over the wire, every amount with its two decimals."""
    document = parsing.read_document(to_json(body or {}))
    return document.top if document else {}


def _exchange(
    operation: str, path: str, reply: Reply, body: dict[str, Any] | None, secrets: tuple[str, ...]
) -> Exchange:
    document = parsing.read_document(reply.text)
    whole = Exchange(
        operation=operation,
        path=mask_text(path, secrets),
        http_status=reply.status,
        millis=reply.millis,
        request=storable(_as_sent(body), secrets=secrets),
        response=mask_text(reply.text, secrets),
    )
    return replace(whole, response=storable(document.top, secrets=secrets)) if document else whole
