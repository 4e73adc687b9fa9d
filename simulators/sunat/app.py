"""The stand-in: from an HTTP request to a response, troubles included."""

import base64
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from html import escape

from lxml import etree

from base.safe_xml import UnsafeXml, parse
from receipts.tax_office.sunat.archive import pack, unpack
from receipts.tax_office.sunat.envelope import SERVICE
from simulators.messages import NO_ANSWER, SERVER_ERROR, Request, Response, as_html, as_json, as_text
from simulators.sunat.books import Books
from simulators.sunat.control import OPERATIONS, REGISTER, Fault, Faults, read_fault
from simulators.sunat.register import DOCUMENTS, TOKENS, RegisterService
from simulators.sunat.rules import MESSAGES
from simulators.sunat.service import Account, Refusal, Service

_CONTENT = re.compile(rb"(?<=<applicationResponse>)[^<]+|(?<=<content>)[^<]+|(?<=<document>)[^<]+")
EARLY = {"cut_before": NO_ANSWER, "http_500": SERVER_ERROR, "http_401": as_text(401, "Unauthorized")}
_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"


class SunatSimulator:
    """Answers requests from any number of threads; all it must remember is in its books."""

    def __init__(self, books: Books, *, account: Account | None = None, ticket_seconds: float = 0.0) -> None:
        self.books = books
        self.faults = Faults()
        self.service = Service(books=books, account=account or Account(), ticket_seconds=ticket_seconds)
        self.register = RegisterService(books=books)

    def close(self) -> None:
        self.books.close()

    def answer(self, request: Request) -> Response:
        if request.method == "POST" and request.path in ("/billService", "/billConsultService"):
            return self._operate(request)
        if request.method == "POST" and request.path.startswith(TOKENS):
            return self.register.give_token(request)
        if request.method == "POST" and request.path.startswith(DOCUMENTS):
            return self._look_up(request)
        routes = {
            ("GET", "/"): self._page,
            ("GET", "/healthz"): lambda _: as_text(200, "ok"),
            ("GET", "/_control/books"): self._list,
            ("GET", "/_control/faults"): lambda _: as_json(200, self.faults.state()),
            ("POST", "/_control/faults"): self._add_fault,
            ("DELETE", "/_control/faults"): self._clear_faults,
        }
        show = routes.get((request.method, request.path))
        return show(request) if show else as_text(404, "Not Found")

    def _operate(self, request: Request) -> Response:
        try:
            operation, texts = _question(request.body)
        except UnsafeXml:
            return SERVER_ERROR
        except ValueError as unknown:
            return self.service.refuse(Refusal("", f"Este SUNAT de prueba no conoce la operación {unknown}"))
        fault = self.faults.take(operation, _document(texts))
        if fault is None:
            return self.service.answer(operation, texts, None)
        return EARLY.get(fault.kind) or _spoiled(fault, self.service.answer(operation, texts, fault))

    def _look_up(self, request: Request) -> Response:
        asked = request.json() or {}
        fault = self.faults.take(REGISTER, f"{asked.get('numeroSerie')}-{asked.get('numero')}")
        if fault and fault.kind in EARLY:
            return EARLY[fault.kind]
        answer = self.register.look_up(request, fault.code if fault else "")
        return _spoiled(fault, answer) if fault else answer

    def _page(self, _: Request) -> Response:
        rows = "".join(
            f"<tr><td>{escape(entry.name)}</td><td>{escape(entry.total)}</td><td>{escape(entry.code)}"
            f"{' (de baja)' if entry.voided else ''}</td></tr>"
            for entry in reversed(self.books.entries()[-200:])
        )
        text = (
            "<!doctype html><html lang='es'><meta charset='utf-8'><title>SUNAT de prueba</title>"
            "<h1>SUNAT de prueba</h1><p>No presenta nada: guarda lo que recibe y responde como SUNAT.</p>"
            "<table><caption>Comprobantes recibidos, los últimos primero</caption>"
            "<tr><th>Comprobante</th><th>Total</th><th>Código</th></tr>"
            f"{rows or '<tr><td colspan=3>Todavía ninguno.</td></tr>'}</table>"
            f"<p>Conoce {len(MESSAGES)} reglas: {', '.join(MESSAGES)}. Las demás no las revisa.</p></html>"
        )
        return as_html(200, text, headers={"Content-Security-Policy": _POLICY})

    def _list(self, _: Request) -> Response:
        listed = [
            {"name": entry.name, "code": entry.code, "total": entry.total, "voided": entry.voided}
            for entry in self.books.entries()
        ]
        return as_json(200, {"documents": listed, "files": self.books.files()})

    def _add_fault(self, request: Request) -> Response:
        try:
            self.faults.add(read_fault(request.json() or {}))
        except ValueError as error:
            return as_json(422, {"error": str(error)})
        return as_json(201, self.faults.state())

    def _clear_faults(self, _: Request) -> Response:
        self.faults.clear()
        return as_json(200, self.faults.state())


def _question(body: bytes) -> tuple[str, dict[str, str]]:
    """The operation and every text of the envelope. Raises ValueError for another operation."""
    root = parse(body)
    calls = list(root.iter(f"{{{SERVICE}}}*"))
    operation = etree.QName(calls[0]).localname if calls else ""
    if operation not in OPERATIONS:
        raise ValueError(operation)
    return operation, {
        etree.QName(element).localname: (element.text or "").strip() for element in root.iter(etree.Element)
    }


def _document(texts: Mapping[str, str]) -> str:
    """The series and number a call is about, for troubles that wait for one document."""
    if "fileName" in texts:
        return texts["fileName"].removesuffix(".zip").split("-", 2)[-1]
    return f"{texts.get('serieComprobante', '')}-{texts.get('numeroComprobante', '')}"


def _spoiled(fault: Fault, response: Response) -> Response:
    """The books already say what happened; the caller learns it late, broken or not at all."""
    time.sleep(fault.seconds)
    match fault.kind:
        case "cut_after":
            return replace(response, cut="reset")
        case "cut_mid_answer":
            return replace(response, cut="middle")
        case "garbage":
            return replace(response, status=200, body=b"<html>no es SOAP")
        case "forged":
            return replace(response, body=_CONTENT.sub(_forge, response.body))
        case _:
            return response


def _forge(found: re.Match[bytes]) -> bytes:
    """The same constancy with another sentence in it, which its signature no longer covers."""
    name, content = unpack(base64.b64decode(found.group()))
    return base64.b64encode(pack(name, content.replace(b"</cbc:Description>", b".</cbc:Description>")))
