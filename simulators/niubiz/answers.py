"""Niubiz' JSON bodies: approvals, refusals, retrieved orders, undone charges."""

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from simulators.clock import lima_stamp
from simulators.niubiz import yape
from simulators.niubiz.books import Authorisation, Token

DESCRIPTIONS = {
    "000": "Aprobado y completado con exito",
    "101": "Tarjeta vencida",
    "102": "Contactar con entidad emisora",
    "113": "Monto no permitido",
    "116": "Fondos insuficientes",
    "118": "Tarjeta invalida",
    "129": "Codigo de seguridad invalido",
    "180": "Tarjeta no valida",
    "191": "Contactar con entidad emisora",
    "208": "Tarjeta perdida",
    "209": "Tarjeta robada",
    "300": "Numero de pedido del comercio duplicado",
    "400": "Operacion reversada",
    "403": "Tarjeta no autenticada",
    "408": "Codigo de seguridad no coincide",
    "476": "La operacion ya pertenece a un abono",
    "666": "Problemas de comunicacion",
    "670": "Denegado por modulo antifraude",
    "674": "Sesion no valida",
    "678": "Valor ECI no valido",
    "682": "Intento de pago fuera del tiempo permitido",
    "754": "Comercio no valido",
    "941": "Transaccion ya anulada previamente",
    "943": "Datos originales distintos",
    **yape.DESCRIPTIONS,
}
_STATUS = {
    "authorised": "Authorized",
    "denied": "Not Authorized",
    "voided": "Voided",
    "partly_refunded": "Confirmed",
    "refunded": "Confirmed",
}
_ECI = {"05": "Transaccion autenticada", "07": "Transaccion no autenticada pero enviada en canal seguro"}
_BRAND_NAMES = {"visa": "VI", "mastercard": "MC", "amex": "AX", "dinersclub": "DI"}
_CURRENCY_NUMBERS = {"PEN": "0604", "USD": "0840"}

# What every approval of the real sandbox carries, whoever pays.
_CANNED_TRANSACTION = "993211570048581"
_CANNED_AUTHORIZATION = "091800"


@dataclass(frozen=True, kw_only=True)
class Voice:
    """For which merchant the answers are worded, and whether with the sandbox's canned values."""

    merchant_id: str
    canned: bool = False

    def approved(self, charge: Authorisation, *, now: float) -> dict[str, Any]:
        return {
            "header": _header(now, charge.signature),
            "fulfillment": {
                "channel": "Web",
                "merchantId": self.merchant_id,
                "terminalId": "00000001",
                "captureType": "manual",
                "countable": True,
                "fastPayment": False,
                "signature": charge.signature,
            },
            "order": self._order(charge),
            "dataMap": self._details(charge),
        }

    def retrieved(self, charge: Authorisation, *, now: float) -> dict[str, Any]:
        body = self.approved(charge, now=now)
        body["order"]["status"] = _STATUS[charge.state]
        return body

    def denied(self, token: Token, order: dict[str, Any], code: str, *, now: float) -> dict[str, Any]:
        data = {
            "CURRENCY": _CURRENCY_NUMBERS[order["currency"]],
            "TRANSACTION_DATE": lima_stamp(now),
            "TERMINAL": "00000001",
            "ACTION_CODE": code,
            "TRACE_NUMBER": str(uuid.uuid4().int % 100_000),
            "ECI": token.eci,
            "ECI_DESCRIPTION": _ECI.get(token.eci, ""),
            "MERCHANT": self.merchant_id,
            "STATUS": "Not Authorized",
            "ADQUIRENTE": "570002",
            "ACTION_DESCRIPTION": description(code),
            "ID_UNICO": str(99 * 10**13 + uuid.uuid4().int % 10**13),
            "AMOUNT": str(order["amount"]),
            "PROCESS_CODE": "000000",
            "SIGNATURE": str(uuid.uuid4()),
            **_means(token),
        }
        return {**refused("Not Authorized", now=now), "data": data}

    def not_voided(self, charge: Authorisation, code: str, *, now: float) -> dict[str, Any]:
        status = {"ACTION_CODE": code, "ACTION_DESCRIPTION": description(code), "STATUS": "Not Voided"}
        return {**refused("Not Voided", now=now), "data": {**self._details(charge), **status}}

    def _order(self, charge: Authorisation) -> dict[str, Any]:
        return {
            "tokenId": charge.token,
            "purchaseNumber": charge.purchase_number,
            "amount": _number(charge.amount),
            "installment": charge.instalments,
            "currency": charge.currency,
            "authorizedAmount": _number(charge.amount),
            "authorizationCode": self._authorization_code(charge),
            "actionCode": charge.action_code,
            "traceNumber": charge.trace_number,
            "transactionDate": lima_stamp(charge.decided_at),
            "transactionId": self.transaction_id(charge),
        }

    def _details(self, charge: Authorisation) -> dict[str, str]:
        return {
            "TERMINAL": "00000001",
            "BRAND_ACTION_CODE": "00",
            "BRAND_HOST_DATE_TIME": lima_stamp(charge.decided_at),
            "TRACE_NUMBER": charge.trace_number,
            "ECI": charge.eci,
            "ECI_DESCRIPTION": _ECI.get(charge.eci, ""),
            "SIGNATURE": charge.signature,
            "MERCHANT": self.merchant_id,
            "STATUS": _STATUS[charge.state],
            "ACTION_DESCRIPTION": description(charge.action_code),
            "ID_UNICO": self.transaction_id(charge),
            "AMOUNT": f"{charge.amount}",
            "CURRENCY": _CURRENCY_NUMBERS[charge.currency],
            "AUTHORIZATION_CODE": self._authorization_code(charge),
            "TRANSACTION_DATE": lima_stamp(charge.decided_at),
            "ACTION_CODE": charge.action_code,
            "CVV2_VALIDATION_RESULT": "M",
            "ID_RESOLUTOR": charge.trace_number.zfill(12),
            "ADQUIRENTE": "570002",
            "PROCESS_CODE": "000000",
            "TRANSACTION_ID": self.transaction_id(charge),
            **_means(charge),
            **_quotas(charge),
        }

    def transaction_id(self, charge: Authorisation) -> str:
        return _CANNED_TRANSACTION if self.canned else charge.transaction_id

    def _authorization_code(self, charge: Authorisation) -> str:
        return _CANNED_AUTHORIZATION if self.canned and charge.authorization_code else charge.authorization_code


def _means(paid: Authorisation | Token) -> dict[str, str]:
    """The card, or the YAPE_ID that stands in its place."""
    if paid.yape_id:
        return {"BRAND": paid.brand, "YAPE_ID": paid.yape_id}
    return {
        "CARD": paid.card,
        "CARD_TYPE": paid.card_type,
        "BRAND": paid.brand,
        "BRAND_NAME": _BRAND_NAMES.get(paid.brand, ""),
    }


def _quotas(charge: Authorisation) -> dict[str, str]:
    """How the payer's bank splits the charge; nothing for one in one piece."""
    if not charge.instalments:
        return {}
    each = (charge.amount / charge.instalments).quantize(Decimal("0.01"))
    return {"QUOTA_NUMBER": f"{charge.instalments:02d}", "QUOTA_AMOUNT": f"{each}", "QUOTA_DEFERRED": "0"}


def refused(message: str, *, now: float) -> dict[str, Any]:
    """An error without details: spent tokens, malformed orders, unknown purchase numbers."""
    return {"errorCode": 400, "errorMessage": message, "header": _header(now), "data": {}}


def refund_answer(*, done: bool, message: str, reference: str = "") -> dict[str, Any]:
    data = {"CODERROR": "100" if done else "101", "DSCERROR": message, "CODIGODEVOLUCION": reference}
    return {"errorCode": 0 if done else 400, "errorMessage": "OK" if done else message, "data": data}


def description(code: str) -> str:
    return DESCRIPTIONS.get(code, "Operacion denegada")


def _header(now: float, identifier: str = "") -> dict[str, Any]:
    return {
        "ecoreTransactionUUID": identifier or str(uuid.uuid4()),
        "ecoreTransactionDate": int(now * 1000),
        "millis": 731,
    }


def _number(amount: Decimal) -> float:
    """Niubiz sends amounts as JSON numbers and drops the last zero: 10.5."""
    return float(amount)
