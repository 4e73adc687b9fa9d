"""The card gateway: what it can answer (`base`), where it is (`environments`), how it is spoken to (`niubiz`)."""

from dataclasses import replace

from django.conf import settings

from payments.gateway.action_codes import Explanation, explain
from payments.gateway.base import (
    Absent,
    Answer,
    Approved,
    Authorisation,
    CardRefused,
    Denied,
    Exchange,
    FormSession,
    GatewayUnavailable,
    Instalments,
    Payer,
    StoredCard,
    UndoResult,
    Unknown,
    Voided,
    Yape,
)
from payments.gateway.environments import Environment, environment
from payments.gateway.niubiz import Credentials, Niubiz, Timeouts

__all__ = [
    "SIMULATOR_CREDENTIALS",
    "Absent",
    "Answer",
    "Approved",
    "Authorisation",
    "CardRefused",
    "Credentials",
    "Denied",
    "Environment",
    "Exchange",
    "Explanation",
    "FormSession",
    "GatewayUnavailable",
    "Instalments",
    "Niubiz",
    "Payer",
    "StoredCard",
    "Timeouts",
    "UndoResult",
    "Unknown",
    "Voided",
    "Yape",
    "environment_from_settings",
    "explain",
    "for_stored_cards",
    "from_settings",
]

#: What the simulator accepts unless told otherwise; it guards nothing.
SIMULATOR_CREDENTIALS = Credentials(
    user="comercio@simulador.pe",
    password="simulador",  # noqa: S106
    merchant_id="100000001",
)
#: Under which the simulator keeps cards on file.
SIMULATOR_TOKEN_MERCHANT = "100000002"  # noqa: S105


def environment_from_settings() -> Environment:
    """Where payments go, from NIUBIZ_ENVIRONMENT and NIUBIZ_SIMULATOR_URL. Raises ValueError for a bad setting."""
    return environment(settings.NIUBIZ_ENVIRONMENT, simulator_url=getattr(settings, "NIUBIZ_SIMULATOR_URL", ""))


def from_settings(*, merchant_id: str = "") -> Niubiz:
    """The gateway the NIUBIZ_* settings describe. Cheap: connections and access token are shared between calls.

    With `merchant_id`, the one under which an earlier charge was made: the setting may have changed since.
    """
    place = environment_from_settings()
    connect = float(getattr(settings, "NIUBIZ_CONNECT_TIMEOUT", 5))
    read = float(getattr(settings, "NIUBIZ_READ_TIMEOUT", 45))
    return Niubiz(
        environment=place,
        credentials=_credentials(place, merchant_id),
        timeouts=Timeouts(authorise=(connect, read), other=(connect, min(read, 20.0))),
    )


def for_stored_cards() -> Niubiz:
    """The gateway under the merchant code that keeps cards on file (NIUBIZ_TOKEN_MERCHANT_ID)."""
    return from_settings(merchant_id=_token_merchant())


def _token_merchant() -> str:
    fallback = SIMULATOR_TOKEN_MERCHANT if settings.NIUBIZ_ENVIRONMENT == "simulator" else ""
    return str(settings.NIUBIZ_TOKEN_MERCHANT_ID or fallback)


def _credentials(place: Environment, merchant_id: str = "") -> Credentials:
    """What opens the gateway for this merchant code; the one of cards on file may have a user of its own."""
    if merchant_id and merchant_id == _token_merchant() and settings.NIUBIZ_TOKEN_USER:
        return Credentials(
            user=settings.NIUBIZ_TOKEN_USER, password=settings.NIUBIZ_TOKEN_PASSWORD, merchant_id=merchant_id
        )
    return replace(_usual_credentials(place), **({"merchant_id": merchant_id} if merchant_id else {}))


def _usual_credentials(place: Environment) -> Credentials:
    fallback = SIMULATOR_CREDENTIALS if place.name == "simulator" else Credentials(user="", password="", merchant_id="")
    found = Credentials(
        user=getattr(settings, "NIUBIZ_USER", "") or fallback.user,
        password=getattr(settings, "NIUBIZ_PASSWORD", "") or fallback.password,
        merchant_id=getattr(settings, "NIUBIZ_MERCHANT_ID", "") or fallback.merchant_id,
    )
    if not (found.user and found.password and found.merchant_id):
        raise ValueError(f"NIUBIZ_USER, NIUBIZ_PASSWORD and NIUBIZ_MERCHANT_ID are needed for {place.name}.")
    return found
