"""The stand-in's integrated consultation: OAuth2 by client credentials, then how one document stands in the books."""

import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from simulators.messages import Request, Response, as_json
from simulators.sunat.books import Books, Entry

TOKENS = "/v1/clientesextranet/"
DOCUMENTS = "/v1/contribuyente/contribuyentes/"
SCOPE = "https://api.sunat.gob.pe/v1/contribuyente/contribuyentes"


@dataclass(kw_only=True)
class RegisterService:
    """`client` and `secret` guard nothing: every token it ever gave is good for as long as the process lives."""

    books: Books
    client: str = "consulta"
    secret: str = "consulta"  # noqa: S105
    _tokens: set[str] = field(default_factory=set)

    def give_token(self, request: Request) -> Response:
        fields = {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        expected = {
            "grant_type": "client_credentials",
            "scope": SCOPE,
            "client_id": self.client,
            "client_secret": self.secret,
        }
        if fields != expected or request.path != f"{TOKENS}{self.client}/oauth2/token/":
            return as_json(401, {"error": "invalid_client"})
        token = secrets.token_urlsafe(16)
        self._tokens.add(token)
        return as_json(200, {"access_token": token, "token_type": "JWT", "expires_in": 3600})

    def look_up(self, request: Request, forced: str = "") -> Response:
        """`forced` answers this estadoCp whatever the books say."""
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self._tokens:
            return as_json(401, {"success": False, "message": "Unauthorized"})
        fields = request.json() or {}
        entry = self.books.find(f"{fields.get('codComp')}-{fields.get('numeroSerie')}-{fields.get('numero')}")
        state = forced or _state(entry, fields)
        data = {"estadoCp": state, "estadoRuc": "00", "condDomiRuc": "00", "observaciones": []}
        return as_json(200, {"success": True, "message": "Operation Success!", "data": data})


def _state(entry: Entry | None, fields: dict[str, object]) -> str:
    """0 also for what was rejected, and for another day or total."""
    if entry is None or not entry.accepted:
        return "0"
    day, month, year = ([*str(fields.get("fechaEmision", "")).split("/"), "", ""])[:3]
    if entry.issued != f"{year}-{month}-{day}" or entry.total != fields.get("monto"):
        return "0"
    return "2" if entry.voided else "1"
