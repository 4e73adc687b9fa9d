"""The four operations of billService: from a SOAP question to its answer."""

import base64
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from lxml import etree

from base.safe_xml import UnsafeXml, parse
from receipts.tax_office.certificate import NoCertificate, signer_of
from receipts.tax_office.sunat.archive import BadArchive, unpack
from receipts.tax_office.sunat.base import Family, family_of
from receipts.tax_office.sunat.envelope import SERVICE, SOAP
from simulators.messages import Response
from simulators.sunat import files
from simulators.sunat.books import Books, Entry, Ticket
from simulators.sunat.constancies import constancy, words_of
from simulators.sunat.control import Fault
from simulators.sunat.rules import Received, findings

LIMA = timezone(timedelta(hours=-5), "America/Lima")
#: Told by a fault, so the number stays the issuer's.
WITHOUT_CONSTANCY = frozenset({"2325", "2326", "2327", "2328", "2335", "3103", "3244"})


class Refusal(Exception):
    """Answered with a SOAP fault of this code."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code, self.message = code, message or words_of(code)


@dataclass(frozen=True, kw_only=True)
class Account:
    """The SOL user it knows. Any RUC may file: it stands in for a trial service."""

    user: str = "MODDATOS"
    password: str = "MODDATOS"  # noqa: S105 - guards nothing


@dataclass(kw_only=True)
class Service:
    """`ticket_seconds` is how long a summary stays in process; `day` overrides today for tests.

    `skew` is how far its clock is ahead of ours, behind with a minus. `ose` makes it answer as an operator does.
    `names_lines` is False for one that says which rule a line breaks and not which line.
    """

    books: Books
    account: Account
    ticket_seconds: float = 0.0
    day: date | None = None
    skew: timedelta = timedelta(0)
    ose: bool = False
    names_lines: bool = True

    def answer(self, operation: str, texts: Mapping[str, str], fault: Fault | None) -> Response:
        operations: dict[str, Callable[[Mapping[str, str], str], dict[str, str]]] = {
            "sendBill": self._send_bill,
            "sendSummary": self._send_summary,
            "getStatus": self._get_status,
            "getStatusCdr": self._get_constancy,
        }
        try:
            ruc = self._authenticate(texts)
            if fault and fault.kind == "status":
                return _reply(operation, _status(fault))
            forced = _forced(fault)
            return _reply(operation, operations[operation]({**texts, "ruc": ruc}, forced))
        except Refusal as refusal:
            return self.refuse(refusal)

    def refuse(self, refusal: Refusal) -> Response:
        """A fault, in SUNAT's format or an operator's."""
        return _fault(refusal, ose=self.ose)

    def _authenticate(self, texts: Mapping[str, str]) -> str:
        user, password = texts.get("Username", ""), texts.get("Password", "")
        if user[11:] != self.account.user or password != self.account.password:
            raise Refusal("0102", "Usuario o contraseña incorrectos")
        return user[:11]

    def _send_bill(self, texts: Mapping[str, str], forced: str) -> dict[str, str]:
        received = self._receive(texts)
        name = f"{received.type}-{received.name}"
        if known := self.books.find(name):
            raise Refusal("1033" if known.stands else "1032", f"El comprobante {name} fue registrado previamente")
        code, notes = self._judge([forced] if forced else [*findings(received), *self._beyond_it(received)])
        if code in WITHOUT_CONSTANCY and not forced:
            raise Refusal(code)
        cdr = self._constancy(received, code, notes)
        total = received.text("cac:LegalMonetaryTotal/cbc:PayableAmount")
        issued = received.text("cbc:IssueDate")
        entry = Entry(name=name, code=code, total=total, cdr=cdr, xml=received.content, issued=issued)
        if not self.books.keep(entry):
            raise Refusal("1033")
        return {"applicationResponse": _base64(cdr)}

    def _judge(self, found: list[str]) -> tuple[str, list[str]]:
        """The code of the constancy and its observations.

        Raises Refusal for what is not received. An operator writes no constancy of a rejection.
        """
        faults = sorted(code for code in found if family_of(code) not in (Family.ACCEPTED, Family.REJECTED))
        if faults:
            raise Refusal(faults[0])
        rejections = sorted(code for code in found if family_of(code) == Family.REJECTED)
        if rejections and self.ose:
            raise Refusal(rejections[0])
        notes = [code for code in found if code != "0" and family_of(code) == Family.ACCEPTED]
        return (rejections[0] if rejections else "0"), notes

    def _beyond_it(self, received: Received) -> list[str]:
        """What the books and the calendar say against a document that is right in itself."""
        return [*self._against_books(received), *self._against_certificate(received)]

    def _against_certificate(self, received: Received) -> list[str]:
        try:
            signer = signer_of(received.root)
        except NoCertificate:
            return ["2335"]
        # The certificate's days are real ones, whatever day a test has chosen.
        now = datetime.now(LIMA) + self.skew
        if not signer.begins <= now <= signer.expires:
            return ["2327"]
        return [] if signer.names(received.ruc) else ["2325"]

    def _against_books(self, received: Received) -> list[str]:
        if received.type != "07":
            return []
        path = "cac:BillingReference/cac:InvoiceDocumentReference"
        original = self.books.find(f"{received.text(path + '/cbc:DocumentTypeCode')}-{received.text(path + '/cbc:ID')}")
        if original is None or not original.accepted:
            return ["2119"]
        too_much = received.amount("cac:LegalMonetaryTotal/cbc:PayableAmount") > Decimal(original.total)
        return ["3286"] if too_much else []

    def _send_summary(self, texts: Mapping[str, str], forced: str) -> dict[str, str]:
        received = self._receive(texts)
        self._refuse_again(received)
        if not forced and (code := files.clock_behind(received)):
            raise Refusal(code)
        broken = [] if forced else files.findings(received, self.books)
        found = [forced] if forced else [*findings(received), *(each.code for each in broken)]
        code, notes = self._judge(found)
        if code in WITHOUT_CONSTANCY and not forced:
            raise Refusal(code)
        number = str(secrets.randbelow(10**13) + 10**14)
        cdr = self._constancy(received, code, notes, self._words(code, broken))
        ready = time.time() + self.ticket_seconds
        self.books.keep_ticket(Ticket(number=number, name=received.name, code=code, cdr=cdr, ready_at=ready))
        if code == "0":
            files.enter(received, self.books)
        return {"ticket": number}

    def _refuse_again(self, received: Received) -> None:
        """A file's name is good for one file, whatever became of it."""
        earlier = self.books.ticket_of(received.name)
        if earlier is None:
            return
        if time.time() < earlier.ready_at:
            detail = f"El documento: {received.ruc}-{received.name} ya fue enviado y se encuentra en estado 98"
            raise Refusal("0402", f"{words_of('0402')} - Detalle: {detail}")
        raise Refusal({"RC": "2223", "RA": "2324"}[received.type])

    def _words(self, code: str, broken: list[files.Finding]) -> str:
        lines = [found.document.partition("-")[2] for found in broken if found.code == code and found.document]
        if not lines or not self.names_lines:
            return ""
        where = ", ".join(f'(nodo: "SummaryDocumentsLine/cbc:ID" valor: "{line}")' for line in lines)
        return f"{words_of(code)} - Detalle: INFO: {code} {where}"

    def _get_status(self, texts: Mapping[str, str], _forced: str) -> dict[str, str]:
        ticket = self.books.ticket(texts.get("ticket", ""))
        if ticket is None:
            raise Refusal("0127", "El ticket no existe")
        if time.time() < ticket.ready_at:
            return {"statusCode": "98"}
        return {"content": _base64(ticket.cdr), "statusCode": "0" if ticket.code == "0" else "99"}

    def _get_constancy(self, texts: Mapping[str, str], _forced: str) -> dict[str, str]:
        parts = [texts.get(part, "") for part in ("tipoComprobante", "serieComprobante", "numeroComprobante")]
        if not self.ose and not parts[1].startswith("F"):
            return {"statusCode": "0127", "statusMessage": "Solo se consultan las constancias de la serie F"}
        entry = self.books.find("-".join(parts))
        if entry is None or not entry.cdr:
            return {"statusCode": "0127", "statusMessage": "No existe la constancia"}
        place = "document" if self.ose else "content"
        return {place: _base64(entry.cdr), "statusCode": "0004", "statusMessage": "La constancia existe"}

    def _receive(self, texts: Mapping[str, str]) -> Received:
        name = texts.get("fileName", "").removesuffix(".zip")
        ruc, type_, rest = ([*name.split("-", 2), "", ""])[:3]
        if ruc != texts["ruc"]:
            raise Refusal("0111", "No tiene el perfil para enviar comprobantes electronicos")
        if type_ not in ("01", "03", "07", "RC", "RA") or not rest:
            raise Refusal("0151", "El nombre del archivo ZIP es incorrecto")
        try:
            inside, content = unpack(base64.b64decode(texts.get("contentFile", "")))
            root = parse(content)
        except UnsafeXml as error:
            raise Refusal("0306") from error
        except (BadArchive, ValueError) as error:
            raise Refusal("0156", "El archivo ZIP esta corrupto") from error
        if inside != name:
            raise Refusal("0161", "El nombre del archivo XML no coincide con el nombre del archivo ZIP")
        shown = f"{type_}-{rest}" if type_ in ("RC", "RA") else rest
        return Received(ruc=ruc, type=type_, name=shown, content=content, root=root, today=self.today())

    def _constancy(self, received: Received, code: str, notes: list[str], message: str = "") -> bytes:
        return constancy(
            ruc=received.ruc,
            document=received.name,
            code=code,
            notes=notes,
            now=self.now(),
            message=message,
            ose=self.ose,
        )

    def now(self) -> datetime:
        real = datetime.now(LIMA) + self.skew
        return real.replace(year=self.day.year, month=self.day.month, day=self.day.day) if self.day else real

    def today(self) -> date:
        return self.now().date()


def _forced(fault: Fault | None) -> str:
    """The code to judge by instead of the rules, or "". Raises Refusal for one that no constancy carries."""
    if fault and fault.kind == "fault":
        raise Refusal(fault.code, fault.text)
    if fault is None or fault.kind != "code":
        return ""
    if family_of(fault.code) not in (Family.ACCEPTED, Family.REJECTED):
        raise Refusal(fault.code, fault.text)
    return fault.code


def _status(fault: Fault) -> dict[str, str]:
    return {"statusCode": fault.code} | ({"content": fault.text} if fault.text else {})


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _envelope() -> tuple[etree._Element, etree._Element]:
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap-env": SOAP})
    etree.SubElement(root, f"{{{SOAP}}}Header")
    return root, etree.SubElement(root, f"{{{SOAP}}}Body")


def _reply(operation: str, texts: Mapping[str, str]) -> Response:
    root, body = _envelope()
    parent = etree.SubElement(body, f"{{{SERVICE}}}{operation}Response")
    wrapper = {"getStatus": "status", "getStatusCdr": "statusCdr"}.get(operation)
    if wrapper:
        parent = etree.SubElement(parent, wrapper)
    for name, text in texts.items():
        etree.SubElement(parent, name).text = text
    return _as_soap(200, root)


def _fault(refusal: Refusal, *, ose: bool) -> Response:
    if refusal.code == "401":
        return Response(status=401, body=b"Unauthorized", content_type="text/plain")
    root, body = _envelope()
    fault = etree.SubElement(body, f"{{{SOAP}}}Fault")
    side = "Server" if refusal.code.startswith("0") or not refusal.code else "Client"
    if ose and refusal.code:
        etree.SubElement(fault, "faultcode").text = f"soap:{side}"
        etree.SubElement(fault, "faultstring").text = refusal.code
        etree.SubElement(etree.SubElement(fault, "detail"), "message").text = refusal.message
    else:
        etree.SubElement(fault, "faultcode").text = f"soap-env:{side}.{refusal.code}".rstrip(".")
        etree.SubElement(fault, "faultstring").text = refusal.message
    return _as_soap(500, root)


def _as_soap(status: int, root: etree._Element) -> Response:
    body = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return Response(status=status, body=body, content_type="text/xml;charset=utf-8")
