"""SUNAT's integrated consultation (*consulta integrada de validez*): how one document stands in SUNAT's own register.

It answers for boletas too, whose constancy cannot be fetched again. Its facts come from its public manual and from
clients of others (certainty C), so this module alone knows them. No method raises for what network or SUNAT do.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import requests
from django.conf import settings

from receipts.tax_office.sunat.environments import OFF, Environment

SCOPE = "https://api.sunat.gob.pe/v1/contribuyente/contribuyentes"


class Standing(StrEnum):
    """`estadoCp` as words; NOT_TOLD when the register gave no readable answer."""

    # 0: not there, or there with another date or total.
    ABSENT = "absent"
    # 1 and 3.
    ACCEPTED = "accepted"
    # 2: voided (*anulado*).
    VOIDED = "voided"
    NOT_TOLD = "not_told"


_STANDINGS = {
    "0": Standing.ABSENT,
    "1": Standing.ACCEPTED,
    "2": Standing.VOIDED,
    "3": Standing.ACCEPTED,
}


@dataclass(frozen=True, kw_only=True)
class Register:
    """`client` and `secret` are credentials of the API that the issuer makes in SOL; timeouts are seconds."""

    environment: Environment
    ruc: str
    client: str
    secret: str = field(repr=False)
    timeouts: tuple[float, float] = (10, 60)

    def standing(self, *, type: str, name: str, issued_on: date, total: Decimal) -> Standing:  # noqa: A002
        """How the document of this type (catalogue 01), name, day and total in soles stands."""
        series, _, number = name.partition("-")
        fields = {
            "numRuc": self.ruc,
            "codComp": type,
            "numeroSerie": series,
            "numero": number,
            "fechaEmision": f"{issued_on:%d/%m/%Y}",
            "monto": f"{total:.2f}",
        }
        try:
            with requests.Session() as session:
                session.trust_env = self.environment.name != "simulator"
                return _read(self._ask(session, fields))
        except (requests.RequestException, ValueError):
            return Standing.NOT_TOLD

    def _ask(self, session: requests.Session, fields: dict[str, str]) -> Any:
        place = f"{self.environment.register}/v1/contribuyente/contribuyentes/{self.ruc}/validarcomprobante"
        headers = {"Authorization": f"Bearer {self._token(session)}"}
        answer = session.post(place, json=fields, headers=headers, timeout=self.timeouts, allow_redirects=False)
        answer.raise_for_status()
        return answer.json()

    def _token(self, session: requests.Session) -> str:
        place = f"{self.environment.tokens}/v1/clientesextranet/{self.client}/oauth2/token/"
        fields = {
            "grant_type": "client_credentials",
            "scope": SCOPE,
            "client_id": self.client,
            "client_secret": self.secret,
        }
        answer = session.post(place, data=fields, timeout=self.timeouts, allow_redirects=False)
        answer.raise_for_status()
        granted = answer.json()
        if not isinstance(granted, dict) or not isinstance(granted.get("access_token"), str):
            raise ValueError("no token in the answer")
        return str(granted["access_token"])


def _read(answer: Any) -> Standing:
    data = answer.get("data") if isinstance(answer, dict) and answer.get("success") is True else None
    state = data.get("estadoCp") if isinstance(data, dict) else None
    return _STANDINGS.get(str(state), Standing.NOT_TOLD)


def register_from_settings(place: Environment) -> Register | None:
    """The register of this place; None where there is none, or SUNAT_QUERY_ID and SUNAT_QUERY_SECRET are not set."""
    if settings.SUNAT_ENVIRONMENT == OFF or not place.register:
        return None
    if not settings.SUNAT_QUERY_ID or not settings.SUNAT_QUERY_SECRET:
        return None
    return Register(
        environment=place,
        ruc=settings.COLLEGE["ruc"],
        client=settings.SUNAT_QUERY_ID,
        secret=settings.SUNAT_QUERY_SECRET,
        timeouts=settings.SUNAT_TIMEOUTS,
    )
