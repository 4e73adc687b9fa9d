"""XML elements by their prefixed names, and the parts that every message to SUNAT shares."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lxml import etree
from lxml.etree import _Element

if TYPE_CHECKING:
    # Only its name: what reads XML, the stand-in for SUNAT among it, needs neither Django's tables nor its settings.
    from receipts.issuing.contents import Issuer

OASIS = "urn:oasis:names:specification:ubl:schema:xsd"
NAMESPACES = {
    "cac": f"{OASIS}:CommonAggregateComponents-2",
    "cbc": f"{OASIS}:CommonBasicComponents-2",
    "ext": f"{OASIS}:CommonExtensionComponents-2",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "sac": "urn:sunat:names:specification:ubl:peru:schema:xsd:SunatAggregateComponents-1",
}
SIGNATURE_ID = "FirmaCMP"
# What signxml looks for when it is told where to sign.
PLACEHOLDER = "placeholder"
RUC = "6"


def root_element(name: str, namespace: str, *prefixes: str) -> _Element:
    """The document's own element, in the default namespace, with the place of its signature."""
    known: dict[Any, str] = {prefix: NAMESPACES[prefix] for prefix in ("cac", "cbc", "ds", "ext", *prefixes)}
    root = etree.Element(f"{{{namespace}}}{name}", nsmap=known | {None: namespace})
    content = add(root, "ext:UBLExtensions", "ext:UBLExtension", "ext:ExtensionContent")
    add(content, "ds:Signature").set("Id", PLACEHOLDER)
    return root


def add(parent: _Element, *path: str) -> _Element:
    """One new element inside the other, along the path; the innermost is returned."""
    for name in path:
        parent = etree.SubElement(parent, qualified(name))
    return parent


def put(parent: _Element, name: str, text: str, **attributes: str) -> _Element:
    """A new element with a text on one line."""
    element = etree.SubElement(parent, qualified(name), attributes)
    element.text = one_line(text)
    return element


def put_amount(parent: _Element, name: str, amount: Decimal, currency: str) -> None:
    """An amount with two decimals, or with as many as it needs when it is a unit price."""
    exact = amount.normalize()
    places = max(2, -int(exact.as_tuple().exponent))
    put(parent, name, f"{amount:.{places}f}", currencyID=currency)


def qualified(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def one_line(text: str) -> str:
    """Without line ends, tabs and double blanks, which SUNAT refuses, and without what XML cannot carry."""
    return " ".join("".join(character for character in text if character.isprintable() or character.isspace()).split())


def add_signatory(parent: _Element, issuer: "Issuer") -> None:
    """Who signs, and where in this document the signature stands."""
    signature = add(parent, "cac:Signature")
    put(signature, "cbc:ID", SIGNATURE_ID)
    party = add(signature, "cac:SignatoryParty")
    put(add(party, "cac:PartyIdentification"), "cbc:ID", issuer.ruc)
    put(add(party, "cac:PartyName"), "cbc:Name", issuer.name)
    reference = add(signature, "cac:DigitalSignatureAttachment", "cac:ExternalReference")
    put(reference, "cbc:URI", f"#{SIGNATURE_ID}")
