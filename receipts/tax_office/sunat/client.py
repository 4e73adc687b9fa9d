"""Filing documents with SUNAT, or an operator that offers the same service: SOAP over HTTP, one question at a time.

No method raises for what network or SUNAT do: every outcome is an Answer.
"""

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http.client import HTTPException

import requests
import urllib3.exceptions

from base.safe_xml import UnsafeXml
from receipts.tax_office.sunat.archive import pack
from receipts.tax_office.sunat.base import ACCEPTED, IN_PROCESS, Answer, Family, family_of, family_of_fault
from receipts.tax_office.sunat.constancy import Constancy
from receipts.tax_office.sunat.envelope import Reply, question, read_reply
from receipts.tax_office.sunat.environments import Environment

_NETWORK = (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError)
_LONGEST_ANSWER = 5_000_000
UNAUTHORIZED = 401
# How every zip begins in base64.
ZIP = "UEsDB"


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who files: the issuer's RUC and a secondary SOL user of it."""

    ruc: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Unanswered:
    """No readable answer came: the network's complaint, or an HTTP status that is not SOAP's."""

    message: str
    code: str = ""
    unsent: bool = False


@dataclass(frozen=True, kw_only=True)
class Sunat:
    """`timeouts` are (connect, read) in seconds; a whole answer may take two read timeouts."""

    environment: Environment
    sender: Sender
    timeouts: tuple[float, float] = (10, 60)

    def send_bill(self, *, type: str, name: str, content: bytes) -> Answer:  # noqa: A002 - SUNAT's word
        """File one signed document, of a type of catalogue 01; the answer carries its constancy."""
        reply = self._ask("sendBill", self._file(f"{type}-{name}", content))
        return self._with_constancy(reply, "applicationResponse", document=name)

    def send_summary(self, *, name: str, content: bytes) -> Answer:
        """File a summary or voiding; the answer is a ticket to ask about."""
        reply = self._ask("sendSummary", self._file(name, content))
        if isinstance(reply, Unanswered) or reply.is_fault:
            return _trouble(reply)
        ticket = reply.texts.get("ticket", "")
        if not ticket:
            return Answer(family=Family.UNAVAILABLE, message="no ticket in the answer")
        return Answer(family=Family.WAITING, ticket=ticket)

    def get_status(self, ticket: str, *, name: str) -> Answer:
        """What became of the summary called `name` behind a ticket."""
        reply = self._ask("getStatus", {"ticket": ticket})
        if isinstance(reply, Reply) and not reply.is_fault:
            code = reply.texts.get("statusCode", "")
            if code in IN_PROCESS:
                return Answer(family=Family.WAITING, code=code, ticket=ticket)
            if not reply.texts.get("content", "").startswith(ZIP):
                # Without a constancy nothing is accepted, whatever the status says. In its place may stand a sentence.
                message = reply.texts.get("content") or "SUNAT sent no constancy"
                return Answer(family=Family.UNAVAILABLE, code=code[:6], message=message[:500], ticket=ticket)
        return replace(self._with_constancy(reply, "content", document=name), ticket=ticket)

    def get_constancy(self, *, type: str, name: str) -> Answer:  # noqa: A002
        """The constancy of a document filed before, or Family.UNKNOWN when SUNAT has none.

        SUNAT's own service knows facturas and their notes only; for a boleta the answer may be UNKNOWN although it was
        taken.
        """
        series, _, number = name.partition("-")
        arguments = {
            "rucComprobante": self.sender.ruc,
            "tipoComprobante": type,
            "serieComprobante": series,
            "numeroComprobante": number,
        }
        reply = self._ask("getStatusCdr", arguments, url=self.environment.constancies)
        # An operator may put it into <document>.
        element = "content"
        if isinstance(reply, Reply) and not reply.is_fault:
            element = next((each for each in ("content", "document") if reply.texts.get(each)), "")
            if not element:
                code, message = reply.texts.get("statusCode", ""), reply.texts.get("statusMessage", "")
                return Answer(family=Family.UNKNOWN, code=code[:6], message=message)
        return self._with_constancy(reply, element, document=name)

    def tells_of(self, name: str) -> bool:
        """Whether "no constancy" of this document means that it is not there: SUNAT knows the F series only."""
        return self.environment.name == "ose" or name.startswith("F")

    def _file(self, rest: str, content: bytes) -> dict[str, str]:
        name = f"{self.sender.ruc}-{rest}"
        return {"fileName": f"{name}.zip", "contentFile": base64.b64encode(pack(name, content)).decode()}

    def _with_constancy(self, reply: "Reply | Unanswered", element: str, *, document: str) -> Answer:
        if isinstance(reply, Unanswered) or reply.is_fault:
            return _trouble(reply)
        try:
            packed = reply.content(element)
            constancy = Constancy.read(packed, ruc=self.sender.ruc, document=document)
        except ValueError as error:
            # Asked again later; what is no proof is not kept as one.
            return Answer(family=Family.UNAVAILABLE, message=f"{type(error).__name__}: {error}"[:300])
        return _judged(constancy, packed)

    def _ask(self, operation: str, arguments: Mapping[str, str], *, url: str = "") -> "Reply | Unanswered":
        user = f"{self.sender.ruc}{self.sender.user}"
        body = question(operation, arguments, user=user, password=self.sender.password)
        try:
            status, content = self._post(url or self.environment.bills, body)
        except _NETWORK as error:
            # The class alone: an exception's own text may quote headers.
            return Unanswered(message=type(error).__name__, unsent=_never_left(error))
        if status == UNAUTHORIZED:
            return Unanswered(message="HTTP 401", code="401")
        try:
            reply = read_reply(content)
        except UnsafeXml:
            return Unanswered(message=f"HTTP {status} without a SOAP answer")
        return reply

    def _post(self, url: str, body: bytes) -> tuple[int, bytes]:
        with requests.Session() as session:
            # A proxy in the environment is for the world outside, not for a stand-in on this machine.
            session.trust_env = self.environment.name != "simulator"
            with session.post(
                url,
                data=body,
                headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'},
                timeout=self.timeouts,
                stream=True,
                allow_redirects=False,
            ) as response:
                return response.status_code, _read(response, deadline=time.monotonic() + 2 * self.timeouts[1])


def _read(response: requests.Response, *, deadline: float) -> bytes:
    content = bytearray()
    while piece := response.raw.read1(65536, decode_content=True):
        content += piece
        if len(content) > _LONGEST_ANSWER or time.monotonic() > deadline:
            raise requests.ReadTimeout
    return bytes(content)


def _never_left(error: Exception) -> bool:
    """Whether no connection was made at all: what follows a connection may have arrived."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError))


def _trouble(reply: "Reply | Unanswered") -> Answer:
    if isinstance(reply, Unanswered):
        family = family_of_fault(reply.code)
        return Answer(family=family, code=reply.code, message=reply.message, unsent=reply.unsent)
    family = family_of_fault(reply.fault_code)
    return Answer(family=family, code=reply.fault_code, message=reply.fault_message[:500])


def _judged(constancy: Constancy, packed: bytes) -> Answer:
    family = Family.ACCEPTED if constancy.code == ACCEPTED else family_of(constancy.code)
    return Answer(family=family, code=constancy.code, message=constancy.message, notes=constancy.notes, cdr=packed)
