"""The SOAP 1.1 envelopes of SUNAT's billService, and reading the ones that come back."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from base.safe_xml import parse

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SERVICE = "http://service.sunat.gob.pe"
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
PASSWORD_TEXT = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"  # noqa: S105
# `soap-env:Client.2335`, `Server.200`, `Client.0111`, or the number alone.
_IN_FAULTCODE = re.compile(r"(?:[\w-]+:)?(?:(?:Client|Server)\.)?(\d{3,4})")
# `2335`, `2335 - El documento…`, `[2335] …`: it comes first and ends before the words begin.
_LEADING = re.compile(r"\s*[\[(]?(\d{3,4})(?=\s*(?:$|[-–—:|.,;\])]))")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The body of an answer: its texts by element name, or a fault's code and sentence."""

    texts: Mapping[str, str]
    fault_code: str = ""
    fault_message: str = ""
    is_fault: bool = False

    def content(self, name: str) -> bytes:
        """An element that holds a file in base64; b"" when it is missing, ValueError when it is not base64."""
        try:
            return base64.b64decode("".join(self.texts.get(name, "").split()), validate=True)
        except binascii.Error as error:
            raise ValueError(f"{name} is not base64") from error


def question(operation: str, arguments: Mapping[str, str], *, user: str, password: str) -> bytes:
    """An envelope with a UsernameToken and one operation with its arguments in order."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP, "ser": SERVICE, "wsse": WSS})
    security = _add(_add(root, SOAP, "Header"), WSS, "Security")
    token = _add(security, WSS, "UsernameToken")
    _add(token, WSS, "Username").text = user
    secret = _add(token, WSS, "Password")
    secret.set("Type", PASSWORD_TEXT)
    secret.text = password
    call = _add(_add(root, SOAP, "Body"), SERVICE, operation)
    for name, value in arguments.items():
        etree.SubElement(call, name).text = value
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _add(parent: etree._Element, namespace: str, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{namespace}}}{name}")


def read_reply(content: bytes) -> Reply:
    """What the envelope says. Raises UnsafeXml when it is none."""
    root = parse(content)
    texts = {
        etree.QName(element).localname: (element.text or "").strip()
        for element in root.iter(etree.Element)
        if len(element) == 0
    }
    if root.find(f"{{{SOAP}}}Body/{{{SOAP}}}Fault") is None:
        return Reply(texts=texts)
    message = texts.get("message") or texts.get("faultstring", "")
    return Reply(texts=texts, is_fault=True, fault_code=fault_code(texts), fault_message=message)


def fault_code(texts: Mapping[str, str]) -> str:
    """SUNAT's code in a fault, or "". It stands in the faultcode, or first in the faultstring or the detail, as OSEs
    write it. Digits within a sentence, a RUC or milliseconds, are none.
    """
    found = _IN_FAULTCODE.fullmatch(texts.get("faultcode", "").strip())
    sentences = (texts.get(name, "") for name in ("faultstring", "detail", "message"))
    found = found or next(filter(None, map(_LEADING.match, sentences)), None)
    if not found:
        return ""
    return found[1] if found[1] == "401" else found[1].zfill(4)
