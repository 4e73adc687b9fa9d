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
from receipts.tax_office.sunat.archive import BadArchive, unpack
from receipts.tax_office.sunat.base import Family, family_of
from receipts.tax_office.sunat.envelope import SERVICE, SOAP
from simulators.messages import Response
from simulators.sunat.books import Books, Entry, Ticket
from simulators.sunat.constancies import constancy
from simulators.sunat.control import Fault
from simulators.sunat.rules import MESSAGES, Received, findings

LIMA = timezone(timedelta(hours=-5), "America/Lima")


class Refusal(Exception):
    """Answered with a SOAP fault of this code."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code, self.message = code, message or MESSAGES.get(code, "Error del servicio")


@dataclass(frozen=True, kw_only=True)
class Account:
    """The SOL user it knows. Any RUC may file: it stands in for a trial service."""

    user: str = "MODDATOS"
    password: str = "MODDATOS"  # noqa: S105 - guards nothing


@dataclass(kw_only=True)
class Service:
    """`ticket_seconds` is how long a summary stays in process; `day` overrides today for tests."""

    books: Books
    account: Account
    ticket_seconds: float = 0.0
    day: date | None = None

    def answer(self, operation: str, texts: Mapping[str, str], fault: Fault | None) -> Response:
        operations: dict[str, Callable[[Mapping[str, str], str], dict[str, str]]] = {
            "sendBill": self._send_bill,
            "sendSummary": self._send_summary,
            "getStatus": self._get_status,
            "getStatusCdr": self._get_constancy,
        }
        forced = fault.code if fault and fault.kind == "code" else ""
        try:
            ruc = self._authenticate(texts)
            if forced and family_of(forced) not in (Family.ACCEPTED, Family.REJECTED):
                raise Refusal(forced)
            return _reply(operation, operations[operation]({**texts, "ruc": ruc}, forced))
        except Refusal as refusal:
            return _fault(refusal)

    def _authenticate(self, texts: Mapping[str, str]) -> str:
        user, password = texts.get("Username", ""), texts.get("Password", "")
        if user[11:] != self.account.user or password != self.account.password:
            raise Refusal("0102", "Usuario o contraseña incorrectos")
        return user[:11]

    def _send_bill(self, texts: Mapping[str, str], forced: str) -> dict[str, str]:
        received = self._receive(texts)
        known = f"{received.type}-{received.name}"
        if self.books.find(known):
            raise Refusal("1033", f"El comprobante fue registrado previamente con otros datos: {known}")
        code, notes = self._judge(received, forced)
        cdr = self._constancy(received, code, notes)
        total = received.text("cac:LegalMonetaryTotal/cbc:PayableAmount")
        entry = Entry(name=known, code=code, total=total, cdr=cdr, xml=received.content)
        if not self.books.keep(entry):
            raise Refusal("1033", "El comprobante fue registrado previamente")
        return {"applicationResponse": _base64(cdr)}

    def _judge(self, received: Received, forced: str) -> tuple[str, list[str]]:
        """The code of the constancy and its observations. Raises Refusal for what is not received."""
        found = [forced] if forced else [*findings(received), *self._against_books(received)]
        faults = sorted(code for code in found if family_of(code) in (Family.RETURNED, Family.UNAVAILABLE))
        if faults:
            raise Refusal(faults[0])
        rejections = sorted(code for code in found if family_of(code) == Family.REJECTED)
        notes = [code for code in found if code != "0" and family_of(code) == Family.ACCEPTED]
        return (rejections[0] if rejections else "0"), notes

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
        code, notes = self._judge(received, forced)
        number = str(secrets.randbelow(10**13) + 10**14)
        cdr = self._constancy(received, code, notes)
        ready = time.time() + self.ticket_seconds
        self.books.keep_ticket(Ticket(number=number, name=received.name, code=code, cdr=cdr, ready_at=ready))
        if code == "0":
            self._file_lines(received)
        return {"ticket": number}

    def _file_lines(self, received: Received) -> None:
        for line in received.root:
            texts = {etree.QName(part).localname: part.text or "" for part in line.iter(etree.Element)}
            if received.type == "RA" and "DocumentSerialID" in texts:
                self.books.void(f"{texts['DocumentTypeCode']}-{texts['DocumentSerialID']}-{texts['DocumentNumberID']}")
            elif texts.get("ConditionCode") == "3":
                self.books.void(f"{texts['DocumentTypeCode']}-{line.findtext('{*}ID')}")
            elif "ConditionCode" in texts:
                name = f"{line.findtext('{*}DocumentTypeCode')}-{line.findtext('{*}ID')}"
                self.books.keep(Entry(name=name, code="0", total=texts["TotalAmount"], cdr=b"", xml=b""))

    def _get_status(self, texts: Mapping[str, str], _forced: str) -> dict[str, str]:
        ticket = self.books.ticket(texts.get("ticket", ""))
        if ticket is None:
            raise Refusal("0127", "El ticket no existe")
        if time.time() < ticket.ready_at:
            return {"statusCode": "98"}
        return {"content": _base64(ticket.cdr), "statusCode": "0" if ticket.code == "0" else "99"}

    def _get_constancy(self, texts: Mapping[str, str], _forced: str) -> dict[str, str]:
        name = "-".join(texts.get(part, "") for part in ("tipoComprobante", "serieComprobante", "numeroComprobante"))
        entry = self.books.find(name)
        if entry is None or not entry.cdr:
            return {"statusCode": "0127", "statusMessage": "No existe la constancia"}
        return {"content": _base64(entry.cdr), "statusCode": "0004", "statusMessage": "La constancia existe"}

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

    def _constancy(self, received: Received, code: str, notes: list[str]) -> bytes:
        now = datetime.now(LIMA)
        return constancy(ruc=received.ruc, document=received.name, code=code, notes=notes, now=now)

    def today(self) -> date:
        return self.day or datetime.now(LIMA).date()


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


def _fault(refusal: Refusal) -> Response:
    if refusal.code == "401":
        return Response(status=401, body=b"Unauthorized", content_type="text/plain")
    root, body = _envelope()
    fault = etree.SubElement(body, f"{{{SOAP}}}Fault")
    side = "Server" if refusal.code.startswith("0") else "Client"
    etree.SubElement(fault, "faultcode").text = f"soap-env:{side}.{refusal.code}"
    etree.SubElement(fault, "faultstring").text = refusal.message
    return _as_soap(500, root)


def _as_soap(status: int, root: etree._Element) -> Response:
    body = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return Response(status=status, body=body, content_type="text/xml;charset=utf-8")
