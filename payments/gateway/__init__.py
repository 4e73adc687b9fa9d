"""The card gateway: what it can answer (`base`), where it is (`environments`), how it is spoken to (`niubiz`)."""

from dataclasses import replace

from django.conf import settings

from payments.gateway.action_codes import Explanation, explain
from payments.gateway.base import (
    Absent,
    Answer,
    Approved,
    Authorisation,
    Denied,
    Exchange,
    FormSession,
    GatewayUnavailable,
    Instalments,
    Payer,
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
    "Timeouts",
    "UndoResult",
    "Unknown",
    "Voided",
    "Yape",
    "environment_from_settings",
    "explain",
    "from_settings",
]

#: What the simulator accepts unless told otherwise; it guards nothing.
SIMULATOR_CREDENTIALS = Credentials(
    user="comercio@simulador.pe",
    password="simulador",  # noqa: S106
    merchant_id="100000001",
)


def environment_from_settings() -> Environment:
    """Where payments go, from NIUBIZ_ENVIRONMENT and NIUBIZ_SIMULATOR_URL. Raises ValueError for a bad setting."""
    return environment(settings.NIUBIZ_ENVIRONMENT, simulator_url=getattr(settings, "NIUBIZ_SIMULATOR_URL", ""))


def from_settings(*, merchant_id: str = "") -> Niubiz:
    """The gateway the NIUBIZ_* settings describe. Cheap: connections and access token are shared between calls.

    With `merchant_id`, the one under which an earlier charge was made: the setting may have changed since.
    """
    place = environment_from_settings()
    found = _credentials(place)
    connect = float(getattr(settings, "NIUBIZ_CONNECT_TIMEOUT", 5))
    read = float(getattr(settings, "NIUBIZ_READ_TIMEOUT", 45))
    return Niubiz(
        environment=place,
        credentials=replace(found, merchant_id=merchant_id or found.merchant_id),
        timeouts=Timeouts(authorise=(connect, read), other=(connect, min(read, 20.0))),
    )


def _credentials(place: Environment) -> Credentials:
    fallback = SIMULATOR_CREDENTIALS if place.name == "simulator" else Credentials(user="", password="", merchant_id="")
    found = Credentials(
        user=getattr(settings, "NIUBIZ_USER", "") or fallback.user,
        password=getattr(settings, "NIUBIZ_PASSWORD", "") or fallback.password,
        merchant_id=getattr(settings, "NIUBIZ_MERCHANT_ID", "") or fallback.merchant_id,
    )
    if not (found.user and found.password and found.merchant_id):
        raise ValueError(f"NIUBIZ_USER, NIUBIZ_PASSWORD and NIUBIZ_MERCHANT_ID are needed for {place.name}.")
    return found
