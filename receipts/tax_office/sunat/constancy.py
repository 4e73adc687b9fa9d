"""The constancy of reception (CDR): SUNAT's signed word on one document, in SUNAT's layout or an operator's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from lxml.etree import _Element

from base.safe_xml import UnsafeXml, parse
from receipts.tax_office.signature import BadSignature, verify
from receipts.tax_office.sunat.archive import BadArchive, unpack
from receipts.tax_office.ubl.elements import NAMESPACES


class BadConstancy(ValueError):
    """What came is no constancy of the document it was asked for; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Constancy:
    """`document` is what it speaks of: B001-123, or RC-20261123-1."""

    document: str
    code: str
    message: str
    notes: tuple[str, ...]

    @classmethod
    def read(cls, packed: bytes, *, ruc: str, document: str) -> Self:
        """From its zip. Raises BadConstancy unless it is signed, whole, and names the issuer and the document."""
        try:
            _, content = unpack(packed)
            root = parse(content)
        except (BadArchive, UnsafeXml) as error:
            raise BadConstancy(str(error)) from error
        found = cls._of(root)
        _check_names(root, found.document, ruc=ruc, document=document)
        check_signature(content)
        return found

    @classmethod
    def _of(cls, root: _Element) -> Self:
        response = root.find("cac:DocumentResponse/cac:Response", NAMESPACES)
        if not root.tag.endswith("}ApplicationResponse") or response is None:
            raise BadConstancy("no answer to a document in it")
        code = _text(response, "cbc:ResponseCode")
        if not code.isdecimal():
            raise BadConstancy(f"its code is {code!r}")
        return cls(
            document=_text(response, "cbc:ReferenceID")
            or _text(root, "cac:DocumentResponse/cac:DocumentReference/cbc:ID"),
            code=code,
            message=_text(response, "cbc:Description"),
            notes=tuple(_notes(root, response)),
        )


def _notes(root: _Element, response: _Element) -> Iterator[str]:
    """SUNAT's remarks, and an operator's, which stand in the response as statuses with code and reason."""
    for note in root.iterfind("cbc:Note", NAMESPACES):
        if note.text:
            yield note.text.strip()
    for status in response.iterfind("cac:Status", NAMESPACES):
        code = _text(status, "cbc:StatusReasonCode")
        yield f"{code} - {_text(status, 'cbc:StatusReason')}".strip(" -")


def _text(parent: _Element, path: str) -> str:
    return parent.findtext(path, "", NAMESPACES).strip()


def _check_names(root: _Element, named: str, *, ruc: str, document: str) -> None:
    # An operator may write the whole name of the file, RUC and type before it.
    if named != document and not re.fullmatch(rf"{ruc}-(\d\d-)?{re.escape(document)}", named):
        raise BadConstancy(f"it speaks of {named!r}, not of {document}")
    receiver = _text(root, "cac:ReceiverParty/cac:PartyIdentification/cbc:ID")
    # SUNAT writes the RUC alone or behind its type, 6-20131312955.
    if receiver.rpartition("-")[2] not in ("", ruc):
        raise BadConstancy(f"it is addressed to {receiver}, not to {ruc}")


def check_signature(content: bytes) -> None:
    """That nobody changed it after it was signed. Raises BadConstancy.

    Whether the signer is SUNAT is known by the connection (TLS) that brought it: SUNAT publishes no list of the
    certificates it signs with. Here is the place to compare with one, or to accept a signature of another kind.
    """
    try:
        verify(content, old_algorithms=True)
    except BadSignature as error:
        raise BadConstancy(f"its signature does not hold: {error}") from error
